"""``Dense``: linear layers, side by side."""

import math
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional

from frontsearch.training.stacked.layer import LINE, Part, Plain


class Kernel:
    """A matrix of each network and what it adds: one batched product forward, two backward.

    Args:
        part: The layer's part.
        channels_last: Whether each row of a matrix has the input channels last, as in memory.
    """

    def __init__(self, part: Part, *, channels_last: bool = False) -> None:
        weights = (named["weight"] for named in (part.parameters, part.gradients))
        self._weight, self._gradient = ((each.movedim(2, -1) if channels_last else each).flatten(2) for each in weights)
        self._bias = self._bias_gradient = None
        if "bias" in part.parameters:
            self._bias, self._bias_gradient = part.parameters["bias"].unsqueeze(2), part.gradients["bias"]
        _, outputs, inputs = self._weight.shape
        self._padding = -outputs % (LINE // math.gcd(inputs, LINE))  # rows, for an aligned gradient

    def outputs(self, columns: Tensor) -> Tensor:
        """The products, ``(k, outputs, n)``, with columns ``(k, inputs, n)``."""
        if self._bias is None:
            return torch.bmm(self._weight, columns)
        return torch.baddbmm(self._bias, self._weight, columns)

    def differentiate(self, gradient: Tensor, columns: Tensor) -> None:
        """Writes the gradients by the parameters from that by the outputs."""
        rows = functional.pad(gradient, (0, 0, 0, self._padding)) if self._padding else gradient
        product = torch.bmm(rows, columns.transpose(1, 2))
        self._gradient.copy_(product[:, : gradient.shape[1]])
        if self._bias_gradient is not None:
            torch.sum(gradient, dim=2, out=self._bias_gradient)

    def by_columns(self, gradient: Tensor) -> Tensor:
        """The gradient by the columns, ``(k, inputs, n)``."""
        return torch.bmm(self._weight.transpose(1, 2), gradient)


class Dense(Plain):
    """A linear layer."""

    dimensions: ClassVar[int | None] = 2

    def __init__(self, part: Part) -> None:
        self._kernel = Kernel(part)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """One batched product."""
        self._features = features
        return self._kernel.outputs(features)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:
        """Two batched products."""
        self._kernel.differentiate(gradient, self._features)
        return gradient if first else self._kernel.by_columns(gradient)
