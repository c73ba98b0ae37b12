"""Layers of images, side by side: convolution and pooling."""

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from frontsearch.tasks import is_channels_last
from frontsearch.training.stacked.dense import Kernel
from frontsearch.training.stacked.layer import AnyModule, Part, Plain

Pair = tuple[int, int]


class Windows:
    """The windows of images that a kernel is applied to; height and width each.

    Args:
        module: A convolution or pooling.
        fill: What images are padded with.
    """

    def __init__(self, module: AnyModule, *, fill: float = 0.0) -> None:
        self._size, self._stride = _pair(module.kernel_size), _pair(module.stride)
        self._dilation, self._fill = _pair(getattr(module, "dilation", 1)), fill
        spans = [step * (size - 1) for step, size in zip(self._dilation, self._size, strict=True)]
        around = _around(module.padding, spans)
        self._padding = around[1] + around[0]  # torch pads the last dimension first
        self._spans = spans
        self._padded_shape = torch.Size()

    def __len__(self) -> int:
        """Number of entries of a window."""
        return self._size[0] * self._size[1]

    def entries(self, images: Tensor) -> list[Tensor]:
        """Each entry of all windows, ``(k, c, rows, columns, n)``, from images ``(k, c, height, width, n)``."""
        padded = functional.pad(images, (0, 0, *self._padding), value=self._fill) if any(self._padding) else images
        self._padded_shape = padded.shape
        return list(self._views(padded))

    def added(self, entries: Iterator[Tensor], *, like: Tensor) -> Tensor:
        """The sum for each pixel of an image of the entries that are views of it."""
        padded = like.new_zeros(self._padded_shape)
        for view, values in zip(self._views(padded), entries, strict=True):
            view.add_(values)
        left, right, top, bottom = self._padding
        height, width = padded.shape[2:4]
        return padded[:, :, top : height - bottom, left : width - right]

    def _views(self, padded: Tensor) -> Iterator[Tensor]:
        height, width = padded.shape[2:4]
        for row in range(self._size[0]):
            rows = slice(row * self._dilation[0], height - self._spans[0] + row * self._dilation[0], self._stride[0])
            for column in range(self._size[1]):
                begin = column * self._dilation[1]
                yield padded[:, :, rows, begin : width - self._spans[1] + begin : self._stride[1]]


class Convolution(Plain):
    """A convolution of images: its windows are the columns of a matrix."""

    dimensions: ClassVar[int | None] = 4

    def __init__(self, part: Part) -> None:
        self._channels_last = is_channels_last(part.modules[0].weight)
        self._kernel, self._windows = Kernel(part, channels_last=self._channels_last), Windows(part.modules[0])

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One whose kernels take all channels, with zeros around the images."""
        return bool(module.groups == 1 and module.padding_mode == "zeros")

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """One batched product."""
        windows = torch.stack(self._windows.entries(features), dim=1 if self._channels_last else 2)
        self._shape = windows.shape
        self._columns = windows.flatten(3).flatten(1, 2)
        products: Tensor = self._kernel.outputs(self._columns)
        return products.view(*products.shape[:2], *windows.shape[3:])

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:
        """Two batched products."""
        rows = gradient.flatten(2)
        self._kernel.differentiate(rows, self._columns)
        if first:
            return gradient
        columns = self._kernel.by_columns(rows).view(self._shape)
        return self._windows.added(iter(columns.unbind(1 if self._channels_last else 2)), like=gradient)


class MaxPool(Plain):
    """The largest entry of each window; the first of several takes the gradient."""

    dimensions: ClassVar[int | None] = 4

    def __init__(self, part: Part) -> None:
        self._windows = Windows(part.modules[0], fill=float("-inf"))

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One with whole windows only."""
        return not (module.ceil_mode or module.return_indices)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """The largest entries."""
        self._entries = self._windows.entries(features)
        largest = self._entries[0]
        for entry in self._entries[1:]:
            largest = torch.maximum(largest, entry)
        self._largest = largest
        return largest

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradient by the features."""
        return self._windows.added(self._shares(gradient), like=gradient)

    def _shares(self, gradient: Tensor) -> Iterator[Tensor]:
        left = gradient
        for entry in self._entries:
            is_largest = entry == self._largest
            yield left * is_largest
            left = left.masked_fill(is_largest, 0.0)


class AveragePool(Plain):
    """The mean of each window."""

    dimensions: ClassVar[int | None] = 4

    def __init__(self, part: Part) -> None:
        self._windows = Windows(part.modules[0])

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One with whole windows only, which all have the same weight."""
        return bool(module.count_include_pad and not module.ceil_mode and module.divisor_override is None)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """The means."""
        first, *others = self._windows.entries(features)
        total = first
        for entry in others:
            total = total + entry
        return total / len(self._windows)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """Each entry's share of the gradient."""
        share = gradient / len(self._windows)
        return self._windows.added((share for _ in range(len(self._windows))), like=gradient)


class GlobalAveragePool(Plain):
    """The mean of each channel."""

    dimensions: ClassVar[int | None] = 4

    def __init__(self, part: Part) -> None:
        pass

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One with one output for each channel."""
        return module.output_size in {1, (1, 1)}

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """The means."""
        self._shape = features.shape
        return features.mean(dim=(2, 3), keepdim=True)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """Each entry's share of the gradient."""
        return (gradient / (self._shape[2] * self._shape[3])).expand(self._shape)


def _pair(value: int | Pair) -> Pair:
    return (value, value) if isinstance(value, int) else value


def _around(padding: int | Pair | str, spans: list[int]) -> list[tuple[int, int]]:
    """How many zeros come before and after each side of an image."""
    if padding == "same":
        return [(span // 2, span - span // 2) for span in spans]
    sides = (0, 0) if isinstance(padding, str) else _pair(padding)
    return [(side, side) for side in sides]
