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
CURVE_SYMBOLS = 15  # that tell a curve from others; its points are no networks
TICKS = 7  # at most on an axis
DECADES_PER_TICK = 0.35  # with a little more than 0.3, plotly labels 1, 2 and 5 of each decade, with less all digits
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
        "title": {"text": _escaped(chart.title)},
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
    looks = {"title": {"text": _escaped(title)}, "type": "log" if log else "linear", "exponentformat": "none"}
    if log:
        looks |= {"tickformat": "~g"}  # whole numbers instead of single digits
    limits = chart.limits.get(scale)
    if limits is None:
        return {**looks, "autorange": True, **(_ticks(_positive(chart, axis)) if log else {})}
    ends = [corner["xy".index(axis)] for corner in (limits.low, limits.high)]
    return {**looks, "range": [*map(log10, ends)] if log else ends, "autorange": False, **(_ticks(ends) if log else {})}


def _ticks(values: Sequence[float]) -> dict[str, int]:
    """How many ticks a logarithmic axis over these values has."""
    decades = log10(max(values) / min(values)) if values else 0.0
    return {"nticks": min(TICKS, max(2, int(decades / DECADES_PER_TICK)))}


def _positive(chart: Chart, axis: str) -> list[float]:
    return [value for line in chart.lines for value in getattr(line, axis) if value > 0]


def _line(line: Line) -> dict[str, Any]:
    looks = {"color": colour(line.style)}
    return {
        **_trace(line.name, line.x, line.y),
        **_text(line.hover),
        "mode": MODES[line.mark],
        "line": {**looks, "shape": "linear" if line.mark == "line" else "hv", "width": 1.5},
        "marker": {**looks, "symbol": symbol(line.style), "size": 7, "maxdisplayed": _most_symbols(line)},
        "meta": {"style": line.style, "visibility": line.visibility},
        "visible": "legendonly" if line.visibility == "repeats" else True,
    }


def _most_symbols(line: Line) -> int:
    """Every network of a front has its symbol, for which plotly's number is 0."""
    return CURVE_SYMBOLS if isinstance(line.hover, str) else 0


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
    return escape(text, quote=False).replace("\n", "<br>")  # plotly would show &quot; as it is
