"""The order of objective vectors when only some of them can go on."""

import moocore
import numpy as np
from numpy.typing import NDArray

from frontsearch.front import Points


def best_first(points: Points) -> list[int]:
    """The places of ``points``, ``(n, 2)``, the best one's first: an index list, and not a rank for each item.

    Front by front of non-dominated sorting [Deb2002]_, and within a front by what each point alone adds to the
    hypervolume [Beume2007]_: of cross entropy and l1 most networks are mutually non-dominated, so the fronts alone
    decide little. Of points that are equally good the earlier one comes first.
    """
    if not len(points):
        return []
    fronts = moocore.pareto_rank(points)
    added = np.zeros(len(points))
    for front in np.unique(fronts):
        added[fronts == front] = _contributions(points[fronts == front])
    order: list[int] = np.lexsort((-added, fronts)).tolist()
    return order


def _contributions(front: Points) -> NDArray[np.float64]:
    """What each point of a front alone adds to its hypervolume, in the front's own ideal-nadir units.

    The corner is ``1 + 1 / (n - 1)`` for ``n`` different points, at which the ends of an evenly spread straight front
    add as much as the points between them do [Ishibuchi2018]_.
    """
    different = len(np.unique(front, axis=0))
    if different == 1:
        return np.zeros(len(front))
    unit = (front - front.min(axis=0)) / np.ptp(front, axis=0)
    added: NDArray[np.float64] = moocore.hv_contributions(unit, ref=[1 + 1 / (different - 1)] * 2)
    return added
