"""Random crops and flips are those of padded images, seeded, and different for each image."""

import pytest
import torch
from torch.nn import functional

from frontsearch.tasks.augmentation import crops_and_flips


def images(count=300, size=(3, 9, 11)):
    return torch.rand(count, *size, generator=torch.Generator().manual_seed(0))


def crops(image):
    """All crops of a padded image and of its mirror image, by shift and flip."""
    padded = functional.pad(image[None], (4, 4, 4, 4), mode="reflect")[0]
    height, width = image.shape[1:]
    found = {}
    for y in range(9):
        for x in range(9):
            crop = padded[:, y : y + height, x : x + width]
            found[y, x, False], found[y, x, True] = crop, crop.flip(2)
    return found


def test_each_image_is_a_crop_of_its_padded_self_and_all_crops_occur_alike():
    torch.manual_seed(0)
    chosen = []
    for image, seen in zip(images(), crops_and_flips(images()), strict=True):
        (place,) = [place for place, crop in crops(image).items() if torch.equal(crop, seen)]
        chosen.append(place)
    ys, xs, flips = zip(*chosen, strict=True)
    assert set(ys) == set(xs) == set(range(9))
    assert 120 < sum(flips) < 180
    assert len(set(chosen)) > 100


def test_form_and_dtype_stay_and_the_batch_is_not_changed():
    for size in ((1, 5, 5), (3, 32, 32)):
        batch = images(7, size).double()
        before = batch.clone()
        seen = crops_and_flips(batch)
        assert (seen.shape, seen.dtype) == (batch.shape, batch.dtype)
        assert torch.equal(batch, before)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_same_seed_draws_the_same_whatever_the_layout(layout):
    torch.manual_seed(5)
    expected = crops_and_flips(images())
    torch.manual_seed(5)
    assert torch.equal(crops_and_flips(images().to(memory_format=layout)), expected)
    assert not torch.equal(crops_and_flips(images()), expected)
