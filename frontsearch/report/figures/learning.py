"""The learning curves of the knees."""

from itertools import product

from frontsearch.choice import Choice
from frontsearch.comparison import Comparison
from frontsearch.portrait import Portrait
from frontsearch.report.figures.chart import Chart, Control, Line, Panel

QUANTITIES = {
    "cross_entropy": ("cross entropy", "mean cross entropy of the batches (nats per example)"),
    "l1": ("l1", "l1 norm of the penalised weights (a sum)"),
    "nonzeros": ("nonzeros", "nonzero penalised weights (a count)"),
}


def learning_panel(comparison: Comparison, choice: Choice) -> Panel:
    """One training at a time, by trial key and quantity; networks without a curve are not offered."""
    known = {key: found for key, found in choice.portraits.items() if found.curve}
    return Panel(
        slug="learning", title="Learning curves of the knees",
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
        filtered=False,
    )  # fmt: skip


def learning_chart(comparison: Comparison, portrait: Portrait, quantity: str) -> Chart:
    """What one training went through."""
    method, curve = portrait.pick.figures.run.method, portrait.curve
    x, y = (curve.epochs, getattr(curve, quantity)) if curve else ((), ())
    line = Line(name=method, style=comparison.methods.index(method), x=x, y=y, hover=_label(portrait), mark="line")
    return Chart(
        slug="learning",
        title="Learning curve",
        x_title="epochs of the training",
        y_title=QUANTITIES[quantity][1],
        caption=f"{_label(portrait)}: its own training, after those of its ancestors where it started warm.",
        lines=(line,),
        scales=("linear", "log"),
        log_axes="y",
    )


def _label(portrait: Portrait) -> str:
    run = portrait.pick.figures.run
    return f"{run.method}, repeat {run.repeat}, trial {portrait.pick.point.trial.key[:8]}"
