"""The report's figures: a comparison as plain data, and plain data as plotly figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from frontsearch.comparison import Comparison
from frontsearch.published import PLANES
from frontsearch.run_figures import Point, RunFigures

# Okabe and Ito's colours, told apart by colour-blind readers; a method keeps its own in every figure.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "pentagon")
LOSSES, ERRORS = PLANES
EXACT = {"mode": "lines", "line": {"color": "#1b1f24", "width": 1}}
PUBLISHED = {"mode": "markers", "marker": {"color": "#57606a", "symbol": "asterisk-open", "size": 8}}
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
        published: What somebody else found; None where nothing is published.
    """

    slug: str
    title: str
    x_title: str
    y_title: str
    log: bool
    steps: bool
    lines: tuple[Line, ...]
    exact: Line | None = None
    published: Line | None = None


def charts(comparison: Comparison) -> tuple[Chart, ...]:
    """The charts of a report in reading order; those that the task has no figures for are left out."""
    found = [objectives_chart(comparison), errors_chart(comparison), anytime_chart(comparison)]
    losses = losses_chart(comparison)
    if losses.published:
        found.insert(1, losses)
    return tuple(chart for chart in found if any(line.x for line in chart.lines))


def objectives_chart(comparison: Comparison) -> Chart:
    """All fronts in the objectives."""
    lines = [
        _line(comparison, figures, [(point, point.cross_entropy, point.l1) for point in figures.points])
        for figures in comparison.runs
    ]
    return Chart(
        slug="objectives", title="Fronts of all methods: cross entropy against l1",
        x_title=f"{comparison.split} cross entropy (nats per example)",
        y_title="l1 norm of the penalised weights", log=True, steps=True, lines=_positive(lines),
        exact=_exact_line(comparison),
    )  # fmt: skip


def errors_chart(comparison: Comparison) -> Chart:
    """The other fronts, of validation error and nonzeros, by test error: some may dominate others here."""
    return Chart(
        slug="errors", title="Fronts of validation error and nonzeros: test error against nonzero weights",
        x_title="test error (%)", y_title="nonzero penalised weights", log=True, steps=False,
        lines=_tested(comparison, ERRORS), published=_published_line(comparison, ERRORS),
    )  # fmt: skip


def losses_chart(comparison: Comparison) -> Chart:
    """The fronts by test cross entropy, beside what is published."""
    return Chart(
        slug="published", title="Beside what is published: test cross entropy against l1",
        x_title="test cross entropy (nats per example)", y_title="l1 norm of the penalised weights", log=True,
        steps=False, lines=_tested(comparison, LOSSES), published=_published_line(comparison, LOSSES),
    )  # fmt: skip


def _tested(comparison: Comparison, plane: tuple[str, str]) -> tuple[Line, ...]:
    """Every run's points in a plane of test figures, of the front that belongs to it."""
    lines = []
    for figures in comparison.runs:
        points = figures.sparse if plane == ERRORS else figures.points
        tested = [point for point in points if plane[0] in point.trial.metrics]
        lines.append(_line(comparison, figures, [(point, *_placed(point.trial.metrics, plane)) for point in tested]))
    return _positive(lines)


def _placed(metrics: Mapping[str, float], plane: tuple[str, str]) -> tuple[float, float]:
    """Errors are shown in per cent."""
    return metrics[plane[0]] * (100 if plane == ERRORS else 1), metrics[plane[1]]


def _published_line(comparison: Comparison, plane: tuple[str, str]) -> Line | None:
    found = comparison.published.points[plane] if comparison.published else ()
    if not found:
        return None
    x, y = zip(*(_placed(dict(zip(plane, point, strict=True)), plane) for point in found), strict=True)
    return Line(name="published", repeat=0, style=0, x=x, y=y, hover=("published",) * len(found))


def anytime_chart(comparison: Comparison) -> Chart:
    """Hypervolume against epochs spent."""
    lines = [
        Line(
            name=figures.run.method, repeat=figures.run.repeat, style=comparison.methods.index(figures.run.method),
            x=tuple(figures.curve.epochs.tolist()), y=tuple(figures.curve.hypervolume.tolist()),
            hover=(f"{figures.run.method}, repeat {figures.run.repeat}",) * len(figures.curve.epochs),
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
    for line, style in ((chart.exact, EXACT), (chart.published, PUBLISHED)):
        if line:
            figure.add_scatter(
                x=list(line.x), y=list(line.y), name=line.name, text=list(line.hover), hovertemplate=HOVER, **style
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
            marker={"color": colour, "symbol": _symbol(line.style), "size": 7},
        )
        shown.add(line.name)
    return figure


def _symbol(style: int) -> str:
    """Methods that share a colour do not share a symbol."""
    return SYMBOLS[(style + style // len(COLOURS)) % len(SYMBOLS)]


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


def _line(comparison: Comparison, figures: RunFigures, placed: Sequence[tuple[Point, float, float]]) -> Line:
    return Line(
        name=figures.run.method, repeat=figures.run.repeat, style=comparison.methods.index(figures.run.method),
        x=tuple(x for _, x, _ in placed), y=tuple(y for _, _, y in placed),
        hover=tuple(_hover(figures, point) for point, _, _ in placed),
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
