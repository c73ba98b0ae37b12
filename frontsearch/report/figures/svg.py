"""``drawn``: a chart as paths of an SVG drawing, for places where no script runs, such as notebooks.

It shows what the page's figure shows at first. A template puts the paths in place.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from frontsearch.report.figures.chart import AxisLimits, Chart, Line, Reference
from frontsearch.report.figures.drawing import FOREGROUND, colour, symbol

WIDTH, HEIGHT = 440, 320  # of the frame, in the drawing's own units
LEGEND_ROW = 20
MOST_TICKS = 7
LONGEST = 24  # characters of a name
BEYOND = 1.25  # factor between the chosen network and the frame, if it lies at the edge
SHAPES = {
    "circle": "m-3,0a3,3 0 1 0 6,0a3,3 0 1 0 -6,0", "square": "m-2.7,-2.7h5.4v5.4h-5.4z",
    "diamond": "m0,-3.8l3.8,3.8l-3.8,3.8l-3.8,-3.8z", "triangle-up": "m0,-3.6l3.6,6.2h-7.2z",
    "cross": "m-1,-3.4h2v2.4h2.4v2h-2.4v2.4h-2v-2.4h-2.4v-2h2.4z",
    "x": "m-3,-2l1,-1l2,2l2,-2l1,1l-2,2l2,2l-1,1l-2,-2l-2,2l-1,-1l2,-2z",
    "star": "m0,-4l1,2.8l3,.1l-2.4,1.8l.9,2.9l-2.5,-1.7l-2.5,1.7l.9,-2.9l-2.4,-1.8l3,-.1z",
    "pentagon": "m0,-3.4l3.3,2.4l-1.3,3.8h-4l-1.3,-3.8z",
}  # fmt: skip
POINTS = {"published": SHAPES["x"], "reference-point": SHAPES["cross"]}  # references that are no lines
DASHES = {"union": "2 3"}

Position = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stroke:
    """A line or a filled area of the drawing.

    Attributes:
        name: What it shows; strokes of one name have one entry in the legend.
        label: The name, shortened.
        colour: CSS colour.
        line: Path of the line or of the area; empty if there is none.
        marks: Path of all its symbols; empty if there are none.
        symbol: Path of one symbol around the current point, for the legend.
        dash: Lengths of dashes; empty for a line without gaps.
        fill: Opacity of the area; 0 for a line.
    """

    name: str
    label: str
    colour: str
    line: str
    marks: str = ""
    symbol: str = ""
    dash: str = ""
    fill: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """What to draw.

    Attributes:
        strokes: Areas, references and lines, from back to front.
        legend: One stroke for each name.
        ticks: By axis, the place of each label and its text.
        titles: Titles of the x and the y axis.
        mark: Place of the ring around the chosen network; None where it is outside, or nothing was chosen.
        height: Height of the drawing, with its legend beside it.
        description: The same in words, for screen readers.
    """

    strokes: tuple[Stroke, ...]
    legend: tuple[Stroke, ...]
    ticks: dict[str, tuple[tuple[float, str], ...]]
    titles: tuple[str, str]
    mark: Position | None
    height: int
    description: str


def drawn(chart: Chart, chosen: Position | None = None) -> Drawing | None:
    """The chart on its first scale that can show any of its points; None if there is none.

    Args:
        chart: The chart.
        chosen: Coordinates of a network to draw a ring around.
    """
    scale = next((scale for scale in chart.scales if scale in chart.limits), None)
    if scale is None:
        return None
    axes = _Axes(_with(chosen, chart.limits[scale]), chart.log_axes if scale == "log" else "")
    areas = [area for area in chart.areas if area.visibility != "repeats"]
    lines = [line for line in chart.lines if line.visibility != "repeats" and line.x]
    references = [_reference(each, axes) for each in chart.references]
    methods = [_line(line, axes) for line in lines]
    filled = [
        Stroke(
            name=area.name, label="", colour=_colour(area.style), fill=area.strength,
            line="".join(_polygon(axes.places(ring)) for ring in _rings(area.x, area.y)),
        )
        for area in areas
    ]  # fmt: skip
    legend = {stroke.name: stroke for stroke in reversed((*methods, *references)) if stroke.line or stroke.marks}
    names = ", ".join(dict.fromkeys(line.name for line in lines))
    return Drawing(
        strokes=(*filled, *references, *methods),
        legend=tuple(reversed(legend.values())),
        ticks={"x": axes.ticks(0), "y": axes.ticks(1)},
        titles=(chart.x_title, chart.y_title),
        mark=next(axes.places([chosen]), None) if chosen and axes.holds(chosen) else None,
        height=max(HEIGHT, LEGEND_ROW * len(legend)),
        description=f"{chart.title}, of {names}. {chart.caption}",
    )


def _with(chosen: Position | None, limits: AxisLimits) -> AxisLimits:
    """The limits, moved outwards where the chosen network lies beyond them or on them."""
    if chosen is None or not all(value > 0 for value in chosen):
        return limits
    x, y = chosen
    (left, bottom), (right, top) = limits.low, limits.high
    return AxisLimits(
        low=(min(left, x / BEYOND), min(bottom, y / BEYOND)), high=(max(right, x * BEYOND), max(top, y * BEYOND))
    )


class _Axes:
    """Places of values in the frame.

    Args:
        limits: The part of the plane that is shown.
        log_axes: Which of ``xy`` are logarithmic.
    """

    def __init__(self, limits: AxisLimits, log_axes: str) -> None:
        self._limits, self._log = tuple(zip(limits.low, limits.high, strict=True)), [axis in log_axes for axis in "xy"]

    def places(self, points: Iterable[Position]) -> Iterator[Position]:
        """The places of points, without those that a logarithmic axis cannot show."""
        for point in points:
            if all(value > 0 for value, log in zip(point, self._log, strict=True) if log):
                yield self._place(point[0], 0), self._place(point[1], 1)

    def holds(self, point: Position) -> bool:
        """Whether a point lies in the frame."""
        return all(low <= value <= high for value, (low, high) in zip(point, self._limits, strict=True))

    def ticks(self, axis: int) -> tuple[tuple[float, str], ...]:
        """Places and texts of an axis' labels."""
        low, high = self._limits[axis]
        values = (_log_ticks(low, high) if self._log[axis] else None) or _linear_ticks(low, high)
        return tuple((self._place(value, axis), f"{value:,.6g}") for value in values)

    def _place(self, value: float, axis: int) -> float:
        of: Callable[[float], float] = log10 if self._log[axis] else float
        low, high = map(of, self._limits[axis])
        share = (of(value) - low) / (high - low)
        return round(share * WIDTH if axis == 0 else (1 - share) * HEIGHT, 1)


