"""The views of the fronts: which two metrics span the plane, on which split, and where a network lies in it."""

import math
from dataclasses import dataclass
from typing import Literal

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import Measure, Measures
from frontsearch.names import L1, NONZEROS

DisplaySplit = Literal["chosen", "test"]
SPLITS: tuple[DisplaySplit, ...] = ("chosen", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Two metrics of a network along x and y: loss and l1, or first metric and nonzeros.

    Attributes:
        name: Its name in the page's controls.
        size: The size, of which less is better.
        size_title: Title of the y axis.
    """

    name: str
    size: str
    size_title: str

    def measure(self, measures: Measures) -> Measure:
        """The measure along x; the loss in both planes if the task has no metric."""
        return measures.loss if self is OBJECTIVE_PLANE else measures.criterion

    def label(self, measures: Measures) -> str:
        """Its label for readers."""
        return f"{self.measure(measures).label} and {self.size}"


OBJECTIVE_PLANE = Plane(name="losses", size=L1, size_title="l1 norm of the penalised weights")
METRIC_PLANE = Plane(name="metrics", size=NONZEROS, size_title="number of nonzero penalised weights")
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
        measure, metrics = self.plane.measure(measures), {L1: point.l1, **point.trial.metrics}
        if self.plane is OBJECTIVE_PLANE and self.split == "chosen":
            value = point.loss
        else:
            value = metrics.get(measure.on("validation" if self.split == "chosen" else self.split), math.nan)
        values = value * measure.factor, float(metrics.get(self.plane.size, math.nan))
        return values if all(map(math.isfinite, values)) else None


VIEWS = tuple(View(plane, split) for plane in PLANES for split in SPLITS)
