"""A network's trainable parameters as one flat vector, so that every update is a handful of operations."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class Weights:
    """The parameters of a network, laid out in one vector with the penalised ones first.

    The network's own parameters become views into the vector and their gradients views into ``gradient``: whatever is
    done to the vector is done to the network.

    Attributes:
        vector: All trainable parameters, ``(n,)``.
        gradient: Where the network's backward pass adds up the gradient of the loss, ``(n,)``.
        penalised: View of the penalised part of ``vector``, ``(p,)``.
        layers: The same part as one view for each penalised parameter, ``(outputs, inputs)`` of each.
        shapes: Of every parameter by its name, in the order of the vector.
        chosen: The names of the penalised ones.
    """

    def __init__(self, network: nn.Module, penalised: frozenset[str]) -> None:
        named = sorted(network.named_parameters(), key=lambda item: item[0] not in penalised)  # stable
        sizes = [parameter.numel() for _, parameter in named]
        self.vector = torch.cat([_flat(parameter.detach()) for _, parameter in named])
        self.gradient = torch.zeros_like(self.vector)
        self.shapes = {name: parameter.shape for name, parameter in named}
        self.chosen = penalised
        values, gradients = self.views(self.vector), self.views(self.gradient)
        for name, parameter in named:
            parameter.grad = None
            parameter.data = values[name]
            parameter.grad = gradients[name]
        count = sum(name in penalised for name, _ in named)
        self.penalised = self.vector[: sum(sizes[:count])]
        rows = [parameter.shape[0] if parameter.ndim > 1 else 1 for _, parameter in named[:count]]
        pieces = zip(self.penalised.split(sizes[:count]), rows, strict=True)
        self.layers = tuple(piece.view(row, -1) for piece, row in pieces)

    def views(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector laid out as ``vector`` is, ``(n,)``, as views of every parameter's shape, by name."""
        pieces = vector.split([shape.numel() for shape in self.shapes.values()])
        return {name: _shaped(piece, shape) for piece, (name, shape) in zip(pieces, self.shapes.items(), strict=True)}

    def penalised_views(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector laid out as ``penalised`` is, ``(p,)``, as views of the penalised parameters' shapes, by name."""
        shapes = {name: shape for name, shape in self.shapes.items() if name in self.chosen}
        pieces = vector.split([shape.numel() for shape in shapes.values()])
        return {name: _shaped(piece, shape) for piece, (name, shape) in zip(pieces, shapes.items(), strict=True)}

    def flat(self, named: Mapping[str, Tensor]) -> Tensor:
        """Tensors of every parameter's shape, by name, laid out as ``vector`` is, ``(n,)``."""
        return torch.cat([_flat(named[name]) for name in self.shapes])

    def l1(self) -> float:
        """Sum of the absolute values of the penalised parameters."""
        return float(self.penalised.abs().sum(dtype=torch.float64))

    def nonzeros(self) -> int:
        """How many penalised parameters are not exactly zero."""
        return int(self.penalised.count_nonzero())

    def finite(self) -> bool:
        """Whether no parameter is infinite or not a number."""
        return bool(torch.isfinite(self.vector).all())


def _flat(parameter: Tensor) -> Tensor:
    return _last(parameter).reshape(-1)


def _shaped(piece: Tensor, shape: torch.Size) -> Tensor:
    if len(shape) != 4:
        return piece.view(shape)
    outputs, inputs, height, width = shape
    return piece.view(outputs, height, width, inputs).permute(0, 3, 1, 2)


def _last(parameter: Tensor) -> Tensor:
    """Kernels of convolutions with their channels last in memory, which torch convolves in half the time on a CPU."""
    return parameter.permute(0, 2, 3, 1) if parameter.ndim == 4 else parameter
