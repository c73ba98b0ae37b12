"""Learning curves of the networks that the page summarises."""

import math
from collections.abc import Iterator
from itertools import accumulate, product

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.measures import NONZERO_WEIGHTS, Measures
from frontsearch.names import NONZEROS
from frontsearch.report.figures.chart import Chart, Control, Line, Panel
from frontsearch.report.figures.views import OBJECTIVE_PLANE, SIZE_TITLES
from frontsearch.selection import ChosenNetworks, NetworkSummary

MAX_POINTS = 200  # drawn per curve, besides gaps; a phone cannot show more
QUANTITIES = ("loss", "complexity", NONZEROS)


def learning_panel(comparison: Comparison, choice: ChosenNetworks) -> Panel:
    """One network at a time, by trial key and quantity, without networks that have no learning curve."""
    loss, complexity = comparison.measures.loss, comparison.measures.complexity
    known = {key: summary for key, summary in choice.network_summaries.items() if summary.curve}
    return Panel(
        slug="learning", title="Learning curves",
        controls=(
            Control(
                name="network", label="Network", options=tuple((key, _label(summary)) for key, summary in known.items())
            ),
            Control(
                name="quantity", label="Quantity",
                options=tuple(zip(QUANTITIES, (loss.label, complexity.label, NONZEROS), strict=True)),
            ),
        ),
        views={
            f"{key} {quantity}": learning_chart(comparison, summary, quantity)
            for (key, summary), quantity in product(known.items(), QUANTITIES)
        },
        filtered=False, files=("learning_curves.csv",),
    )  # fmt: skip


def learning_chart(comparison: Comparison, summary: NetworkSummary, quantity: str) -> Chart:
    """The learning curves of all trainings in a network's lineage, from the first to its own."""
    method = summary.pick.result.run.method
    *points, _ = _points(summary, quantity)
    gaps = [index for index, (epochs, _) in enumerate(points) if math.isnan(epochs)]
    kept = {*np.linspace(0, len(points) - 1, MAX_POINTS).round().astype(int).tolist(), *gaps}
    x, y = zip(*(points[index] for index in sorted(kept)), strict=True)
    line = Line(name=method, style=comparison.methods.index(method), x=x, y=y, hover=_label(summary), mark="line")
    return Chart(
        slug="learning",
        title="Learning curve",
        x_title="epochs over all trainings of the lineage",
        y_title=_title(comparison.measures, quantity),
        caption=f"{_label(summary)}. {_lineage(summary)}",
        lines=(line,),
        scales=("linear", "log"),
        log_axes="y",
    )


def _title(measures: Measures, quantity: str) -> str:
    if quantity == "loss":
        return measures.loss.with_unit(f"mean training {measures.loss.label}")
    return SIZE_TITLES[NONZERO_WEIGHTS] if quantity == NONZEROS else OBJECTIVE_PLANE.size_title(measures)


def _points(summary: NetworkSummary, quantity: str) -> Iterator[tuple[float, float]]:
    """The trainings one after the other, with a gap after each."""
    starts = accumulate((trial.epochs for trial in summary.lineage.stages), initial=0.0)
    for start, curve in zip(starts, summary.curves, strict=False):
        if curve:
            yield from zip((start + epochs for epochs in curve.epochs), getattr(curve, quantity), strict=True)
            yield math.nan, math.nan


def _lineage(summary: NetworkSummary) -> str:
    trainings, missing = len(summary.curves), summary.curves.count(None)
    if trainings == 1:
        return "A single training."
    without = f" No curve was kept for {missing} of them." if missing else ""
    return f"The {trainings} trainings of its lineage in order, its own last.{without}"


def _label(summary: NetworkSummary) -> str:
    run = summary.pick.result.run
    return f"{run.method}, repeat {run.repeat}, trial {summary.pick.point.trial.key[:8]}"
