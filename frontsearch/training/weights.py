"""``Weights``: a network's parameters as one flat vector, so that an update takes only a few tensor operations."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import reduce

import torch
from torch import Tensor, nn

from frontsearch.tasks import is_channels_last


class Weights:
    """The parameters of a network that are trained, in one vector, penalised ones first.

    The network's parameters become views into ``vector`` and their gradients views into ``gradient``, so an update of
    the vector updates the network. If they have several dtypes, the vector has one that holds them all, such as float32
    for float32 and bfloat16, and only parameters of that dtype are views: :meth:`write` and :meth:`read` copy the
    others, and :meth:`gather` their gradients. Frozen parameters stay as they are.

    Args:
        network: Network whose parameters become views, in place.
        penalised: Names of the penalised parameters.

    Attributes:
        vector: All parameters that require a gradient, ``(n,)``.
        gradient: Gradient of the loss, accumulated by the network's backward pass, ``(n,)``.
        penalised: View of the penalised part of ``vector``, ``(p,)``.
        layers: Views of the same part, one matrix ``(outputs, inputs)`` per penalised parameter.
        shapes: Shape of every parameter by name, in the order of the vector.
        penalised_names: Names of the penalised parameters.
        channels_last: Names of the kernels whose input channels are last in memory; that is kept, as convolutions are
            twice as fast on a CPU then.
        network: The network.
    """

    def __init__(self, network: nn.Module, penalised: frozenset[str]) -> None:
        trained = [item for item in network.named_parameters() if item[1].requires_grad]
        named = sorted(trained, key=lambda item: item[0] not in penalised)  # stable
        dtype = reduce(torch.promote_types, (parameter.dtype for _, parameter in named))
        self.channels_last = frozenset(name for name, parameter in named if is_channels_last(parameter))
        self.vector = torch.cat([self._flat(name, parameter.detach()).to(dtype) for name, parameter in named])
        self.gradient = torch.zeros_like(self.vector)
        self.shapes = {name: parameter.shape for name, parameter in named}
        self.penalised_names = penalised
        self.network = network
        self._named = named
        self._place()

    def move(self, vector: Tensor, gradient: Tensor) -> None:
        """Moves the weights into another vector, ``(n,)``, and their gradient into another one.

        Args:
            vector: What the weights are copied to; the parameters become views of it.
            gradient: What the backward pass adds to from now on.
        """
        vector.copy_(self.vector)
        self.vector, self.gradient = vector, gradient
        self._place()

    def _place(self) -> None:
        """Makes parameters, their gradients and the attributes views of the vectors."""
        parameters, gradients = self.views(self.vector), self.views(self.gradient)
        self._copied = []
        for name, parameter in self._named:
            parameter.grad = None
            if parameter.dtype == self.vector.dtype:
                parameter.data = parameters[name]
                parameter.grad = gradients[name]
            else:
                self._copied.append((parameter, parameters[name], gradients[name]))
        sizes = [parameter.numel() for name, parameter in self._named if name in self.penalised_names]
        rows = [each.shape[0] if each.ndim > 1 else 1 for name, each in self._named if name in self.penalised_names]
        self.penalised = self.vector[: sum(sizes)]
        pieces = zip(self.penalised.split(sizes), rows, strict=True)
        self.layers = tuple(piece.view(row, -1) for piece, row in pieces)

    def views(self, vector: Tensor) -> dict[str, Tensor]:
        """Views of a vector with the layout of ``vector``, ``(n,)``: one per parameter, in its shape, by name."""
        pieces = vector.split([shape.numel() for shape in self.shapes.values()])
        return {
            name: self._shaped(name, piece, shape)
            for piece, (name, shape) in zip(pieces, self.shapes.items(), strict=True)
        }

    def penalised_views(self, vector: Tensor) -> dict[str, Tensor]:
        """Views of a vector with the layout of ``penalised``, ``(p,)``: one per penalised parameter, by name."""
        shapes = {name: shape for name, shape in self.shapes.items() if name in self.penalised_names}
        pieces = vector.split([shape.numel() for shape in shapes.values()])
        return {
            name: self._shaped(name, piece, shape) for piece, (name, shape) in zip(pieces, shapes.items(), strict=True)
        }

    def flat(self, named: Mapping[str, Tensor]) -> Tensor:
        """One vector with the layout of ``vector``, ``(n,)``, from one tensor per parameter, by name."""
        return torch.cat([self._flat(name, named[name]) for name in self.shapes])

    def indicator(self, names: AbstractSet[str]) -> Tensor:
        """A vector with the layout of ``vector``, ``(n,)``: 1 for each entry of these parameters, else 0."""
        return torch.cat([self.vector.new_full((shape.numel(),), name in names) for name, shape in self.shapes.items()])

    def flat_penalised(self, named: Mapping[str, Tensor]) -> Tensor:
        """One vector with the layout of ``penalised``, ``(p,)``, from one tensor per penalised parameter, by name."""
        return torch.cat([self._flat(name, named[name]) for name in self.shapes if name in self.penalised_names])

    @torch.no_grad()
    def write(self) -> None:
        """Copies the vector into the parameters that have another dtype."""
        for parameter, view, _ in self._copied:
            parameter.copy_(view)

    @torch.no_grad()
    def read(self) -> None:
        """Copies the parameters that have another dtype into the vector."""
        for parameter, view, _ in self._copied:
            view.copy_(parameter)

    def round(self) -> None:
        """Rounds all weights to their parameters' dtypes, so that figures and checkpoint are of the same ones."""
        self.write()
        self.read()

    def gather(self) -> None:
        """Adds the gradients of the parameters that have another dtype to ``gradient``, after a backward pass."""
        for parameter, _, gradient in self._copied:
            if parameter.grad is not None:
                gradient.add_(parameter.grad)
                parameter.grad = None

    def l1(self) -> float:
        """The plain sum of the absolute values of the penalised parameters."""
        return float(self.penalised.cpu().abs().sum(dtype=torch.float64))

    def nonzeros(self) -> int:
        """The number of penalised parameters that are not exactly zero."""
        return int(self.penalised.count_nonzero())

    def finite(self) -> bool:
        """Whether all parameters that are trained are finite."""
        return bool(torch.isfinite(self.vector).all())

    def _flat(self, name: str, parameter: Tensor) -> Tensor:
        return (parameter.permute(0, 2, 3, 1) if name in self.channels_last else parameter).reshape(-1)

    def _shaped(self, name: str, piece: Tensor, shape: torch.Size) -> Tensor:
        if name not in self.channels_last:
            return piece.view(shape)
        outputs, inputs, height, width = shape
        return piece.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
