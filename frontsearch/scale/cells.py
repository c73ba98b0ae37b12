"""The entries of a kernel, summed by the units that they lie between."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from frontsearch.scale.balance import Array, Indices
from frontsearch.scale.units import Kernel


@dataclass(frozen=True, slots=True)
class Cells:
    """A matrix with a row for each unit that a kernel computes and a column for each that it takes.

    Attributes:
        kernel: The kernel.
        rows: Its units without duplicates, ``(m,)``.
        columns: The units that it takes without duplicates, ``(n,)``.
        row_of: Row of each output, ``(outputs,)``.
        cell_of: Cell of each pair of an output and an input, ``(outputs, inputs)``, counted row by row; None if each
            pair has the cell at its own place.
        groups: Group of each column, ``(n,)``; None if there are no groups. A unit has a column for each group.
    """

    kernel: Kernel
    rows: Indices
    columns: Indices
    row_of: Indices
    cell_of: Indices | None
    groups: Indices | None = None

    @classmethod
    def of_kernel(cls, kernel: Kernel, groups: Tensor | None = None) -> "Cells":
        """The cells of a kernel.

        Args:
            kernel: The kernel.
            groups: Group of each pair of an output and an input, ``(outputs, inputs)``.
        """
        rows, row_of = np.unique(kernel.rows.numpy(), return_inverse=True)
        count = 1 if groups is None else int(groups.max()) + 1
        labels = kernel.columns.numpy() * count + (0 if groups is None else groups.numpy())
        columns, column_of = np.unique(labels, return_inverse=True)
        cell_of = row_of[:, None] * len(columns) + column_of.reshape(labels.shape)
        in_place = cell_of.size == len(rows) * len(columns) and (np.diff(cell_of.ravel()) == 1).all()
        cells = None if in_place else cell_of
        return cls(kernel, rows, columns // count, row_of, cells, None if groups is None else columns % count)

    def ends(self, sign: int) -> Indices:
        """The units that the kernel computes (sign -1) or takes (1)."""
        return self.rows if sign < 0 else self.columns

    def absolutes(self, named: Mapping[str, Tensor]) -> Array:
        """Sums of absolute weights, ``(m, n)``, given the network's parameters and buffers by name."""
        return self._sums(self.kernel.matrix(named).abs().sum(-1).numpy())

    def squares(self, named: Mapping[str, Tensor]) -> Array:
        """Sums of squared weights, ``(m, n)``, given the network's parameters and buffers by name."""
        return self._sums(self.kernel.matrix(named).square().sum(-1).numpy())

    def counts(self, named: Mapping[str, Tensor]) -> Array:
        """Numbers of weights, ``(m, n)``, given the network's parameters and buffers by name."""
        matrix = self.kernel.matrix(named)
        return self._sums(np.full(matrix.shape[:2], float(matrix.shape[2])))

    def row_sums(self, values: Array, column_of: Indices | None = None) -> Array:
        """Sums of a value for each output, ``(outputs,)``, by row and by the column of each output, ``(m, k)``."""
        columns = 1 if column_of is None else int(column_of.max()) + 1
        cells = self.row_of * columns + (0 if column_of is None else column_of)
        sums = np.bincount(cells, values, minlength=len(self.rows) * columns)
        return sums.reshape(-1, columns).astype(np.float64)

    def _sums(self, values: Array) -> Array:
        shape = (len(self.rows), len(self.columns))
        if self.cell_of is None:
            return values.reshape(shape)
        sums = np.bincount(self.cell_of.ravel(), values.ravel(), minlength=shape[0] * shape[1])
        return sums.reshape(shape).astype(np.float64)
