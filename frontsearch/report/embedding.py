"""Figures as one JSON object that the page's script draws from."""

from collections.abc import Iterable
from typing import Any

from frontsearch.report.figures import Chart, Panel, axes, traces

DIGITS = 6  # of a coordinate, significant; a screen shows four


def embedded(panels: Iterable[Panel]) -> dict[str, Any]:
    """Every view of every panel: its traces, its axes on each scale, its caption.

    A text that several points or views have is there once: ``texts`` has it, and a trace its place.
    """
    texts: dict[str, int] = {}
    views = {panel.slug: {key: _view(chart, texts) for key, chart in panel.views.items()} for panel in panels}
    return {"panels": views, "texts": list(texts)}


def _view(chart: Chart, texts: dict[str, int]) -> dict[str, Any]:
    found = traces(chart)
    for trace in found:
        trace |= {axis: [_short(value) for value in trace[axis]] for axis in "xy"}
        if isinstance(trace["text"], list):
            # A line break is one character, where markup in a page's JSON is many.
            trace["text"] = [texts.setdefault(text.replace("<br>", "\n"), len(texts)) for text in trace["text"]]
    return {"traces": found, "axes": {scale: axes(chart, scale) for scale in chart.scales}, "caption": chart.caption}


def _short(value: float | None) -> float | None:
    return value if value is None else float(f"{value:.{DIGITS}g}")
