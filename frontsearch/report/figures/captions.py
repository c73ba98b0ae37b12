"""How to read the overlay, sentence by sentence."""

from frontsearch.comparison import Comparison
from frontsearch.report.figures.attainment import QUARTILES
from frontsearch.report.figures.chart import Chart
from frontsearch.report.figures.views import LOSSES, View


def front_caption(comparison: Comparison, view: View, chart: Chart) -> str:
    """What the networks were chosen by, by what they are drawn, and what else the chart has."""
    sentences = (
        "Lower left is better.",
        _networks(comparison, view),
        _repeats(comparison, view),
        _references(comparison, chart),
        _frame(view, chart),
        _zeros(chart),
    )
    return " ".join(filter(None, sentences))


def _networks(comparison: Comparison, view: View) -> str:
    chosen_on = view.chosen_on(comparison)
    if view.split == "test":
        return (
            f"The networks chosen on the {chosen_on} split by {view.plane.label}, drawn at their test figures, which "
            "no method saw: some may dominate others here, so no steps join them."
        )
    if view.plane is LOSSES:
        return (
            f"Everything is chosen by these two figures, the cross entropy being of the {chosen_on} split. A front "
            "dominates what lies above and to the right of its steps."
        )
    return "Another choice from the same trainings: what is non-dominated by validation error and nonzeros."


def _repeats(comparison: Comparison, view: View) -> str:
    if len(comparison.runs) == len(comparison.methods):
        return ""
    if view != View(LOSSES, "chosen"):
        return "In summary, a method is drawn by its repeat of median hypervolume."
    most = max(len(comparison.of_method(method)) for method in comparison.methods)
    paler = ", the paler one between what the best and what all of them attain" if most >= QUARTILES else ""
    return (
        "In summary, a line is what half of a method's repeats attain; the shade lies between what a quarter and what "
        f"three quarters of them attain{paler}. Every one shows the networks."
    )


def _references(comparison: Comparison, chart: Chart) -> str:
    """What each reference is and where it is from."""
    source = comparison.published.source if comparison.published else ""
    words = {
        "union": "Dotted: the non-dominated union of all runs.",
        "exact": "Thin line: the exact front of this convex task, computed for this report; no network lies below it.",
        "corner": "The thin cross is the reference point.",
        "published": f"Asterisks are published points. {source}",
    }
    return " ".join(words[reference.kind] for reference in chart.references)


def _frame(view: View, chart: Chart) -> str:
    if view.plane is LOSSES and chart.frames:
        return (
            "The frame holds what lies in the box that the hypervolume is a share of, or the logarithmic one; a double "
            "click shows the rest."
        )
    return ""


def _zeros(chart: Chart) -> str:
    own = (line for line in chart.lines if line.shown != "summary")
    zeros = sum(min(point) <= 0 for line in own for point in zip(line.x, line.y, strict=True))
    if not zeros:
        return ""
    return f"Logarithmic axes have no place for {zeros} of the points, which lie at zero."
