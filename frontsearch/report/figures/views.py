"""The views of the fronts: which two metrics span the plane, on which split, and where a network lies in it."""

import math
from dataclasses import dataclass
from typing import Literal

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import MULTIPLICATIONS, NONZERO_WEIGHTS, UNITS_LEFT, Measure, Measures

DisplaySplit = Literal["chosen", "test"]
SPLITS: tuple[DisplaySplit, ...] = ("chosen", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Two metrics of a network along x and y: loss and complexity, or first metric and a size.

    Attributes:
        name: Its name in the page's controls.
    """

    name: str

    def size(self, measures: Measures) -> Measure:
        """The size along y."""
        if self is OBJECTIVE_PLANE:
            return measures.complexity
        return UNITS_LEFT if self is UNIT_PLANE else measures.size

    def measure(self, measures: Measures) -> Measure:
        """The measure along x; the loss in all planes if the task has no metric."""
        return measures.loss if self is OBJECTIVE_PLANE else measures.criterion

    def size_title(self, measures: Measures) -> str:
        """Title of the y axis."""
        if self is OBJECTIVE_PLANE:
            return f"{measures.complexity.label} norm of the penalised weights"
        return SIZE_TITLES[self.size(measures)]

    def label(self, measures: Measures) -> str:
        """Its label for readers."""
        return f"{self.measure(measures).label} and {self.size(measures).label}"


SIZE_TITLES = {
    NONZERO_WEIGHTS: "number of nonzero penalised weights",
    UNITS_LEFT: "units of all layers",
    MULTIPLICATIONS: "multiply-adds for one example",
}
OBJECTIVE_PLANE, METRIC_PLANE, UNIT_PLANE = Plane(name="losses"), Plane(name="metrics"), Plane(name="units")


def planes(measures: Measures) -> tuple[Plane, ...]:
    """The planes in which there are fronts."""
    return (OBJECTIVE_PLANE, METRIC_PLANE, *([UNIT_PLANE] if UNITS_LEFT in measures.sizes else []))


@dataclass(frozen=True, slots=True)
class View:
    """A plane and the split whose metrics are drawn: the one that networks were chosen on, or the test split."""

    plane: Plane
    split: DisplaySplit

    @property
    def key(self) -> str:
        """Its key on the page."""
        return f"{self.plane.name} {self.split}"

    def chosen_on(self, comparison: Comparison) -> str:
        """The split that networks are chosen on."""
        return comparison.split if self.plane is OBJECTIVE_PLANE else "validation"

    def title(self, comparison: Comparison) -> str:
        """Title of the x axis."""
        split = self.chosen_on(comparison) if self.split == "chosen" else self.split
        measure = self.plane.measure(comparison.measures)
        return measure.with_unit(f"{split} {measure.label}")

    def networks(self, result: RunResult, measures: Measures) -> tuple[Point, ...]:
        """The points of a run's front in this plane."""
        size = self.plane.size(measures).key
        return result.points if self.plane is OBJECTIVE_PLANE else result.metric_fronts.get(size, ())

    def position(self, point: Point, measures: Measures) -> tuple[float, float] | None:
        """Coordinates of a network in the units of the axes; None if it lacks a metric."""
        measure, size = self.plane.measure(measures), self.plane.size(measures).key
        metrics = {measures.complexity.key: point.complexity, **point.trial.metrics}
        if self.plane is OBJECTIVE_PLANE and self.split == "chosen":
            value = point.loss
        else:
            value = metrics.get(measure.on("validation" if self.split == "chosen" else self.split), math.nan)
        values = value * measure.factor, float(metrics.get(size, math.nan))
        return values if all(map(math.isfinite, values)) else None


def views(measures: Measures) -> tuple[View, ...]:
    """All views of the fronts."""
    return tuple(View(plane, split) for plane in planes(measures) for split in SPLITS)
