"""Charts as plotly figures; decides nothing but looks."""

from collections.abc import Sequence
from html import escape
from math import isnan, log10
from typing import Any

import plotly.graph_objects as go

from frontsearch.report.figures.chart import Area, Chart, Line, Reference, Scale

# Okabe and Ito's colours, told apart by colour-blind readers; a method keeps its own in every figure. The page draws
# INK and MUTED in the colours of its theme.
INK, MUTED = "#000000", "#57606a"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", INK, "#8C6D31")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
MODES = {"steps": "lines+markers", "points": "markers", "line": "lines"}
COORDINATES = "%{fullData.text}<br>%{xaxis.title.text} %{x:.5g}<br>%{yaxis.title.text} %{y:.5g}<extra></extra>"
MARKERS = {"steps": 15, "points": 150, "line": 0}  # symbols drawn of a line at most; every point has its text
REFERENCES: dict[str, dict[str, Any]] = {
    "union": {"mode": "lines", "line": {"color": MUTED, "width": 1, "dash": "dot", "shape": "hv"}},
    "exact": {"mode": "lines", "line": {"color": INK, "width": 1}},
    "published": {"mode": "markers", "marker": {"color": MUTED, "symbol": "asterisk-open", "size": 8}},
    "corner": {"mode": "markers", "marker": {"color": INK, "symbol": "x-thin-open", "size": 10}},
    "zero": {"mode": "lines", "line": {"color": MUTED, "width": 1}},
}


def colour(style: int) -> str:
    """The colour of the method at this place."""
    return COLOURS[style % len(COLOURS)]


def symbol(style: int) -> str:
    """The symbol of the method at this place: methods that share a colour do not share it."""
    return SYMBOLS[(style + style // len(COLOURS)) % len(SYMBOLS)]


def plot(chart: Chart) -> go.Figure:
    """The plotly figure of a chart."""
    layout = {
        "title": {"text": escape(chart.title)},
        **axes(chart, chart.scales[0]),
        "template": "plotly_white",
        "legend": {"orientation": "h", "y": -0.2},
        "margin": {"l": 70, "r": 20, "t": 60, "b": 60},
        "height": 560,
        "hovermode": "closest",
    }
    return go.Figure(data=traces(chart), layout=layout)


def traces(chart: Chart) -> list[dict[str, Any]]:
    """What a chart draws, as plotly takes it. Text is text: plotly's own markup is escaped in it."""
    found = [*map(_area, chart.areas), *map(_reference, chart.references), *map(_line, chart.lines)]
    named: set[str] = set()
    for trace in found:  # one entry a name in the legend
        trace["showlegend"] = "fill" not in trace and trace["name"] not in named
        if trace["showlegend"]:
            named.add(trace["name"])
    return found


def axes(chart: Chart, scale: Scale) -> dict[str, dict[str, Any]]:
    """Both axes of a chart on this scale, as plotly takes them."""
    return {f"{axis}axis": _axis(chart, axis, scale) for axis in "xy"}


def _axis(chart: Chart, axis: str, scale: Scale) -> dict[str, Any]:
    log = scale == "log" and axis in chart.log_axes
    title = chart.x_title if axis == "x" else chart.y_title
    looks = {"title": {"text": escape(title)}, "type": "log" if log else "linear", "exponentformat": "none"}
    if chart.ticks:
        looks |= _named(chart, axis)
    frame = chart.frames.get(scale)
    if frame is None:
        return {**looks, "autorange": True}
    low, high = (corner["xy".index(axis)] for corner in (frame.low, frame.high))
    return {**looks, "range": [log10(low), log10(high)] if log else [low, high], "autorange": False}


def _named(chart: Chart, axis: str) -> dict[str, Any]:
    if axis == "y":
        return {"showticklabels": False}
    names = [_escaped(text) for text in chart.ticks]
    return {"tickvals": list(range(len(names))), "ticktext": names, "tickangle": -40}


def _line(line: Line) -> dict[str, Any]:
    looks = {"color": colour(line.style)}
    return {
        **_trace(line.name, line.x, line.y),
        **_text(line.hover),
        "mode": MODES[line.mark],
        "line": {**looks, "shape": "linear" if line.mark == "line" else "hv", "width": 1.5},
        "marker": {**looks, "symbol": symbol(line.style), "size": 7, "maxdisplayed": MARKERS[line.mark]},
        "meta": {"style": line.style, "shown": line.shown},
        "visible": "legendonly" if line.shown == "repeats" else True,
    }


def _area(area: Area) -> dict[str, Any]:
    pattern = {"fillpattern": {"shape": "/", "size": 6, "solidity": 0.4}} if area.hatched else {}
    return {
        **_trace(area.name, area.x, area.y),
        **pattern,
        "text": _escaped(area.hover),  # which is all that plotly knows over a filled part
        "hoverinfo": "text" if area.hover else "skip",
        "hoveron": "fills",
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": colour(area.style),
        "opacity": area.strength,
        "meta": {"style": area.style, "shown": area.shown},
        "visible": "legendonly" if area.shown == "repeats" else True,
    }


def _reference(reference: Reference) -> dict[str, Any]:
    trace = _trace(reference.name, reference.x, reference.y)
    return {**trace, **_text(reference.hover), **REFERENCES[reference.kind]}


def _trace(name: str, x: Sequence[float | None], y: Sequence[float | None]) -> dict[str, Any]:
    x, y = ([None if value is None or isnan(value) else value for value in values] for values in (x, y))
    return {"type": "scatter", "x": x, "y": y, "name": _escaped(name), "legendgroup": _escaped(name)}


def _text(hover: tuple[str, ...] | str) -> dict[str, Any]:
    if not hover:
        return {"text": "", "hoverinfo": "skip"}
    if isinstance(hover, str):
        return {"text": _escaped(hover), "hovertemplate": COORDINATES}
    return {"text": [_escaped(text) for text in hover], "hovertemplate": "%{text}<extra></extra>"}


def _escaped(text: str) -> str:
    return escape(text).replace("\n", "<br>")
