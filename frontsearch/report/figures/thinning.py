"""Which points of a line to draw: all that a reader could tell apart."""

import numpy as np
from numpy.typing import NDArray

from frontsearch.front import Points

CELLS = 1000  # along each axis and each scale: about the pixels of a figure


def drawn(points: Points) -> NDArray[np.intp]:
    """Places of the points to draw, in order: one a cell, on linear and on logarithmic axes, and the last one.

    Args:
        points: ``(n, d)``; of a step function its values alone, ``(n, 1)``, for how long a step is matters nothing.
    """
    if len(points) <= 2:
        return np.arange(len(points))
    cells = np.column_stack([_cells(values) for column in points.T for values in (column, _logarithms(column))])
    _, first = np.unique(cells, axis=0, return_index=True)
    kept: NDArray[np.intp] = np.unique(np.append(first, len(points) - 1))
    return kept


def _cells(values: NDArray[np.float64]) -> NDArray[np.int64]:
    low, high = values.min(), values.max()
    cells: NDArray[np.int64] = (CELLS * (values - low) / ((high - low) or 1.0)).astype(np.int64)
    return cells


def _logarithms(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where values lie on a logarithmic axis; what it cannot show lies at its low end."""
    positive = values[values > 0]
    return np.log10(np.maximum(values, positive.min() if len(positive) else 1.0))
