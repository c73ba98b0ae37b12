"""``StackedWeights``: the weights of ``k`` networks as the rows of one matrix."""

from collections.abc import Sequence

from torch import Tensor
from torch.func import vmap

from frontsearch.training.stacked.layer import padded
from frontsearch.training.weights import Weights

WIDTH = 32  # columns are padded to a multiple, so that no row ends within a vector of the processor


class StackedWeights:
    """The weights of ``k`` networks of one architecture; each network's own become views of its row.

    Attributes:
        vector: The weights, ``(k, width)``, as many rows as networks and at least two; a row without a network is a
            copy of the one before.
        gradient: Gradient of each network's loss by its weights, ``(k, width)``.
        penalised: View of the penalised part, ``(k, p)``.
    """

    def __init__(self, networks: Sequence[Weights]) -> None:
        first = networks[0]
        self._first, size = first, len(first.vector)
        self.vector = first.vector.new_zeros(max(2, len(networks)), padded(size, WIDTH))
        self.gradient = self.vector.clone()
        self.vector[-1, :size] = networks[-1].vector
        for row, weights in enumerate(networks):
            weights.move(self.vector[row, :size], self.gradient[row, :size])
        self.penalised = self.vector[:, : len(first.penalised)]

    def views(self, matrix: Tensor) -> dict[str, Tensor]:
        """Views of a matrix ``(k, width)``, one for each parameter, ``(k, *shape)``, by name."""
        size = sum(shape.numel() for shape in self._first.shapes.values())
        return vmap(self._first.views)(matrix[:, :size])
