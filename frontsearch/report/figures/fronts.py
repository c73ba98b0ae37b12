"""The overlay: every method's fronts in two planes, by the figures they were chosen on and by their test figures."""

from collections.abc import Mapping
from dataclasses import replace

from frontsearch.comparison import Comparison, RunResult
from frontsearch.report.figures.attainment import attained
from frontsearch.report.figures.captions import front_caption
from frontsearch.report.figures.chart import Chart, Control, Frame, Line, Panel, Reference, Scale, Shown
from frontsearch.report.figures.frames import box_frames, own_frames
from frontsearch.report.figures.networks import network_line, shown_repeats
from frontsearch.report.figures.references import references
from frontsearch.report.figures.views import LOSSES, PLANES, SPLITS, Plane, View

OBJECTIVES = View(LOSSES, "chosen")


def fronts_panel(comparison: Comparison) -> Panel:
    """The overlay and its controls; a plane or a split that no network has figures for is not offered."""
    charts = {view: chart for plane in PLANES for view, chart in _splits(comparison, plane).items()}
    seen = [view for view, chart in charts.items() if chart.points] or [OBJECTIVES]
    planes, splits = dict.fromkeys(view.plane for view in seen), dict.fromkeys(view.split for view in seen)
    labels = {"chosen": "validation" if comparison.split == "validation" else "as chosen", "test": "test"}
    return Panel(
        slug="fronts", title="The fronts",
        controls=(
            Control(name="plane", label="Plane", options=tuple((plane.name, plane.label) for plane in planes)),
            Control(name="split", label="Split", options=tuple((split, labels[split]) for split in splits)),
        ),
        views={view.key: chart for view, chart in charts.items() if view.plane in planes and view.split in splits},
        files=("fronts.csv", "sparse_fronts.csv", "attainment.csv"),
    )  # fmt: skip


def _splits(comparison: Comparison, plane: Plane) -> dict[View, Chart]:
    """Both charts of a plane, in one frame, so that what moves between them are the networks."""
    charts = {View(plane, split): front_chart(comparison, View(plane, split)) for split in SPLITS}
    frames = _frames(comparison, plane, *charts.values())
    return {view: replace(chart, frames=frames) for view, chart in charts.items()}


def objectives_chart(comparison: Comparison) -> Chart:
    """All fronts in the objectives."""
    return replace(front_chart(comparison, OBJECTIVES), slug="objectives")


def front_chart(comparison: Comparison, view: View) -> Chart:
    """The fronts that are chosen in a plane, at the figures they were chosen on or at their test figures."""
    lines = tuple(
        _line(comparison, figures, view, shown=shown)
        for method in comparison.methods
        for figures, shown in shown_repeats(comparison, method)
        if view != OBJECTIVES or shown != "summary"  # which has a surface
    )
    many = [method for method in comparison.methods if len(comparison.of_method(method)) > 1]
    summed = [attained(comparison, method) for method in many if view == OBJECTIVES]
    chart = Chart(
        slug=view.key.replace(" ", "-"),
        title=f"Fronts of all methods: {view.plane.label.replace(' and ', ' against ')}",
        x_title=view.title(comparison),
        y_title=view.plane.size_title,
        lines=(*(line for line, _ in summed), *lines),
        areas=tuple(area for _, areas in summed for area in areas),
        references=references(comparison, view),
        scales=("log", "linear"),
    )
    framed = replace(chart, frames=_frames(comparison, view.plane, chart))
    return replace(framed, caption=front_caption(comparison, view, framed))


def _frames(comparison: Comparison, plane: Plane, *charts: Chart) -> Mapping[Scale, Frame]:
    published = [one for chart in charts for one in chart.references if one.kind == "published"]
    found: list[Line | Reference] = [*published, *(line for chart in charts for line in chart.lines)]
    return box_frames(comparison, found) if plane is LOSSES else own_frames(found)


def _line(comparison: Comparison, figures: RunResult, view: View, *, shown: Shown) -> Line:
    networks = [(point, view.place(point)) for point in view.networks(figures)]
    placed = [(point, place) for point, place in networks if place]
    return network_line(comparison, figures, placed, mark="steps" if view.split == "chosen" else "points", shown=shown)
