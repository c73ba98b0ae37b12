"""What a figure shows, all decisions made: plain data that the plots draw as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Scale = Literal["log", "linear"]
Mark = Literal["steps", "points", "line"]
Shown = Literal["always", "summary", "repeats"]
Nothing: Mapping[Scale, "Frame"] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A run's points, or what several repeats have in common, in drawing order.

    Attributes:
        name: The method.
        style: Place of the method's colour and symbol.
        x: First coordinates; where they are no number is a gap.
        y: Second coordinates, as many.
        hover: What a reader sees at each point; one text for all of them goes with their coordinates.
        mark: Whether steps join the points, as the edge of what they dominate, or straight lines, or nothing.
        shown: Always, or with the summary of a method's repeats, or with every repeat for itself.
    """

    name: str
    style: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...] | str
    mark: Mark = "steps"
    shown: Shown = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """A coloured part of the plane.

    Attributes:
        name: The method.
        style: Place of the method's colour.
        x: First coordinates of polygons, a None between two of them.
        y: Second coordinates, as many.
        strength: How opaque, in [0, 1].
        hatched: Whether it is hatched, which is seen where two methods' colours are not told apart.
        hover: What a reader sees on it; nothing where it is empty.
        shown: As a line's.
    """

    name: str
    style: int
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]
    strength: float = 0.15
    hatched: bool = False
    hover: str = ""
    shown: Shown = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """What the methods are held against.

    Attributes:
        kind: What it is, which decides its looks.
        name: What the legend says.
        x: First coordinates.
        y: Second coordinates, as many.
        hover: What a reader sees at each point; nothing where it is empty.
    """

    kind: Literal["union", "exact", "published", "corner", "zero"]
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...] | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The part of the plane that is shown first: its low and its high corner."""

    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One view of a figure.

    Attributes:
        slug: Its name for scripts.
        title: What it shows.
        x_title: Axis title with unit.
        y_title: Axis title with unit.
        caption: How to read it, in plain words.
        lines: What is drawn of the methods.
        areas: What is coloured, under the lines.
        references: What the methods are held against.
        scales: The scales it may have, the one to begin with first.
        log_axes: Which axes a logarithmic scale is for.
        frames: What to show first, by scale; everything where there is none.
        ticks: What stands at 0, 1, 2 ... along x, where those are names; the numbers along y then mean nothing.
    """

    slug: str
    title: str
    x_title: str
    y_title: str
    caption: str = ""
    lines: tuple[Line, ...] = ()
    areas: tuple[Area, ...] = ()
    references: tuple[Reference, ...] = ()
    scales: tuple[Scale, ...] = ("linear",)
    log_axes: str = "xy"
    frames: Mapping[Scale, Frame] = field(default_factory=lambda: Nothing)
    ticks: tuple[str, ...] = ()

    @property
    def points(self) -> int:
        """How many points its lines have."""
        return sum(len(line.x) for line in self.lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A choice that the reader has: its name for scripts, its label, and the options' values with their labels."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A figure on the page: the views that its controls choose from.

    Attributes:
        slug: Its id on the page.
        title: Its heading.
        controls: The chosen values, joined by spaces, are the key of a view; one option alone is no choice.
        views: By key; the first options' view is shown first.
        filtered: Whether only the methods are drawn that the reader chose.
        files: What beside the page has its figures.
        table: Its figures as rows of text, a header first; nothing where a file has them.
    """

    slug: str
    title: str
    controls: tuple[Control, ...]
    views: Mapping[str, Chart]
    filtered: bool = True
    files: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether the reader may ask for every repeat."""
        return any(line.shown == "repeats" for chart in self.views.values() for line in chart.lines)

    @property
    def scale_options(self) -> tuple[tuple[str, str], ...]:
        """The scales that its views may have, with their labels."""
        labels = {"log": "logarithmic", "linear": "linear"}
        return tuple((scale, labels[scale]) for scale in next(iter(self.views.values())).scales)
