"""Charts as plotly figures. Decides only how things look."""

from collections.abc import Sequence
from html import escape
from math import isnan, log10
from typing import TYPE_CHECKING, Any

from frontsearch.report.figures.chart import Area, Chart, Line, Reference, Scale

if TYPE_CHECKING:
    import plotly.graph_objects as go

# The palette of Okabe and Ito, which colour-blind readers can tell apart. A method has the same colour in every figure.
# The page replaces FOREGROUND and MUTED by the colours of its theme.
FOREGROUND, MUTED = "#000000", "#57606a"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", FOREGROUND, "#8C6D31")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
MODES = {"steps": "lines+markers", "points": "markers", "line": "lines"}
COORDINATES = "%{fullData.text}<br>%{xaxis.title.text} %{x:.5g}<br>%{yaxis.title.text} %{y:.5g}<extra></extra>"
MARKERS = {"steps": 15, "points": 150, "line": 0}  # most symbols per line; every point still has its hover text
REFERENCES: dict[str, dict[str, Any]] = {
    "union": {"mode": "lines", "line": {"color": MUTED, "width": 1, "dash": "dot", "shape": "hv"}},
    "exact": {"mode": "lines", "line": {"color": FOREGROUND, "width": 1}},
    "published": {"mode": "markers", "marker": {"color": MUTED, "symbol": "asterisk-open", "size": 8}},
    "reference-point": {"mode": "markers", "marker": {"color": FOREGROUND, "symbol": "x-thin-open", "size": 10}},
    "zero": {"mode": "lines", "line": {"color": MUTED, "width": 1}},
}


def colour(style: int) -> str:
    """Colour of the method with this style."""
    return COLOURS[style % len(COLOURS)]


def symbol(style: int) -> str:
    """Symbol of the method with this style; methods of the same colour have different symbols."""
    return SYMBOLS[(style + style // len(COLOURS)) % len(SYMBOLS)]


def plot(chart: Chart) -> "go.Figure":
    """A chart as a plotly figure."""
    import plotly.graph_objects as go  # noqa: PLC0415 - tables need no figures

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
    """The traces of a chart as plotly takes them. Markup in names and texts is escaped."""
    drawn = [*map(_area, chart.areas), *map(_reference, chart.references), *map(_line, chart.lines)]
    named: set[str] = set()
    for trace in drawn:  # one legend entry per name
        trace["showlegend"] = "fill" not in trace and trace["name"] not in named
        if trace["showlegend"]:
            named.add(trace["name"])
    return drawn


def axes(chart: Chart, scale: Scale) -> dict[str, dict[str, Any]]:
    """The axes of a chart on a scale, as plotly takes them."""
    return {f"{axis}axis": _axis(chart, axis, scale) for axis in "xy"}


def _axis(chart: Chart, axis: str, scale: Scale) -> dict[str, Any]:
    log = scale == "log" and axis in chart.log_axes
    title = chart.x_title if axis == "x" else chart.y_title
    looks = {"title": {"text": escape(title)}, "type": "log" if log else "linear", "exponentformat": "none"}
    if chart.ticks:
        looks |= _categorical(chart, axis)
    limits = chart.limits.get(scale)
    if limits is None:
        return {**looks, "autorange": True}
    low, high = (corner["xy".index(axis)] for corner in (limits.low, limits.high))
    return {**looks, "range": [log10(low), log10(high)] if log else [low, high], "autorange": False}


def _categorical(chart: Chart, axis: str) -> dict[str, Any]:
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
        "meta": {"style": line.style, "visibility": line.visibility},
        "visible": "legendonly" if line.visibility == "repeats" else True,
    }


def _area(area: Area) -> dict[str, Any]:
    pattern = {"fillpattern": {"shape": "/", "size": 6, "solidity": 0.4}} if area.hatched else {}
    return {
        **_trace(area.name, area.x, area.y),
        **pattern,
        "text": _escaped(area.hover),  # over a filled area plotly shows nothing else
        "hoverinfo": "text" if area.hover else "skip",
        "hoveron": "fills",
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": colour(area.style),
        "opacity": area.strength,
        "meta": {"style": area.style, "visibility": area.visibility},
        "visible": "legendonly" if area.visibility == "repeats" else True,
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
