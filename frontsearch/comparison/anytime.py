"""Anytime performance: hypervolume against the epochs or seconds spent, for a run and over a method's repeats."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from frontsearch.comparison.quality import Box
from frontsearch.trial import Trial

Values = NDArray[np.float64]
CostUnit = Literal["epochs", "seconds"]
HypervolumeName = Literal["hypervolume", "hypervolume_log"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curve:
    """Cost and hypervolume of a run after each of its ``n`` trainings.

    Attributes:
        epochs: Epochs spent so far, ``(n,)``.
        seconds: Seconds of all trainings so far added up, ``(n,)``.
        hypervolume: Hypervolume of the front so far, in the linear box, ``(n,)``.
        hypervolume_log: Hypervolume of the front so far, in the box on log10 axes, ``(n,)``.
    """

    epochs: Values
    seconds: Values
    hypervolume: Values
    hypervolume_log: Values

    @classmethod
    def of_trials(cls, trials: Sequence[Trial], *, linear: Box, log: Box) -> "Curve":
        """The curve of these trials, in the order in which they were trained."""
        return cls(
            epochs=np.cumsum([trial.epochs for trial in trials], dtype=float),
            seconds=np.cumsum([trial.seconds for trial in trials], dtype=float),
            hypervolume=_hypervolumes(trials, linear),
            hypervolume_log=_hypervolumes(trials, log),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Band:
    """Median and range of a hypervolume over a method's repeats: three step functions of the epochs or seconds spent.

    Each value holds until the next step. A repeat has hypervolume 0 before its first training and keeps its last value
    after its end.

    Attributes:
        at: Epochs or seconds at which a value changes, and the last ones spent, ``(n,)``.
        median: Median over the repeats, ``(n,)``.
        low: Value of the worst repeat, ``(n,)``.
        high: Value of the best repeat, ``(n,)``.
    """

    at: Values
    median: Values
    low: Values
    high: Values


def band(curves: Sequence[Curve], /, *, spent: CostUnit, indicator: HypervolumeName) -> Band:
    """Median and range of an indicator over one or more repeats, against the epochs or seconds spent."""
    at = np.unique(np.concatenate([getattr(curve, spent) for curve in curves]))
    values = np.array([_step_values(at, getattr(curve, spent), getattr(curve, indicator)) for curve in curves])
    steps = np.array([np.median(values, axis=0), values.min(axis=0), values.max(axis=0)])
    changes = (np.diff(steps, axis=1, prepend=math.nan) != 0).any(axis=0)
    changes[-1:] = True
    median, low, high = steps[:, changes]
    return Band(at=at[changes], median=median, low=low, high=high)


def epochs_to_level(curve: Curve, /, *, level: float) -> float | None:
    """Epochs until the linear hypervolume is positive and at least ``level``; None where it never is."""
    enough = (curve.hypervolume >= level) & (curve.hypervolume > 0)
    return float(curve.epochs[enough.argmax()]) if enough.any() else None


def _step_values(at: Values, spent: Values, hypervolumes: Values) -> Values:
    """Values at ``at`` of the step function that is 0 at first and takes each hypervolume where ``spent`` says."""
    values: Values = np.concatenate([[0.0], hypervolumes])[np.searchsorted(spent, at, side="right")]
    return values


def _hypervolumes(trials: Sequence[Trial], box: Box) -> Values:
    gains = np.zeros(len(trials))
    complete = [place for place, trial in enumerate(trials) if trial.objectives is not None]
    points = np.array([trials[place].objectives for place in complete], dtype=float)
    front = _GrowingFront()
    gains[complete] = [front.add(x, y) for x, y in box.normalise(points).tolist()]
    return np.cumsum(gains)


class _GrowingFront:
    """A non-dominated set in the unit box, kept sorted so that the neighbours of a new point are found by bisection."""

    def __init__(self) -> None:
        # Sentinels on the edges of the box, so that every point has a neighbour on both sides.
        self._x = [-math.inf, 1.0]
        self._y = [1.0, -math.inf]

    def add(self, x: float, y: float) -> float:
        """Adds a point and returns the hypervolume gained by it."""
        left = bisect_right(self._x, x) - 1
        if self._y[left] <= y:
            return 0.0
        right = left + 1
        while self._y[right] >= y:
            right += 1
        ends, heights = self._x[left + 1 : right + 1], self._y[left:right]
        begins = [x, *ends[:-1]]
        area = sum((end - begin) * (height - y) for begin, end, height in zip(begins, ends, heights, strict=True))
        replaced = slice(bisect_left(self._x, x), right)
        self._x[replaced], self._y[replaced] = [x], [y]
        return area
