"""Layer sparsity: the nonzero weights of each layer, read from a checkpoint without torch."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from frontsearch.errors import UserError
from frontsearch.folder import OPTIMISER_STATE
from frontsearch.selection.input_columns import InputColumns, UsedInputs, used_inputs

BFLOAT16 = "BF16"
Kernel = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A weight tensor of a layer.

    Attributes:
        name: Name of the parameter.
        size: Number of weights.
        nonzeros: Number of weights that are not zero.
    """

    name: str
    size: int
    nonzeros: int

    @property
    def sparsity(self) -> float:
        """Share of the weights that are zero."""
        return 1 - self.nonzeros / self.size


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerSparsity:
    """Remaining weights of a network, layer by layer; biases are not counted.

    Attributes:
        layers: Layers by parameter name, in natural order: ``3.weight`` before ``10.weight``.
        picture: Rows of pixels, each the sum of the absolute weights on it, if the first layer is dense and its inputs
            are images; else empty.
        channels: Sum of the absolute weights of each output channel, if the first layer is a convolution; else empty.
        used_inputs: The columns of a table that the network uses; None if that is unknown.
    """

    layers: tuple[Layer, ...]
    picture: tuple[tuple[float, ...], ...] = ()
    channels: tuple[float, ...] = ()
    used_inputs: UsedInputs | None = None


def layer_sparsity(
    checkpoint: Path, *, image: tuple[int, int] | None = None, columns: InputColumns | None = None
) -> LayerSparsity:
    """Reads the layer sparsity of the network in a checkpoint.

    Args:
        checkpoint: The checkpoint, a safetensors file.
        image: Height and width of the task's inputs, if they are images.
        columns: The columns of the task's inputs, if they are a table.

    Raises:
        UserError: When the file is missing or damaged.
    """
    kernels = _kernels(checkpoint)
    layers = [
        Layer(name=name, size=kernel.size, nonzeros=int(np.count_nonzero(kernel))) for name, kernel in kernels.items()
    ]
    first = next(iter(kernels.values()), np.zeros((0, 0)))
    picture = _picture(first, image) if first.ndim == 2 and image else ()
    channels = tuple(_absolute_sums(first, keep=0).tolist()) if first.ndim == 4 else ()
    used = used_inputs(kernels, columns) if columns else None
    return LayerSparsity(layers=tuple(layers), picture=picture, channels=channels, used_inputs=used)


def _kernels(checkpoint: Path) -> dict[str, Kernel]:
    """Floating-point tensors of two or more dimensions by name, in natural order.

    Those without entries and the optimiser's state are left out.
    """
    try:
        tensors = dict(deserialize(checkpoint.read_bytes()))  # type: ignore[no-untyped-call]
    except (SafetensorError, OSError) as error:
        raise UserError(
            f"The checkpoint {checkpoint} cannot be read; it may be missing or damaged: {error}."
        ) from error
    names = sorted((name for name in tensors if not name.startswith(OPTIMISER_STATE)), key=_natural_order)
    return {
        name: _array(tensors[name])
        for name in names
        if len(tensors[name]["shape"]) > 1 and all(tensors[name]["shape"]) and _is_float(tensors[name])
    }


def _is_float(tensor: Mapping[str, Any]) -> bool:
    return tensor["dtype"] in {"F64", "F32", "F16", BFLOAT16}


def _array(tensor: Mapping[str, Any]) -> Kernel:
    """The array of one tensor of a safetensors file; bfloat16, which NumPy lacks, is the upper half of float32."""
    if tensor["dtype"] == BFLOAT16:
        bits = np.frombuffer(tensor["data"], np.uint16).astype(np.uint32) << 16
        return bits.view(np.float32).reshape(tensor["shape"])
    array: Kernel = np.frombuffer(tensor["data"], f"f{int(tensor['dtype'][1:]) // 8}").reshape(tensor["shape"])
    return array


def _natural_order(name: str) -> list[tuple[bool, int, str]]:
    """Sort key that puts ``3.weight`` before ``10.weight``."""
    parts = [part for part in re.split(r"(\d+)", name) if part]
    return [(False, int(part), "") if part.isdecimal() else (True, 0, part) for part in parts]


def _picture(kernel: Kernel, image: tuple[int, int]) -> tuple[tuple[float, ...], ...]:
    """Absolute weights of a dense kernel, ``(outputs, inputs)``, summed by pixel over outputs and image channels.

    Empty if the number of inputs is not a multiple of the image's size.
    """
    inputs = kernel.shape[1]
    if not inputs or inputs % math.prod(image):
        return ()
    pixels = _absolute_sums(kernel, keep=1).reshape(-1, *image).sum(axis=0)
    return tuple(tuple(row) for row in pixels.tolist())


def _absolute_sums(kernel: Kernel, *, keep: int) -> NDArray[np.float64]:
    """Sums of the absolute weights over every axis except ``keep``."""
    summed = tuple(axis for axis in range(kernel.ndim) if axis != keep)
    sums: NDArray[np.float64] = np.abs(kernel).sum(axis=summed, dtype=np.float64)
    return sums
