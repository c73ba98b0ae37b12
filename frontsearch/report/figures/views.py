"""The planes that fronts are chosen in, by whose figures they are drawn, and where a network then lies."""

import math
from dataclasses import dataclass
from typing import Literal

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.names import CROSS_ENTROPY, ERROR, L1, NONZEROS, VALIDATION_ERROR

Split = Literal["chosen", "test"]
SPLITS: tuple[Split, ...] = ("chosen", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Two figures of a network, both better when smaller.

    Attributes:
        name: For scripts.
        label: For people.
        loss: The metric along x, without its split.
        size: The metric along y.
        unit: Of what is drawn along x.
        factor: What turns the metric into it: errors are shares, drawn in per cent.
        size_title: Title of the y axis.
    """

    name: str
    label: str
    loss: str
    size: str
    unit: str
    factor: float
    size_title: str


LOSSES = Plane(
    name="losses", label="cross entropy and l1", loss=CROSS_ENTROPY, size=L1, unit="nats per example", factor=1.0,
    size_title="l1 norm of the penalised weights (a sum)",
)  # fmt: skip
ERRORS = Plane(
    name="errors", label="error and nonzeros", loss=ERROR, size=NONZEROS, unit="%", factor=100.0,
    size_title="nonzero penalised weights (a count)",
)  # fmt: skip
PLANES = (LOSSES, ERRORS)


@dataclass(frozen=True, slots=True)
class View:
    """A plane, drawn by the figures that networks were chosen on in it or by their test figures."""

    plane: Plane
    split: Split

    @property
    def key(self) -> str:
        """For scripts."""
        return f"{self.plane.name} {self.split}"

    def chosen_on(self, comparison: Comparison) -> str:
        """The split that networks are chosen on."""
        return comparison.split if self.plane is LOSSES else "validation"

    def title(self, comparison: Comparison) -> str:
        """Title of the x axis."""
        split = self.chosen_on(comparison) if self.split == "chosen" else self.split
        return f"{split} {self.plane.loss.replace('_', ' ')} ({self.plane.unit})"

    def networks(self, figures: RunResult) -> tuple[Point, ...]:
        """What a run's front in the plane is of."""
        return figures.points if self.plane is LOSSES else figures.sparse

    def place(self, point: Point) -> tuple[float, float] | None:
        """Where a network lies; None where it lacks a figure."""
        metrics = {L1: point.l1, **point.trial.metrics, "chosen_cross_entropy": point.cross_entropy}
        metrics["chosen_error"] = metrics.get(VALIDATION_ERROR, math.nan)
        found = metrics.get(f"{self.split}_{self.plane.loss}", math.nan), metrics.get(self.plane.size, math.nan)
        return self.drawn(found) if all(map(math.isfinite, found)) else None

    def drawn(self, metrics: tuple[float, float]) -> tuple[float, float]:
        """A loss and a size in the units of the axes."""
        return metrics[0] * self.plane.factor, float(metrics[1])


VIEWS = tuple(View(plane, split) for plane in PLANES for split in SPLITS)
