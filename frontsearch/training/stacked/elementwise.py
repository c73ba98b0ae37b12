"""Layers without parameters whose outputs have the shape of what they take, and ``Flatten``."""

from collections.abc import Callable, Mapping
from copy import copy
from typing import ClassVar

import torch
from torch import Tensor, nn

from frontsearch.training.stacked.graph import Graph
from frontsearch.training.stacked.layer import AnyModule, Part, Plain

ACTIVATIONS = (
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softplus, nn.ReLU6, nn.SELU, nn.CELU,
    nn.Mish, nn.Hardtanh, nn.Hardsigmoid, nn.Hardswish, nn.LogSigmoid, nn.Softsign, nn.Identity,
)  # fmt: skip
# The gradient by the features, from that by the outputs and the outputs; a fifth of the time of torch's.
DERIVATIVES: Mapping[type[nn.Module], Callable[[Tensor, Tensor], Tensor]] = {
    nn.ReLU: lambda gradient, outputs: torch.ops.aten.threshold_backward(gradient, outputs, 0),
    nn.Tanh: lambda gradient, outputs: gradient * (1 - outputs * outputs),
    nn.Sigmoid: lambda gradient, outputs: gradient * (outputs * (1 - outputs)),
    nn.Identity: lambda gradient, _: gradient,
}


class Activation(Plain):
    """An activation function."""

    def __init__(self, part: Part) -> None:
        self._module = copy(part.modules[0])
        if hasattr(self._module, "inplace"):
            self._module.inplace = False
        self._derivative = DERIVATIVES.get(type(self._module))

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """The function of all networks' features."""
        if self._derivative is None:
            self._graph = Graph(self._module, features)
            return self._graph.outputs
        outputs: Tensor = self._module(features)
        self._outputs = outputs
        return outputs

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradient by the features."""
        if self._derivative is None:
            return self._graph.gradients(gradient)[0]
        found: Tensor = self._derivative(gradient, self._outputs)
        return found


class LogSoftmax(Plain):
    """The logarithm of the softmax along a dimension."""

    def __init__(self, part: Part) -> None:
        self._dim = part.modules[0].dim

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """Not along the examples."""
        return bool(module.dim)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """In place of the examples, networks are the first dimension; the examples come last."""
        dim = self._dim if self._dim > 0 else self._dim + features.ndim - 1
        self._along, self._outputs = dim, features.log_softmax(dim)
        return self._outputs

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradient by the features."""
        return gradient - self._outputs.exp() * gradient.sum(self._along, keepdim=True)


class Dropout(Plain):
    """Zeroes features; each network draws from its own generator."""

    def __init__(self, part: Part) -> None:
        self._share, self._generators = part.modules[0].p, part.generators

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """Multiplies with factors that are 1 on average."""
        factors = features.new_ones(self.drawn(features.shape))
        for row, generator in zip(factors, self._generators, strict=False):
            row.bernoulli_(1 - self._share, generator=generator)
        self._factors = factors.div_(1 - self._share) if self._share < 1 else factors
        return features * self._factors

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """Multiplies with the same factors."""
        return gradient * self._factors

    @staticmethod
    def drawn(shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the factors for features of a shape ``(k, ..., n)``."""
        return shape


class ChannelDropout(Dropout):
    """Zeroes whole channels of images."""

    dimensions: ClassVar[int | None] = 4

    @staticmethod
    def drawn(shape: tuple[int, ...]) -> tuple[int, ...]:
        """One factor for each channel of each example."""
        return *shape[:2], 1, 1, shape[-1]


class Flatten(Plain):
    """Flattens each example."""

    def __init__(self, part: Part) -> None:
        pass

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One that keeps the examples apart."""
        return (module.start_dim, module.end_dim) == (1, -1)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """All dimensions but the first and the last as one."""
        self._shape = features.shape
        return features.flatten(1, -2)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradient in the shape of the features."""
        return gradient.reshape(self._shape)
