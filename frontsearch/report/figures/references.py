"""Fronts and points to compare the methods with: union of all runs, exact and published front, reference point."""

import numpy as np

from frontsearch.comparison import ERRORS, LOSSES, Comparison
from frontsearch.front import Points
from frontsearch.measures import L1_NORM, NONZERO_WEIGHTS
from frontsearch.report.figures.chart import Reference
from frontsearch.report.figures.thinning import indices_to_draw
from frontsearch.report.figures.views import OBJECTIVE_PLANE, View


def references(comparison: Comparison, view: View) -> tuple[Reference, ...]:
    """The references that belong in a view; published points are test metrics."""
    candidates: list[Reference | None]
    if view.split == "test":
        candidates = [_published(comparison, view)]
    elif view.plane is OBJECTIVE_PLANE:
        candidates = [_union(comparison), _exact(comparison), _reference_point(comparison)]
    else:
        candidates = []
    return tuple(reference for reference in candidates if reference and reference.x)


def _union(comparison: Comparison) -> Reference:
    points = comparison.reference_front.points
    x, y = _columns(points[indices_to_draw(points)])
    # Without a text: the methods' own points, which lie there too, have theirs.
    return Reference(kind="union", name="all runs together", x=x, y=y, hover="")


def _exact(comparison: Comparison) -> Reference | None:
    if comparison.exact is None:
        return None
    x, y = _columns(comparison.exact.points)
    hover = tuple(f"exact front, l1_weight {weight:.3g}" for weight in comparison.exact.l1_weights)
    return Reference(kind="exact", name="exact front", x=x, y=y, hover=hover)


def _reference_point(comparison: Comparison) -> Reference:
    x, y = comparison.linear.high
    hover = f"reference point: {comparison.measures.loss.label} {x:.5g}, {comparison.measures.complexity.label} {y:.5g}"
    return Reference(kind="reference-point", name="reference point", x=(x,), y=(y,), hover=(hover,))


def _published(comparison: Comparison, view: View) -> Reference | None:
    if comparison.published is None:
        return None
    metrics = LOSSES if view.plane is OBJECTIVE_PLANE else ERRORS
    measure, size = view.plane.measure(comparison.measures), view.plane.size(comparison.measures)
    if measure.on("test") != metrics[0] or size not in {L1_NORM, NONZERO_WEIGHTS}:
        return None  # published are cross entropy and l1, error and nonzeros
    points = [(x * measure.factor, y) for x, y in comparison.published.points[metrics]]
    hover = tuple(f"published\n{measure.label} {x:.5g} {measure.unit}, {size.label} {y:.5g}" for x, y in points)
    x, y = _columns(np.array(points).reshape(-1, 2))
    return Reference(kind="published", name="published", x=x, y=y, hover=hover)


def _columns(points: Points) -> tuple[tuple[float, ...], tuple[float, ...]]:
    x, y = points.T.tolist()
    return tuple(x), tuple(y)
