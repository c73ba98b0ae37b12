"""The views of the fronts: which two metrics span the plane, on which split, and where a network lies in it."""

import math
from dataclasses import dataclass
from typing import Literal

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.names import CROSS_ENTROPY, ERROR, L1, NONZEROS, VALIDATION_ERROR

DisplaySplit = Literal["chosen", "test"]
SPLITS: tuple[DisplaySplit, ...] = ("chosen", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Two metrics of a network; lower is better for both.

    Attributes:
        name: Its name in the page's controls.
        label: Its label for readers.
        loss: The metric along x, without its split.
        size: The metric along y.
        unit: Unit along x.
        factor: Converts the metric to that unit: errors are shares and drawn in per cent.
        size_title: Title of the y axis.
    """

    name: str
    label: str
    loss: str
    size: str
    unit: str
    factor: float
    size_title: str


OBJECTIVE_PLANE = Plane(
    name="losses", label="cross entropy and l1", loss=CROSS_ENTROPY, size=L1, unit="nats per example", factor=1.0,
    size_title="l1 norm of the penalised weights",
)  # fmt: skip
ERROR_PLANE = Plane(
    name="errors", label="error and nonzeros", loss=ERROR, size=NONZEROS, unit="%", factor=100.0,
    size_title="number of nonzero penalised weights",
)  # fmt: skip
PLANES = (OBJECTIVE_PLANE, ERROR_PLANE)


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
        return f"{split} {self.plane.loss.replace('_', ' ')} ({self.plane.unit})"

    def networks(self, result: RunResult) -> tuple[Point, ...]:
        """The points of a run's front in this plane."""
        return result.points if self.plane is OBJECTIVE_PLANE else result.error_front

    def position(self, point: Point) -> tuple[float, float] | None:
        """Coordinates of a network; None if it lacks a metric."""
        metrics = {L1: point.l1, **point.trial.metrics, "chosen_cross_entropy": point.cross_entropy}
        metrics["chosen_error"] = metrics.get(VALIDATION_ERROR, math.nan)
        values = metrics.get(f"{self.split}_{self.plane.loss}", math.nan), metrics.get(self.plane.size, math.nan)
        return self.in_axis_units(values) if all(map(math.isfinite, values)) else None

    def in_axis_units(self, metrics: tuple[float, float]) -> tuple[float, float]:
        """A loss and a size in the units of the axes."""
        return metrics[0] * self.plane.factor, float(metrics[1])


VIEWS = tuple(View(plane, split) for plane in PLANES for split in SPLITS)
