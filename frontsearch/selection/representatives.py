"""A few networks that stand for a whole front: those that together dominate most of what the front dominates."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from frontsearch.comparison import Box, Point
from frontsearch.front import Points, as_points, nondominated
from frontsearch.selection.default import all_dead
from frontsearch.selection.rules import NO_NETWORK, OTHER_RULE
from frontsearch.trial import Trial


def representatives(points: Sequence[Point], most: int, *, box: Box) -> tuple[tuple[Point, ...], ...]:
    """The best one, two, three and so on of these networks by their common hypervolume, the lowest loss first.

    Dead networks, imported ones, and those that add nothing are left out, so there may be fewer than ``most``.

    Args:
        points: The networks to choose from.
        most: The highest number of networks.
        box: Box in which the hypervolume is measured.
    """
    alive = [point for point in points if not point.dead and isinstance(point.trial, Trial)]
    if not alive:
        return ()
    placed = box.normalise(as_points([(point.loss, point.complexity) for point in alive]))
    inside = [place for place in nondominated(placed) if (placed[place] < 1.0).all()]
    subsets = hypervolume_subsets(placed[inside], most)
    return tuple(tuple(alive[inside[place]] for place in subset) for subset in subsets)


def no_representatives(points: Sequence[Point]) -> str:
    """The sentence where none of these networks stands for their front."""
    if all(point.dead for point in points):
        return all_dead(points) if points else NO_NETWORK
    return (
        "No living network on the fronts is within the log box, so none stands for them by what it dominates there. "
        f"{OTHER_RULE}"
    )


def hypervolume_subsets(points: Points, most: int) -> list[list[int]]:
    """The subsets of one, two, ... points of largest hypervolume, exactly, by dynamic programming [Auger2009]_.

    The points ``x_1 < ... < x_n`` have falling ``y``. A point ``j`` that follows ``i`` in a subset adds the rectangle
    between both of them and the corner (1, 1), ``(1 - x_j) * (y_i - y_j)``, so that the best subset that ends in ``j``
    needs to be known only for each ``i`` before it.

    Args:
        points: Mutually non-dominated points within the unit square, ``(n, 2)``, by rising first coordinate.
        most: The largest size of a subset; there are no subsets larger than ``n``.

    Returns:
        For each size, from one to ``min(most, n)``, the rows of the subset in rising order.
    """
    x, y = points.T
    count = len(points)
    best: NDArray[np.float64] = (1 - x) * (1 - y)  # of subsets that end in each point
    before: list[NDArray[np.int64]] = []  # for each larger size, the point before the last one
    subsets = [_traced(before, int(np.argmax(best)))] if count else []
    for _ in range(1, min(most, count)):
        sums = np.full(count, -np.inf)
        previous = np.zeros(count, dtype=np.int64)
        for last in range(1, count):
            totals = best[:last] + (1 - x[last]) * (y[:last] - y[last])
            previous[last] = np.argmax(totals)
            sums[last] = totals[previous[last]]
        before, best = [*before, previous], sums
        subsets.append(_traced(before, int(np.argmax(best))))
    return subsets


def _traced(before: Sequence[NDArray[np.int64]], last: int) -> list[int]:
    subset = [last]
    for previous in reversed(before):
        subset.append(int(previous[subset[-1]]))
    return subset[::-1]
