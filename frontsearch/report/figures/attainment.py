"""What a method's repeats attain: the median surface, and the band between the quartiles."""

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import Area, Line, Shown
from frontsearch.report.figures.thinning import drawn


def attained(comparison: Comparison, method: str, *, shown: Shown = "summary") -> tuple[Line, Area]:
    """What half of a method's repeats attain, and what a quarter of them does and three quarters do not.

    Either is empty where too few repeats have any points.
    """
    surfaces = {one.level: one.points[drawn(one.points)] for one in comparison.surfaces(method)}
    style, repeats = comparison.methods.index(method), len(comparison.of_method(method))
    hover = f"{method}: half of its {repeats} repeats attain" if repeats > 1 else method
    x, y = surfaces["50 %"].T.tolist()
    line = Line(name=method, style=style, x=tuple(x), y=tuple(y), hover=hover, shown=shown)
    x, y = _band(comparison, surfaces["25 %"], surfaces["75 %"]).T.tolist()
    return line, Area(name=method, style=style, x=tuple(x), y=tuple(y), shown=shown)


def _band(comparison: Comparison, best: Points, worst: Points) -> Points:
    """The polygon between two surfaces, ``(n, 2)``.

    What lies at zero is drawn at the low end of the logarithmic box or, where there are any, of lower points: it would
    break the polygon on logarithmic axes, and on linear ones that is too near to be seen.
    """
    if not len(best):
        return best
    ends = np.concatenate([[comparison.linear.high], best, worst]).max(axis=0)
    ring = np.concatenate([_edge(best, ends), _edge(worst, ends)[::-1]])
    least = np.where(ring > 0, ring, comparison.log.low).min(axis=0)
    band: Points = np.maximum(ring, least)
    return band


def _edge(corners: Points, ends: Points) -> Points:
    """The whole edge of what these corners dominate, from the upper to the right end; for none the far corner."""
    x, y = corners.T
    return np.column_stack([np.repeat([*x, ends[0]], 2)[:-1], np.repeat([ends[1], *y], 2)[1:]])
