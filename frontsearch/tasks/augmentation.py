"""Augmentation of batches of images on tensors, for a task's ``transform``."""

import torch
from torch import Tensor

SHIFT = 4  # pixels


def crops_and_flips(images: Tensor) -> Tensor:
    """Each image shifted by up to four pixels each way and, half of the time, flipped horizontally.

    What a shift leaves empty is filled by reflection, as in random crops of images padded by four pixels. All of it is
    drawn from torch's global generator.

    Args:
        images: A batch, ``(n, channels, height, width)``.
    """
    count, channels, height, width = images.shape
    rows, columns = _shifted(images, height), _shifted(images, width)
    flipped = torch.randint(2, (count, 1), device=images.device).bool()
    columns = torch.where(flipped, columns.flip(1), columns)
    # One gather with an index for each pixel, shared by the channels, is faster than copies of each image.
    index = (rows[:, :, None] * width + columns[:, None]).view(count, 1, -1)
    return images.flatten(2).gather(2, index.expand(-1, channels, -1)).view(images.shape)


def _shifted(images: Tensor, size: int) -> Tensor:
    """Numbers of the rows, or columns, that each image's are taken from, ``(n, size)``."""
    shifts = torch.randint(-SHIFT, SHIFT + 1, (len(images), 1), device=images.device)
    places = (shifts + torch.arange(size, device=images.device)).abs()
    return size - 1 - (size - 1 - places).abs()
