"""The views of the fronts: which two metrics span the plane, on which split, and where a network lies in it."""

import math
from dataclasses import dataclass
from typing import Literal

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import NONZERO_WEIGHTS, Measure, Measures

DisplaySplit = Literal["chosen", "test"]
SPLITS: tuple[DisplaySplit, ...] = ("chosen", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Two metrics of a network along x and y: loss and complexity, or first metric and size.

    Attributes:
        name: Its name in the page's controls.
    """

    name: str

    def size(self, measures: Measures) -> Measure:
        """The size along y."""
        return measures.complexity if self is OBJECTIVE_PLANE else measures.size

    def measure(self, measures: Measures) -> Measure:
        """The measure along x; the loss in both planes if the task has no metric."""
        return measures.loss if self is OBJECTIVE_PLANE else measures.criterion

    def size_title(self, measures: Measures) -> str:
        """Title of the y axis."""
        if self is OBJECTIVE_PLANE:
            return f"{measures.complexity.label} norm of the penalised weights"
        return NONZEROS_TITLE if measures.size == NONZERO_WEIGHTS else "multiply-adds for one example"

    def label(self, measures: Measures) -> str:
        """Its label for readers."""
        return f"{self.measure(measures).label} and {self.size(measures).label}"


NONZEROS_TITLE = "number of nonzero penalised weights"
OBJECTIVE_PLANE, METRIC_PLANE = Plane(name="losses"), Plane(name="metrics")
PLANES = (OBJECTIVE_PLANE, METRIC_PLANE)


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

    def networks(self, result: RunResult) -> tuple[Point, ...]:
        """The points of a run's front in this plane."""
        return result.points if self.plane is OBJECTIVE_PLANE else result.metric_front

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


VIEWS = tuple(View(plane, split) for plane in PLANES for split in SPLITS)
