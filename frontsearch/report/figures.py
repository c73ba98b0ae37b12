"""The report's figures: a comparison as plain data, and plain data as plotly figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from frontsearch.comparison import Comparison, Point, RunFigures

# Okabe and Ito's colours, told apart by colour-blind readers; a method keeps its own in every figure.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
HOVER = "%{text}<br>%{x:.5g}, %{y:.5g}<extra></extra>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a figure: a run's points in drawing order.

    Attributes:
        name: The method.
        repeat: Which repeat; only the first one of a method enters the legend.
        style: Place of the method's colour and symbol.
        x: First coordinates.
        y: Second coordinates, as many.
        hover: What a reader sees at each point.
    """

    name: str
    repeat: int
    style: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A figure's information, all decisions made.

    Attributes:
        slug: Its id on the page.
        title: What it shows.
        x_title: Axis title with unit.
        y_title: Axis title with unit.
        log: Whether both axes are logarithmic.
        steps: Whether points are joined by the steps that bound what they dominate, or stand alone.
        lines: What is drawn.
        exact: The exact front, which nothing lies below; None where it is not known.
    """

    slug: str
    title: str
    x_title: str
    y_title: str
    log: bool
    steps: bool
    lines: tuple[Line, ...]
    exact: Line | None = None


def charts(comparison: Comparison) -> tuple[Chart, ...]:
    """The charts of a report in reading order; those that the task has no figures for are left out."""
    found = (objectives_chart(comparison), errors_chart(comparison), anytime_chart(comparison))
    return tuple(chart for chart in found if any(line.x for line in chart.lines))


def objectives_chart(comparison: Comparison) -> Chart:
    """All fronts in the objectives."""
    lines = [
        _line(comparison, figures, [(point.cross_entropy, point.l1) for point in figures.points])
        for figures in comparison.runs
    ]
    return Chart(
        slug="objectives", title="Fronts of all methods: cross entropy against l1",
        x_title=f"{comparison.split} cross entropy (nats per example)",
        y_title="l1 norm of the penalised weights", log=True, steps=True, lines=_positive(lines),
        exact=_exact_line(comparison),
    )  # fmt: skip


def errors_chart(comparison: Comparison) -> Chart:
    """The same networks by test error and nonzeros; chosen on the objectives, so they may dominate one another here."""
    lines = []
    for figures in comparison.runs:
        metrics = [point.trial.metrics for point in figures.points if "test_error" in point.trial.metrics]
        lines.append(_line(comparison, figures, [(100 * one["test_error"], one["nonzeros"]) for one in metrics]))
    return Chart(
        slug="errors", title="The same networks: test error against nonzero weights", x_title="test error (%)",
        y_title="nonzero penalised weights", log=True, steps=False, lines=_positive(lines),
    )  # fmt: skip


def anytime_chart(comparison: Comparison) -> Chart:
    """Hypervolume against epochs spent."""
    lines = [
        Line(
            name=figures.run.method, repeat=figures.run.repeat, style=comparison.methods.index(figures.run.method),
            x=tuple(epochs for epochs, _ in figures.curve), y=tuple(volume for _, volume in figures.curve),
            hover=tuple(f"{figures.run.method}, repeat {figures.run.repeat}" for _ in figures.curve),
        )
        for figures in comparison.runs
    ]  # fmt: skip
    return Chart(
        slug="anytime", title="Hypervolume against epochs spent", x_title="epochs spent",
        y_title="hypervolume (share of the reference box)", log=False, steps=True, lines=tuple(lines),
    )  # fmt: skip


def plot(chart: Chart) -> go.Figure:
    """The plotly figure of a chart."""
    figure = go.Figure(layout=_layout(chart))
    if chart.exact:
        figure.add_scatter(
            x=list(chart.exact.x),
            y=list(chart.exact.y),
            name=chart.exact.name,
            text=list(chart.exact.hover),
            hovertemplate=HOVER,
            mode="lines",
            line={"color": "#1b1f24", "width": 1},
        )
    shown: set[str] = set()
    for line in chart.lines:
        colour = COLOURS[line.style % len(COLOURS)]
        figure.add_scatter(
            x=list(line.x),
            y=list(line.y),
            name=line.name,
            legendgroup=line.name,
            showlegend=line.name not in shown,
            text=list(line.hover),
            hovertemplate=HOVER,
            mode="lines+markers" if chart.steps else "markers",
            line={"color": colour, "shape": "hv", "width": 1.5},
            marker={"color": colour, "symbol": SYMBOLS[line.style % len(SYMBOLS)], "size": 7},
        )
        shown.add(line.name)
    return figure


def _layout(chart: Chart) -> dict[str, object]:
    kind = "log" if chart.log else "linear"
    return {
        "title": {"text": chart.title},
        "xaxis": {"title": {"text": chart.x_title}, "type": kind},
        "yaxis": {"title": {"text": chart.y_title}, "type": kind, "rangemode": "tozero" if not chart.log else "normal"},
        "template": "plotly_white",
        "legend": {"orientation": "h", "y": -0.2},
        "margin": {"l": 70, "r": 20, "t": 60, "b": 60},
        "height": 560,
        "hovermode": "closest",
    }


def _line(comparison: Comparison, figures: RunFigures, coordinates: Sequence[tuple[float, float]]) -> Line:
    points = figures.points if coordinates else ()
    return Line(
        name=figures.run.method, repeat=figures.run.repeat, style=comparison.methods.index(figures.run.method),
        x=tuple(x for x, _ in coordinates), y=tuple(y for _, y in coordinates),
        hover=tuple(_hover(figures, point) for point in points),
    )  # fmt: skip


def _exact_line(comparison: Comparison) -> Line | None:
    exact = comparison.exact
    if exact is None:
        return None
    (x, y), weights = exact.points.T.tolist(), exact.l1_weights
    hover = tuple(f"exact front, l1_weight {weight:.3g}" for weight in weights)
    (line,) = _positive([Line(name="exact front", repeat=0, style=0, x=tuple(x), y=tuple(y), hover=hover)])
    return line


def _hover(figures: RunFigures, point: Point) -> str:
    fields = point.trial.recipe.fields()
    shown = ("l1_weight", "l1_scale", "optimiser", "learning_rate", "pruning_threshold", "epochs", "start")
    recipe = ", ".join(f"{name} {_short(fields[name])}" for name in shown if fields[name] is not None)
    certificate = "" if point.certificate is None else f"<br>certificate {point.certificate:.3g}"
    return f"{figures.run.method}, repeat {figures.run.repeat}, trial {point.trial.key[:8]}<br>{recipe}{certificate}"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _positive(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines without the points that logarithmic axes cannot show, such as the dead network's."""
    kept = []
    for line in lines:
        rows = [row for row in zip(line.x, line.y, line.hover, strict=True) if row[0] > 0 and row[1] > 0]
        x, y, hover = zip(*rows, strict=True) if rows else ((), (), ())
        kept.append(Line(name=line.name, repeat=line.repeat, style=line.style, x=x, y=y, hover=hover))
    return tuple(kept)
