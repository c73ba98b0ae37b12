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
    """

    kernel: Kernel
    rows: Indices
    columns: Indices
    row_of: Indices
    cell_of: Indices | None

    @classmethod
    def of_kernel(cls, kernel: Kernel) -> "Cells":
        """The cells of a kernel."""
        rows, row_of = np.unique(kernel.rows.numpy(), return_inverse=True)
        columns, column_of = np.unique(kernel.columns.numpy(), return_inverse=True)
        cell_of = row_of[:, None] * len(columns) + column_of.reshape(kernel.columns.shape)
        in_place = cell_of.size == len(rows) * len(columns) and (np.diff(cell_of.ravel()) == 1).all()
        return cls(kernel, rows, columns, row_of, None if in_place else cell_of)

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

    def row_sums(self, values: Array) -> Array:
        """Sums of a value for each output, ``(outputs,)``, by row, ``(m, 1)``."""
        return np.bincount(self.row_of, values, minlength=len(self.rows))[:, None].astype(np.float64)

    def _sums(self, values: Array) -> Array:
        shape = (len(self.rows), len(self.columns))
        if self.cell_of is None:
            return values.reshape(shape)
        sums = np.bincount(self.cell_of.ravel(), values.ravel(), minlength=shape[0] * shape[1])
        return sums.reshape(shape).astype(np.float64)
