"""How much worse the networks of a front are on test than on the split that they were chosen on."""

from math import isfinite

from frontsearch.comparison import Comparison, RunResult
from frontsearch.measures import Measure
from frontsearch.report.figures.chart import Chart, Control, Line, Panel, Reference, Visibility
from frontsearch.report.figures.networks import network_line, repeats_to_draw
from frontsearch.report.figures.views import OBJECTIVE_PLANE


def optimism_panel(comparison: Comparison) -> Panel:
    """How much worse loss and metrics are on the test split than on the objective's split, along the fronts."""
    charts = {measure: optimism_chart(comparison, measure) for measure in comparison.measures.all}
    offered = [measure for measure, chart in charts.items() if chart.points] or [comparison.measures.loss]
    return Panel(
        slug="optimism", title=_title(comparison),
        controls=(
            Control(
                name="quantity", label="Quantity", options=tuple((measure.key, measure.label) for measure in offered)
            ),
        ),
        views={measure.key: charts[measure] for measure in offered}, files=("fronts.csv",),
    )  # fmt: skip


def optimism_chart(comparison: Comparison, measure: Measure) -> Chart:
    """How much worse a measure is on the test split than on the objective's split, against l1."""
    lines = tuple(
        _line(comparison, result, measure, visibility=visibility)
        for method in comparison.methods
        for result, visibility in repeats_to_draw(comparison, method)
    )
    l1 = sorted(l1 for line in lines for l1 in line.x if l1 > 0)
    ends = (l1[0], l1[-1]) if l1 else ()
    zero = Reference(kind="zero", name="no difference", x=ends, y=(0.0,) * len(ends), hover="")
    return Chart(
        slug=f"optimism-{measure.key}",
        title=_title(comparison),
        x_title=OBJECTIVE_PLANE.size_title(comparison.measures),
        y_title=_y_title(comparison, measure),
        caption=(
            f"Above zero, a network is worse on the test split than on the {comparison.split} split that it was chosen "
            "on. Methods whose gaps differ may rank differently on the two splits."
        ),
        lines=lines,
        references=(zero,),
        scales=("log", "linear"),
        log_axes="x",
    )


def _y_title(comparison: Comparison, measure: Measure) -> str:
    first, second = (comparison.split, "test") if measure.maximise else ("test", comparison.split)
    unit = f" ({measure.gap_unit})" if measure.gap_unit else ""
    return f"{first} minus {second} {measure.label}{unit}"


def _title(comparison: Comparison) -> str:
    return f"Gap between {comparison.split} and test"


def _line(comparison: Comparison, result: RunResult, measure: Measure, *, visibility: Visibility) -> Line:
    gaps = comparison.optimism(result)[measure] * measure.factor
    placed = [(point, (point.complexity, gap)) for point, gap in zip(result.points, gaps.tolist(), strict=True)]
    known = [(point, position) for point, position in placed if isfinite(position[1])]
    return network_line(comparison, result, known, mark="points", visibility=visibility)
