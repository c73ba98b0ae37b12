"""The learning curves of the networks that have network_summaries."""

import math
from collections.abc import Iterator
from itertools import accumulate, product

import numpy as np

from frontsearch.comparison import Comparison
from frontsearch.report.figures.chart import Chart, Control, Line, Panel
from frontsearch.selection import ChosenNetworks, NetworkSummary

MOMENTS = 200  # drawn of a curve, beside the gaps: on a phone more are not told apart
QUANTITIES = {
    "cross_entropy": ("cross entropy", "mean cross entropy of the batches (nats per example)"),
    "l1": ("l1", "l1 norm of the penalised weights (a sum)"),
    "nonzeros": ("nonzeros", "nonzero penalised weights (a count)"),
}


def learning_panel(comparison: Comparison, choice: ChosenNetworks) -> Panel:
    """One training at a time, by trial key and quantity; networks without a curve are not offered."""
    known = {key: found for key, found in choice.network_summaries.items() if found.curve}
    return Panel(
        slug="learning", title="Learning curves",
        controls=(
            Control(name="network", label="Network", options=tuple((key, _label(one)) for key, one in known.items())),
            Control(
                name="quantity", label="Quantity", options=tuple((name, words[0]) for name, words in QUANTITIES.items())
            ),
        ),
        views={
            f"{key} {quantity}": learning_chart(comparison, found, quantity)
            for (key, found), quantity in product(known.items(), QUANTITIES)
        },
        filtered=False, files=("learning_curves.csv",),
    )  # fmt: skip


def learning_chart(comparison: Comparison, portrait: NetworkSummary, quantity: str) -> Chart:
    """What a network went through, from the first training of its lineage to its own."""
    method = portrait.pick.figures.run.method
    *moments, _ = _moments(portrait, quantity)
    gaps = [place for place, (epochs, _) in enumerate(moments) if math.isnan(epochs)]
    kept = {*np.linspace(0, len(moments) - 1, MOMENTS).round().astype(int).tolist(), *gaps}
    x, y = zip(*(moments[place] for place in sorted(kept)), strict=True)
    line = Line(name=method, style=comparison.methods.index(method), x=x, y=y, hover=_label(portrait), mark="line")
    return Chart(
        slug="learning",
        title="Learning curve",
        x_title="epochs of all its trainings",
        y_title=QUANTITIES[quantity][1],
        caption=f"{_label(portrait)}. {_words(portrait)}",
        lines=(line,),
        scales=("linear", "log"),
        log_axes="y",
    )


def _moments(portrait: NetworkSummary, quantity: str) -> Iterator[tuple[float, float]]:
    """The trainings one after the other, a gap after each: each goes on where its parents' weights were."""
    begun = accumulate((trial.epochs for trial in portrait.lineage.stages), initial=0.0)
    for before, curve in zip(begun, portrait.curves, strict=False):
        if curve:
            yield from zip((before + epochs for epochs in curve.epochs), getattr(curve, quantity), strict=True)
            yield math.nan, math.nan


def _words(portrait: NetworkSummary) -> str:
    trainings, unknown = len(portrait.curves), portrait.curves.count(None)
    if trainings == 1:
        return "One training, from its start to its end."
    gone = f"; of {unknown} of them no curve was kept" if unknown else ""
    return f"The {trainings} trainings of its lineage, one after the other, its own the last{gone}."


def _label(portrait: NetworkSummary) -> str:
    run = portrait.pick.figures.run
    return f"{run.method}, repeat {run.repeat}, trial {portrait.pick.point.trial.key[:8]}"
