"""What is left of a network's layers, read from its checkpoint without torch."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from frontsearch.errors import UserError
from frontsearch.folder import OPTIMISER_STATE

Kernel = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A kernel of a network: of a dense layer or of a convolution.

    Attributes:
        name: Of the parameter.
        size: How many weights it has.
        nonzeros: How many of them are not zero.
    """

    name: str
    size: int
    nonzeros: int

    @property
    def sparsity(self) -> float:
        """The share of the weights that are zero."""
        return 1 - self.nonzeros / self.size


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerSparsity:
    """What a network has left of its kernels; biases are not counted.

    Attributes:
        layers: By the names of their parameters, numbers in them read as numbers.
        picture: Sum of the absolute weights on each pixel, a row after the other, where the first kernel is dense over
            images; else empty.
        channels: Sum of the absolute weights of each output channel, where the first kernel is a convolution's; else
            empty.
    """

    layers: tuple[Layer, ...]
    picture: tuple[tuple[float, ...], ...] = ()
    channels: tuple[float, ...] = ()


def layer_sparsity(checkpoint: Path, *, image: tuple[int, int] | None = None) -> LayerSparsity:
    """The layer_sparsity of the network in a checkpoint.

    Args:
        checkpoint: The file.
        image: Height and width of the task's inputs, where they are images.

    Raises:
        UserError: When the file is missing or damaged.
    """
    kernels = _kernels(checkpoint)
    layers = [
        Layer(name=name, size=kernel.size, nonzeros=int(np.count_nonzero(kernel))) for name, kernel in kernels.items()
    ]
    first = next(iter(kernels.values()), np.zeros((0, 0)))
    picture = _picture(first, image) if first.ndim == 2 and image else ()
    channels = tuple(_magnitudes(first, keep=0).tolist()) if first.ndim == 4 else ()
    return LayerSparsity(layers=tuple(layers), picture=picture, channels=channels)


def _kernels(checkpoint: Path) -> dict[str, Kernel]:
    """Whatever of a network has more than one dimension, in order."""
    try:
        tensors = safetensors.numpy.load_file(checkpoint)
    except (SafetensorError, OSError) as error:
        raise UserError(f"The checkpoint {checkpoint} must be a network's; it cannot be read: {error}.") from error
    names = sorted((name for name in tensors if not name.startswith(OPTIMISER_STATE)), key=_by_numbers)
    return {name: tensors[name] for name in names if tensors[name].ndim > 1}


def _by_numbers(name: str) -> list[tuple[bool, int, str]]:
    """Orders ``3.weight`` before ``10.weight``, as the layers of a sequence are."""
    parts = [part for part in re.split(r"(\d+)", name) if part]
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]


def _picture(kernel: Kernel, image: tuple[int, int]) -> tuple[tuple[float, ...], ...]:
    """Of a dense kernel, ``(outputs, inputs)``; empty where the inputs are no whole number of such images."""
    inputs = kernel.shape[1]
    if not inputs or inputs % math.prod(image):
        return ()
    pixels = _magnitudes(kernel, keep=1).reshape(-1, *image).sum(axis=0)
    return tuple(tuple(row) for row in pixels.tolist())


def _magnitudes(kernel: Kernel, *, keep: int) -> NDArray[np.float64]:
    """Sums of absolute weights over every axis but one."""
    others = tuple(axis for axis in range(kernel.ndim) if axis != keep)
    sums: NDArray[np.float64] = np.abs(kernel).sum(axis=others, dtype=np.float64)
    return sums
