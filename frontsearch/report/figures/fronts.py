"""The fronts of all methods, in the plane of the objectives and in those of metric and size, on either split."""

from collections.abc import Mapping
from dataclasses import replace

from frontsearch.comparison import Comparison, RunResult
from frontsearch.report.figures.attainment import median_and_bands
from frontsearch.report.figures.axis_limits import box_limits, data_limits
from frontsearch.report.figures.captions import front_caption, is_maximised
from frontsearch.report.figures.chart import (
    AxisLimits,
    Chart,
    Control,
    Line,
    Mark,
    Panel,
    Reference,
    Scale,
    Visibility,
)
from frontsearch.report.figures.networks import network_line, repeats_to_draw
from frontsearch.report.figures.references import references
from frontsearch.report.figures.views import OBJECTIVE_PLANE, SPLITS, UNIT_PLANE, Plane, View, planes

OBJECTIVES = View(OBJECTIVE_PLANE, "chosen")


def fronts_panel(comparison: Comparison) -> Panel:
    """The fronts with their controls, which leave out planes and splits for which no network has metrics."""
    offered = planes(comparison.measures)
    charts = {view: chart for plane in offered for view, chart in _splits(comparison, plane).items()}
    shown = [view for view, chart in charts.items() if chart.points] or [OBJECTIVES]
    drawn, splits = dict.fromkeys(view.plane for view in shown), dict.fromkeys(view.split for view in shown)
    of_units = ("unit_fronts.csv",) if UNIT_PLANE in offered else ()
    labels = {"chosen": "validation" if comparison.split == "validation" else "as chosen", "test": "test"}
    return Panel(
        slug="fronts", title="Fronts",
        controls=(
            Control(
                name="plane", label="Metrics",
                options=tuple((plane.name, plane.label(comparison.measures)) for plane in drawn),
            ),
            Control(name="split", label="Split", options=tuple((split, labels[split]) for split in splits)),
        ),
        views={view.key: chart for view, chart in charts.items() if view.plane in drawn and view.split in splits},
        files=("fronts.csv", "sparse_fronts.csv", *of_units, "attainment.csv"),
    )  # fmt: skip


def _splits(comparison: Comparison, plane: Plane) -> dict[View, Chart]:
    """Both charts of a plane with the same axis limits, so that only the networks move when the reader switches."""
    charts = {View(plane, split): front_chart(comparison, View(plane, split)) for split in SPLITS}
    limits = _limits(comparison, plane, *charts.values())
    return {view: replace(chart, limits=limits) for view, chart in charts.items()}


def objectives_chart(comparison: Comparison) -> Chart:
    """All fronts in the plane of the objectives."""
    return replace(front_chart(comparison, OBJECTIVES), slug="objectives")


def front_chart(comparison: Comparison, view: View) -> Chart:
    """The fronts of one plane, drawn at the metrics that networks were chosen on or at their test metrics."""
    lines = tuple(
        _line(comparison, result, view, visibility=visibility)
        for method in comparison.methods
        for result, visibility in repeats_to_draw(comparison, method)
        if view != OBJECTIVES or visibility != "summary"  # there, the attainment surface is the summary
    )
    repeated = [method for method in comparison.methods if len(comparison.of_method(method)) > 1]
    surfaces = [median_and_bands(comparison, method) for method in repeated if view == OBJECTIVES]
    chart = Chart(
        slug=view.key.replace(" ", "-"),
        title=f"Fronts of all methods: {view.plane.label(comparison.measures).replace(' and ', ' against ')}",
        x_title=view.title(comparison),
        y_title=view.plane.size_title(comparison.measures),
        lines=(*(median for median, _ in surfaces), *lines),
        areas=tuple(band for _, bands in surfaces for band in bands),
        references=references(comparison, view),
        scales=("log", "linear"),
        log_axes="y" if is_maximised(comparison, view) else "xy",
        maximised=is_maximised(comparison, view),
    )
    limited = replace(chart, limits=_limits(comparison, view.plane, chart))
    return replace(limited, caption=front_caption(comparison, view, limited))


def _limits(comparison: Comparison, plane: Plane, *charts: Chart) -> Mapping[Scale, AxisLimits]:
    published = [reference for chart in charts for reference in chart.references if reference.kind == "published"]
    drawn: list[Line | Reference] = [*published, *(line for chart in charts for line in chart.lines)]
    if plane is OBJECTIVE_PLANE:
        return box_limits(comparison, drawn)
    return data_limits(drawn, log_axes=next(iter(charts)).log_axes)


def _line(comparison: Comparison, result: RunResult, view: View, *, visibility: Visibility) -> Line:
    networks = [
        (point, view.position(point, comparison.measures)) for point in view.networks(result, comparison.measures)
    ]
    placed = [(point, position) for point, position in networks if position]
    mark: Mark = "steps" if view.split == "chosen" else "points"
    return network_line(comparison, result, placed, mark=mark, visibility=visibility)
