"""The order of objective vectors from best to worst, when only some of the networks can be trained further."""

import numpy as np
from numpy.typing import NDArray

from frontsearch.front import Points


def best_first(points: Points) -> list[int]:
    """Indices of ``points``, ``(n, 2)``, from the best to the worst: indices into ``points``, not ranks.

    The order is that of the fronts of non-dominated sorting [Deb2002]_. Most networks are mutually non-dominated, so
    within a front the order is by hypervolume contribution [Beume2007]_. Of equally good points the earlier comes
    first.
    """
    if not len(points):
        return []
    import moocore  # noqa: PLC0415 - few methods need it

    ranks = moocore.pareto_rank(points)
    contributions = np.zeros(len(points))
    for rank in np.unique(ranks):
        contributions[ranks == rank] = _contributions(points[ranks == rank])
    order: list[int] = np.lexsort((-contributions, ranks)).tolist()
    return order


def _contributions(front: Points) -> NDArray[np.float64]:
    """What each point of a front alone adds to its hypervolume, in the front's ideal-nadir units, ``(n,)``.

    The reference point is ``1 + 1 / (n - 1)`` for ``n`` different points. With it, the extremes of an evenly spread
    straight front contribute as much as the points between them [Ishibuchi2018]_.
    """
    different = len(np.unique(front, axis=0))
    if different == 1:
        return np.zeros(len(front))
    import moocore  # noqa: PLC0415

    scaled = (front - front.min(axis=0)) / np.ptp(front, axis=0)
    contributions: NDArray[np.float64] = moocore.hv_contributions(scaled, ref=[1 + 1 / (different - 1)] * 2)
    return contributions
