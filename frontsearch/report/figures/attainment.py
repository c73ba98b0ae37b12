"""What a method's repeats attain: the median surface, and the bands from quartile to quartile and best to worst."""

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import Area, Line, Shown
from frontsearch.report.figures.thinning import drawn

BANDS = (("best", "worst", 0.08), ("25 %", "75 %", 0.15))  # between these surfaces, so strong; the darker above

QUARTILES = 4  # repeats; of fewer a quarter is any one and three quarters are all, so that both bands are one


def attained(comparison: Comparison, method: str, *, shown: Shown = "summary") -> tuple[Line, tuple[Area, ...]]:
    """What half of a method's repeats attain, and the bands of what some of them do and some do not.

    One band is what any repeat attains and not all do, the other what a quarter does and not three quarters. The line
    is empty, and a band not there, where too few repeats have any points.
    """
    surfaces = {one.level: one.points[drawn(one.points)] for one in comparison.surfaces(method)}
    style, repeats = comparison.methods.index(method), len(comparison.of_method(method))
    hover = f"{method}: half of its {repeats} repeats attain" if repeats > 1 else method
    x, y = surfaces["50 %"].T.tolist()
    line = Line(name=method, style=style, x=tuple(x), y=tuple(y), hover=hover, shown=shown)
    bands = BANDS if repeats >= QUARTILES else BANDS[1:]
    areas = []
    for best, worst, strength in bands:
        x, y = _band(comparison, surfaces[best], surfaces[worst]).T.tolist()
        areas.append(Area(name=method, style=style, x=tuple(x), y=tuple(y), strength=strength, shown=shown))
    return line, tuple(area for area in areas if area.x)


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
