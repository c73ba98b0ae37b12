"""``Groups``: sums over groups of penalised weights, and a number of each group for each weight."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from frontsearch.errors import SMALLEST
from frontsearch.training.weights import Weights


@dataclass(frozen=True, slots=True)
class _Block:
    """Consecutive weights as a matrix in which each column is of one group, as sums of rows are fast."""

    rows: int
    columns: int


class Groups:
    """Which group each penalised weight is of.

    Args:
        numbers: Group of each penalised weight, ``(p,)``.
        count: Number of groups.
        weights: Weights with this layout.

    Attributes:
        numbers: Group of each penalised weight, ``(p,)``.
        count: Number of groups.
    """

    def __init__(self, numbers: Tensor, count: int, weights: Weights) -> None:
        self.numbers, self.count = numbers, count
        pieces = list(_matrices(numbers, weights))
        self._blocks = [_Block(*piece.shape) for piece in pieces]
        self._columns = torch.cat([piece[0] for piece in pieces])

    def sums(self, values: Tensor) -> Tensor:
        """Sums of one value for each weight, ``(p,)``, by group, ``(count,)``."""
        pieces = values.split([block.rows * block.columns for block in self._blocks])
        matrices = (piece.view(block.rows, -1) for piece, block in zip(pieces, self._blocks, strict=True))
        found = values.new_zeros(self.count)
        return found.index_add_(0, self._columns, torch.cat([matrix.sum(0) for matrix in matrices]))

    def spread(self, values: Tensor) -> Tensor:
        """For each weight the value of its group, ``(p,)``, from one for each group, ``(count,)``."""
        pieces = values.index_select(0, self._columns).split([block.columns for block in self._blocks])
        matrices = (piece.expand(block.rows, -1) for piece, block in zip(pieces, self._blocks, strict=True))
        return torch.cat([matrix.reshape(-1) for matrix in matrices])

    def norms(self, values: Tensor) -> Tensor:
        """Euclidean norm of each group of values, ``(count,)``."""
        return self.sums(values * values).sqrt_()  # three times as fast as the square

    def shares(self, values: Tensor) -> Tensor:
        """What share of the squares of a parameter each group has, ``(count,)``; for several the mean over its values.

        Zeros do not count, and a group of nothing else has no share.
        """
        squares, numbers = values.new_zeros(self.count), values.new_zeros(self.count)
        pieces = values.split([block.rows * block.columns for block in self._blocks])
        columns = self._columns.split([block.columns for block in self._blocks])
        for piece, groups, block in zip(pieces, columns, self._blocks, strict=True):
            matrix = piece.view(block.rows, -1)
            nonzero = matrix.count_nonzero(0).to(values)
            of_columns = matrix.square().sum(0)
            per_group = nonzero.sum() / max(len(groups[nonzero > 0].unique()), 1)
            squares.index_add_(0, groups, of_columns * (per_group / of_columns.sum().clamp_min(SMALLEST)))
            numbers.index_add_(0, groups, nonzero)
        return squares / numbers.clamp_min(1)

    def restricted(self, indices: Tensor, weights: Weights) -> "Groups":
        """The same groups of the weights at some places, in the layout of other weights."""
        return Groups(self.numbers[indices], self.count, weights)


def _matrices(numbers: Tensor, weights: Weights) -> Iterator[Tensor]:
    """The groups of each penalised parameter, as a matrix whose columns are of one group each."""
    shapes = [shape for name, shape in weights.shapes.items() if name in weights.penalised_names]
    for piece, shape in zip(numbers.split([shape.numel() for shape in shapes]), shapes, strict=True):
        inner = shape[1] if len(shape) == 4 else shape[-1] if shape else 1  # the last axis in the layout of weights
        matrix = piece.view(-1, inner)
        yield matrix if (matrix == matrix[0]).all() else piece.view(1, -1)
