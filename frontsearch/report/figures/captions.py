"""Captions of the figure of all fronts."""

from frontsearch.comparison import Comparison
from frontsearch.report.figures.attainment import MIN_REPEATS_FOR_QUARTILES
from frontsearch.report.figures.chart import Chart
from frontsearch.report.figures.views import OBJECTIVE_PLANE, View


def front_caption(comparison: Comparison, view: View, chart: Chart) -> str:
    """How to read the figure: which networks it shows, how repeats are summarised, what else is drawn."""
    sentences = (
        f"Lower {'right' if is_maximised(comparison, view) else 'left'} is better.",
        _networks(comparison, view),
        _repeats(comparison, view),
        _references(comparison, chart),
        _limits(view, chart),
        _zeros(chart),
    )
    return " ".join(filter(None, sentences))


def is_maximised(comparison: Comparison, view: View) -> bool:
    """Whether more is better along x."""
    return view.plane.measure(comparison.measures).maximise


def _networks(comparison: Comparison, view: View) -> str:
    chosen_on, label = view.chosen_on(comparison), view.plane.label(comparison.measures)
    loss, complexity = comparison.measures.loss.label, comparison.measures.complexity.label
    if view.split == "test":
        return (
            f"The networks chosen on the {chosen_on} split by {label}, drawn at their test metrics. No "
            "method saw the test split, so some of these networks may dominate others and no steps join them."
        )
    if view.plane is OBJECTIVE_PLANE:
        return (
            f"Methods minimise {complexity} and the {loss} on the {chosen_on} split. A front dominates everything "
            "above and to the right of its steps."
        )
    return f"From the same trials, the networks that are non-dominated by validation {label}."


def _repeats(comparison: Comparison, view: View) -> str:
    if not comparison.has_repeats:
        return ""
    if view != View(OBJECTIVE_PLANE, "chosen"):
        return (
            "The summary shows each method's repeat of median hypervolume; a ring off its line is a network of another "
            "repeat."
        )
    most = max(len(comparison.of_method(method)) for method in comparison.methods)
    outer = ", the paler band all repeats" if most >= MIN_REPEATS_FOR_QUARTILES else ""
    return (
        "In the summary, a line is the median attainment surface (at least half of a method's repeats dominate what "
        f"lies above it) and the band spans the quartiles{outer}. Choose every repeat to see the single networks."
    )


def _references(comparison: Comparison, chart: Chart) -> str:
    source = comparison.published.source if comparison.published else ""
    sentences = {
        "union": "Dotted line: non-dominated set of all runs together.",
        "exact": "Thin line: exact front of this convex task, computed for this report; no network can lie below it.",
        "reference-point": "Thin cross: reference point.",
        "published": f"Asterisks: published points, their l1 the plain sum. {source}",
    }
    return " ".join(sentences[reference.kind] for reference in chart.references)


def _limits(view: View, chart: Chart) -> str:
    if view.plane is OBJECTIVE_PLANE and chart.limits:
        return "The axes show the points inside the hypervolume box; double-click to see all points."
    return ""


def _zeros(chart: Chart) -> str:
    single_runs = (line for line in chart.lines if line.visibility != "summary")
    drawn = (dict(zip("xy", point, strict=True)) for line in single_runs for point in zip(line.x, line.y, strict=True))
    zeros = sum(min(point[axis] for axis in chart.log_axes) <= 0 for point in drawn)
    if not zeros:
        return ""
    return f"Logarithmic axes cannot show {zeros} {'point' if zeros == 1 else 'points'} at zero."