def _log_ticks(low: float, high: float) -> list[float]:
    """Round values, at most seven; empty where the range has fewer than three of them."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    step = ceil(len(decades) / MOST_TICKS)
    grids = [[digit * 10.0**decade for decade in decades for digit in digits] for digits in ((1, 2, 5), (1, 3), (1,))]
    shown = [[value for value in grid if low <= value <= high] for grid in (*grids, grids[-1][::step])]
    return next((values for values in shown if 3 <= len(values) <= MOST_TICKS), [])


def _linear_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / (MOST_TICKS - 1)
    magnitude = 10.0 ** floor(log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= rough)
    return [number * step for number in range(ceil(low / step), floor(high / step) + 1)]


def _line(line: Line, axes: _Axes) -> Stroke:
    places = list(axes.places(zip(line.x, line.y, strict=True)))
    shape = SHAPES[symbol(line.style)] if line.mark != "line" else ""
    return Stroke(
        name=line.name, label=_shortened(line.name), colour=_colour(line.style), line=JOINED[line.mark](places),
        marks=_marks(places, shape), symbol=shape,
    )  # fmt: skip


def _reference(reference: Reference, axes: _Axes) -> Stroke:
    points, shape = zip(reference.x, reference.y, strict=True), POINTS.get(reference.kind, "")
    places = list(axes.places(filter(axes.holds, points) if shape else points))
    joined = "" if shape else (_steps if reference.kind == "union" else _straight)(places)
    return Stroke(
        name=reference.name, label=_shortened(reference.name), colour="currentColor", line=joined,
        marks=_marks(places, shape), symbol=shape, dash=DASHES.get(reference.kind, ""),
    )  # fmt: skip


def _rings(x: Sequence[float | None], y: Sequence[float | None]) -> Iterable[list[Position]]:
    """Polygons that are separated by None."""
    ring: list[Position] = []
    for horizontal, vertical in zip((*x, None), (*y, None), strict=True):
        if horizontal is None or vertical is None:
            yield ring
            ring = []
        else:
            ring.append((horizontal, vertical))


def _steps(places: Sequence[Position]) -> str:
    """The edge of what these points dominate: to the right, then down."""
    turns = (f"H{x:g}V{y:g}" for _, (x, y) in pairwise(places))
    return f"M{places[0][0]:g},{places[0][1]:g}{''.join(turns)}" if places else ""


def _straight(places: Iterable[Position]) -> str:
    path = "L".join(f"{x:g},{y:g}" for x, y in places)
    return path and f"M{path}"


def _unjoined(_: Iterable[Position]) -> str:
    return ""


def _polygon(places: Iterable[Position]) -> str:
    path = _straight(places)
    return path and f"{path}Z"


JOINED = {"steps": _steps, "line": _straight, "points": _unjoined}


def _marks(places: Iterable[Position], shape: str) -> str:
    return "".join(f"M{x:g},{y:g}{shape}" for x, y in places) if shape else ""


def _colour(style: int) -> str:
    found = colour(style)
    return "currentColor" if found == FOREGROUND else found


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
