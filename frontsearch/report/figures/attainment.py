"""The attainment surfaces of a method's repeats: the median as a line, quartiles and extremes as bands."""

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import Area, Line, Visibility
from frontsearch.report.figures.thinning import indices_to_draw

BANDS = (("best", "worst", 0.08), ("25 %", "75 %", 0.15))  # surfaces that bound a band, and its opacity
MIN_REPEATS_FOR_QUARTILES = 4  # with fewer repeats both bands coincide


def median_and_bands(
    comparison: Comparison, method: str, *, visibility: Visibility = "summary"
) -> tuple[Line, tuple[Area, ...]]:
    """The median attainment surface of a method's repeats, and the bands around it.

    One band reaches from the best to the worst surface, the other from the first to the third quartile. The line is
    empty, or a band left out, if too few repeats have any points.
    """
    surfaces = {
        surface.level: surface.points[indices_to_draw(surface.points)] for surface in comparison.surfaces(method)
    }
    style, repeats = comparison.methods.index(method), len(comparison.of_method(method))
    hover = f"{method}: attained by half of its {repeats} repeats" if repeats > 1 else method
    x, y = surfaces["50 %"].T.tolist()
    line = Line(name=method, style=style, x=tuple(x), y=tuple(y), hover=hover, visibility=visibility)
    bands = BANDS if repeats >= MIN_REPEATS_FOR_QUARTILES else BANDS[1:]
    areas = []
    for best, worst, strength in bands:
        x, y = _band(comparison, surfaces[best], surfaces[worst]).T.tolist()
        areas.append(Area(name=method, style=style, x=tuple(x), y=tuple(y), strength=strength, visibility=visibility))
    return line, tuple(area for area in areas if area.x)


def _band(comparison: Comparison, best: Points, worst: Points) -> Points:
    """The polygon between two surfaces, ``(n, 2)``.

    A zero would break the polygon on logarithmic axes. It is raised to the low end of the logarithmic box, or to the
    lowest positive coordinate if that is smaller; on linear axes the difference is too small to see.
    """
    if not len(best):
        return best
    ends = np.concatenate([[comparison.linear.high], best, worst]).max(axis=0)
    ring = np.concatenate([_staircase(best, ends), _staircase(worst, ends)[::-1]])
    smallest = np.where(ring > 0, ring, comparison.log.low).min(axis=0)
    band: Points = np.maximum(ring, smallest)
    return band


def _staircase(corners: Points, ends: Points) -> Points:
    """The edge of the region that these corners dominate, from top to right; without corners, ``ends`` alone."""
    x, y = corners.T
    return np.column_stack([np.repeat([*x, ends[0]], 2)[:-1], np.repeat([ends[1], *y], 2)[1:]])
