"""What the methods are held against: the union of all runs, the exact and the published front, the reference point."""

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.front import Points
from frontsearch.report.figures.chart import Reference
from frontsearch.report.figures.thinning import drawn
from frontsearch.report.figures.views import LOSSES, View


def references(comparison: Comparison, view: View) -> tuple[Reference, ...]:
    """Those that belong in this view; published points are of test figures."""
    found: list[Reference | None]
    if view.split == "test":
        found = [_published(comparison, view)]
    elif view.plane is LOSSES:
        found = [_union(comparison), _exact(comparison), _corner(comparison)]
    else:
        found = []
    return tuple(reference for reference in found if reference and reference.x)


def _union(comparison: Comparison) -> Reference:
    points = comparison.reference.points
    x, y = _columns(points[drawn(points)])
    return Reference(kind="union", name="union of all runs", x=x, y=y, hover="")  # the methods' own texts are there


def _exact(comparison: Comparison) -> Reference | None:
    if comparison.exact is None:
        return None
    x, y = _columns(comparison.exact.points)
    hover = tuple(f"exact front, l1_weight {weight:.3g}" for weight in comparison.exact.l1_weights)
    return Reference(kind="exact", name="exact front", x=x, y=y, hover=hover)


def _corner(comparison: Comparison) -> Reference:
    x, y = comparison.linear.high
    hover = f"reference point: cross entropy {x:.5g}, l1 {y:.5g}"
    return Reference(kind="corner", name="reference point", x=(x,), y=(y,), hover=(hover,))


def _published(comparison: Comparison, view: View) -> Reference | None:
    if comparison.published is None:
        return None
    plane = view.plane
    found = [view.drawn(point) for point in comparison.published.points[f"test_{plane.loss}", plane.size]]
    hover = tuple(
        f"published\n{plane.loss.replace('_', ' ')} {x:.5g} {plane.unit}, {plane.size} {y:.5g}" for x, y in found
    )
    x, y = _columns(np.array(found).reshape(-1, 2))
    return Reference(kind="published", name="published", x=x, y=y, hover=hover)


def _columns(points: Points) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x, y = points.T.tolist()
    return tuple(x), tuple(y)
