"""Figures as plain data: what to draw, before plotly decides how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Scale = Literal["log", "linear"]
Mark = Literal["steps", "points", "line"]
Visibility = Literal["always", "summary", "repeats"]
NO_LIMITS: Mapping[Scale, "AxisLimits"] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A series of points in drawing order: one run, or a summary of several repeats.

    Attributes:
        name: The method.
        style: Index of the method's colour and symbol.
        x: First coordinates; NaN breaks the line.
        y: Second coordinates, as many.
        hover: Text shown at each point, or one text for all of them, which is followed by the coordinates.
        mark: How points are joined: by steps (the edge of the dominated region), by straight lines, or not at all.
        visibility: Whether to show it always, with the summary of a method's repeats, or with every single repeat.
    """

    name: str
    style: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...] | str
    mark: Mark = "steps"
    visibility: Visibility = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """A filled part of the plane.

    Attributes:
        name: The method.
        style: Index of the method's colour.
        x: First coordinates of polygons, separated by None.
        y: Second coordinates, as many.
        strength: Opacity in [0, 1].
        hatched: Whether to hatch it, for readers who cannot tell the two methods' colours apart.
        hover: Text shown over it; empty for none.
        visibility: As in :class:`Line`.
    """

    name: str
    style: int
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]
    strength: float = 0.15
    hatched: bool = False
    hover: str = ""
    visibility: Visibility = "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A front, point or line to compare the methods with.

    Attributes:
        kind: What it is; decides how it is drawn.
        name: Text in the legend.
        x: First coordinates.
        y: Second coordinates, as many.
        hover: Text shown at each point; empty for none.
    """

    kind: Literal["union", "exact", "published", "reference-point", "zero"]
    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...] | str


@dataclass(frozen=True, kw_only=True, slots=True)
class AxisLimits:
    """The part of the plane shown at first: its lower left and upper right corner."""

    low: tuple[float, float]
    high: tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One view of a figure.

    Attributes:
        slug: Its id.
        title: Its title.
        x_title: Title of the x axis with unit.
        y_title: Title of the y axis with unit.
        caption: How to read it, in full sentences.
        lines: The methods' points.
        areas: Filled areas, drawn under the lines.
        references: Fronts and points to compare the methods with.
        scales: The scales the reader can choose from, the initial one first.
        log_axes: The axes that the ``log`` scale applies to.
        limits: Initial axis limits by scale; without an entry, the axes show everything.
        maximised: Whether more is better along x.
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
    limits: Mapping[Scale, AxisLimits] = field(default_factory=lambda: NO_LIMITS)
    maximised: bool = False

    @property
    def points(self) -> int:
        """Number of points on all lines."""
        return sum(len(line.x) for line in self.lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A choice offered to the reader: its name in the form, its label, and options as (value, label)."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """A figure on the page, with the views that its controls switch between.

    Attributes:
        slug: Its id on the page.
        title: Its heading.
        controls: Their chosen values, joined by spaces, are the key of a view. A control with one option is hidden.
        views: The views by key; the view of the first options is shown first.
        filtered: Whether it shows only the methods chosen at the top of the page.
        files: CSV files with its data.
        table: Its data as rows of text, the header first; empty if a file has them.
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
        """Whether the reader can switch from the summary to every single repeat."""
        return any(line.visibility == "repeats" for chart in self.views.values() for line in chart.lines)

    @property
    def scale_options(self) -> tuple[tuple[str, str], ...]:
        """The scales that the reader can choose from, as (value, label)."""
        labels = {"log": "logarithmic", "linear": "linear"}
        return tuple((scale, labels[scale]) for scale in next(iter(self.views.values())).scales)
