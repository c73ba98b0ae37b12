"""How much worse the networks of a front are on test than on the split that they were chosen on."""

from math import isfinite

from frontsearch.comparison import Comparison, RunResult
from frontsearch.names import CROSS_ENTROPY, ERROR
from frontsearch.report.figures.chart import Chart, Control, Line, Panel, Reference, Visibility
from frontsearch.report.figures.networks import network_line, repeats_to_draw
from frontsearch.report.figures.views import OBJECTIVE_PLANE

QUANTITIES = ((CROSS_ENTROPY, "cross entropy"), (ERROR, "error"))


def optimism_panel(comparison: Comparison) -> Panel:
    """Metrics on the test split minus those on the objective's split, along the fronts."""
    charts = {name: optimism_chart(comparison, name) for name, _ in QUANTITIES}
    offered = tuple((name, label) for name, label in QUANTITIES if charts[name].points) or QUANTITIES[:1]
    return Panel(
        slug="optimism", title=_title(comparison),
        controls=(Control(name="quantity", label="Quantity", options=offered),),
        views={name: charts[name] for name, _ in offered}, files=("fronts.csv",),
    )  # fmt: skip


def optimism_chart(comparison: Comparison, quantity: str) -> Chart:
    """A metric on the test split minus the same on the objective's split, against l1."""
    lines = tuple(
        _line(comparison, result, quantity, visibility=visibility)
        for method in comparison.methods
        for result, visibility in repeats_to_draw(comparison, method)
    )
    unit = "nats per example" if quantity == CROSS_ENTROPY else "percentage points"
    l1 = sorted(l1 for line in lines for l1 in line.x if l1 > 0)
    ends = (l1[0], l1[-1]) if l1 else ()
    zero = Reference(kind="zero", name="no difference", x=ends, y=(0.0,) * len(ends), hover="")
    return Chart(
        slug=f"optimism-{quantity}",
        title=_title(comparison),
        x_title=OBJECTIVE_PLANE.size_title,
        y_title=f"test minus {comparison.split} {quantity.replace('_', ' ')} ({unit})",
        caption=(
            f"Above zero, a network is worse on the test split than on the {comparison.split} split that it was chosen "
            "on. Methods whose gaps differ may rank differently on the two splits."
        ),
        lines=lines,
        references=(zero,),
        scales=("log", "linear"),
        log_axes="x",
    )


def _title(comparison: Comparison) -> str:
    return f"Gap between {comparison.split} and test"


def _line(comparison: Comparison, result: RunResult, quantity: str, *, visibility: Visibility) -> Line:
    gaps = getattr(comparison.optimism(result), quantity) * (1 if quantity == CROSS_ENTROPY else 100)
    placed = [(point, (point.l1, gap)) for point, gap in zip(result.points, gaps.tolist(), strict=True)]
    known = [(point, position) for point, position in placed if isfinite(position[1])]
    return network_line(comparison, result, known, mark="points", visibility=visibility)
