"""The layers that stacked networks may have, each of which computes ``k`` networks at once.

The bits of a network must not depend on how many others share the stack or on its place in it. A batched product of
matrices keeps them if its matrices begin at the same place of a cache line, and an elementwise function if no network
ends within the vectors that it computes at a time. So examples are padded to multiples of ``ALIGNED``, the gradient of
a kernel to a multiple of ``LINE`` numbers, and a stack has at least two networks. Examples are the last dimension:
along the first ones torch computes the softmax of a few classes an order of magnitude faster.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.training.stacked.graph import Graph

LINE = 16  # numbers of 32 bits in a cache line
ALIGNED = 32  # in two vectors of the widest processors, which torch computes at a time
ELEMENTWISE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softplus, nn.Identity)
# The gradient by the features, from that by the outputs and the outputs; a fifth of the time of torch's.
DERIVATIVES: Mapping[type[nn.Module], Callable[[Tensor, Tensor], Tensor]] = {
    nn.ReLU: lambda gradient, outputs: gradient * (outputs > 0),
    nn.Tanh: lambda gradient, outputs: gradient * (1 - outputs * outputs),
    nn.Sigmoid: lambda gradient, outputs: gradient * (outputs * (1 - outputs)),
}

Modules = Sequence[Any]  # one of each network, whose attributes torch types as any module's
Named = Mapping[str, Tensor]  # parameters or their gradients of all networks by name, ``(k, *shape)``


class Layer(Protocol):
    """One layer of ``k`` networks, which keeps from a forward pass what its backward pass needs."""

    def forward(self, features: Tensor, *, examples: int) -> Tensor:
        """The outputs, ``(k, outputs, n)``.

        Args:
            features: What the layer takes, ``(k, inputs, n)``.
            examples: How many of the ``n`` examples are not padding.
        """

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:
        """Writes the gradients by the layer's parameters.

        Args:
            gradient: Gradient of the losses by the outputs.
            first: Whether no layer with parameters comes before this one.

        Returns:
            Their gradient by the features, or anything if it is the first.
        """


class Dense:
    """A linear layer."""

    def __init__(self, name: str, modules: Modules, *, parameters: Named, gradients: Named) -> None:
        self._weight, self._gradient = parameters[f"{name}weight"], gradients[f"{name}weight"]
        self._bias = self._bias_gradient = None
        if modules[0].bias is not None:
            self._bias, self._bias_gradient = parameters[f"{name}bias"].unsqueeze(2), gradients[f"{name}bias"]
        _, outputs, inputs = self._weight.shape
        self._padding = -outputs % (LINE // math.gcd(inputs, LINE))  # rows, for an aligned gradient

    def forward(self, features: Tensor, *, examples: int) -> Tensor:  # noqa: ARG002 - as all layers
        """One batched product."""
        self._features = features
        if self._bias is None:
            return torch.bmm(self._weight, features)
        return torch.baddbmm(self._bias, self._weight, features)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:
        """Two batched products."""
        padded = functional.pad(gradient, (0, 0, 0, self._padding)) if self._padding else gradient
        product = torch.bmm(padded, self._features.transpose(1, 2))
        self._gradient.copy_(product[:, : gradient.shape[1]])
        if self._bias_gradient is not None:
            torch.sum(gradient, dim=2, out=self._bias_gradient)
        return gradient if first else torch.bmm(self._weight.transpose(1, 2), gradient)


class Elementwise:
    """An activation function."""

    def __init__(self, name: str, modules: Modules, *, parameters: Named, gradients: Named) -> None:  # noqa: ARG002 - as all layers
        self._module = modules[0]
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


class BatchNorm:
    """Batch normalisation of features; the running statistics are those of each network's own module."""

    def __init__(self, name: str, modules: Modules, *, parameters: Named, gradients: Named) -> None:
        names = (f"{name}weight", f"{name}bias")
        self._parameters, self._gradients = [parameters[each] for each in names], [gradients[each] for each in names]
        self._modules, self._eps = modules, modules[0].eps

    def forward(self, features: Tensor, *, examples: int) -> Tensor:
        """Features normalised by the mean and variance of the batch's examples."""
        self._graph = Graph(partial(_normalised, examples=examples, eps=self._eps), features, *self._parameters)
        real = features[:, :, :examples]
        self._update(real.mean(dim=2), real.var(dim=2))
        return self._graph.outputs

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradients by features and parameters."""
        found, *by_parameters = self._graph.gradients(gradient)
        for target, values in zip(self._gradients, by_parameters, strict=True):
            target.copy_(values)
        return found

    def _update(self, means: Tensor, variances: Tensor) -> None:
        for module, mean, variance in zip(self._modules, means, variances, strict=False):
            module.running_mean.lerp_(mean, module.momentum)
            module.running_var.lerp_(variance, module.momentum)
            module.num_batches_tracked.add_(1)


def _normalised(features: Tensor, weight: Tensor, bias: Tensor, *, examples: int, eps: float) -> Tensor:
    real = features[:, :, :examples]
    mean = real.mean(dim=2, keepdim=True)
    variance = (real - mean).square().mean(dim=2, keepdim=True)
    return (features - mean) / (variance + eps).sqrt() * weight.unsqueeze(2) + bias.unsqueeze(2)


LAYERS: dict[type[nn.Module], type[Dense | Elementwise | BatchNorm]] = {
    nn.Linear: Dense, nn.BatchNorm1d: BatchNorm, **dict.fromkeys(ELEMENTWISE, Elementwise)
}  # fmt: skip


def padded(size: int, multiple: int) -> int:
    """The least multiple that is not below the size."""
    return -(-size // multiple) * multiple
