"""Drops points of a line that a reader could not tell apart."""

import numpy as np
from numpy.typing import NDArray

from frontsearch.front import Points

CELLS = 1000  # along each axis on each scale: about one per pixel of a figure


def indices_to_draw(points: Points) -> NDArray[np.intp]:
    """Indices of the points to draw, in order: one per grid cell on linear and logarithmic axes, and the last point.

    Args:
        points: ``(n, d)``. For a step function pass its values alone, ``(n, 1)``: how long a step is does not matter.
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
    """Positions on a logarithmic axis; values that it cannot show are put at its low end."""
    positive = values[values > 0]
    return np.log10(np.maximum(values, positive.min() if len(positive) else 1.0))
