"""What the networks of a front lose from the split they were chosen on to test."""

from math import isfinite

from frontsearch.comparison import Comparison, RunResult
from frontsearch.names import CROSS_ENTROPY, ERROR
from frontsearch.report.figures.chart import Chart, Control, Line, Panel, Reference, Shown
from frontsearch.report.figures.networks import network_line, shown_repeats

QUANTITIES = ((CROSS_ENTROPY, "cross entropy"), (ERROR, "error"))


def optimism_panel(comparison: Comparison) -> Panel:
    """Test minus the choosing split along the fronts; a quantity that no network has is not offered."""
    charts = {name: optimism_chart(comparison, name) for name, _ in QUANTITIES}
    offered = tuple((name, label) for name, label in QUANTITIES if charts[name].points) or QUANTITIES[:1]
    return Panel(
        slug="optimism", title="Optimism of the choice",
        controls=(Control(name="quantity", label="Quantity", options=offered),),
        views={name: charts[name] for name, _ in offered}, files=("fronts.csv",),
    )  # fmt: skip


def optimism_chart(comparison: Comparison, quantity: str) -> Chart:
    """Test minus the choosing split, against l1."""
    lines = tuple(
        _line(comparison, figures, quantity, shown=shown)
        for method in comparison.methods
        for figures, shown in shown_repeats(comparison, method)
    )
    unit = "nats per example" if quantity == CROSS_ENTROPY else "percentage points"
    reach = sorted(l1 for line in lines for l1 in line.x if l1 > 0)
    ends = (reach[0], reach[-1]) if reach else ()
    zero = Reference(kind="zero", name="no difference", x=ends, y=(0.0,) * len(ends), hover="")
    return Chart(
        slug=f"optimism-{quantity}",
        title="Optimism of the choice",
        x_title="l1 norm of the penalised weights (a sum)",
        y_title=f"test minus {comparison.split} {quantity.replace('_', ' ')} ({unit})",
        caption=(
            f"Above the line a network is worse on test than on the {comparison.split} split, which its front was "
            "chosen on. Optimism that differs between methods moves their fronts apart on test."
        ),
        lines=lines,
        references=(zero,),
        scales=("log", "linear"),
        log_axes="x",
    )


def _line(comparison: Comparison, figures: RunResult, quantity: str, *, shown: Shown) -> Line:
    lost = getattr(comparison.optimism(figures), quantity) * (1 if quantity == CROSS_ENTROPY else 100)
    placed = [(point, (point.l1, value)) for point, value in zip(figures.points, lost.tolist(), strict=True)]
    known = [(point, place) for point, place in placed if isfinite(place[1])]
    return network_line(comparison, figures, known, mark="points", shown=shown)
