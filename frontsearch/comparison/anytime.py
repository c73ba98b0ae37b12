"""Hypervolume against what was spent: after each training of a run, and over a method's repeats."""

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
Spent = Literal["epochs", "seconds"]
Volume = Literal["hypervolume", "hypervolume_log"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Curve:
    """What a run had found and spent after each of its ``n`` trainings.

    Attributes:
        epochs: Spent so far, ``(n,)``.
        seconds: Of all trainings so far together, ``(n,)``.
        hypervolume: Of the front so far, in the linear box, ``(n,)``.
        hypervolume_log: Of the front so far, in the box on log10 axes, ``(n,)``.
    """

    epochs: Values
    seconds: Values
    hypervolume: Values
    hypervolume_log: Values

    @classmethod
    def of_trials(cls, trials: Sequence[Trial], *, linear: Box, log: Box) -> "Curve":
        """The curve of trainings told in this order."""
        return cls(
            epochs=np.cumsum([trial.epochs for trial in trials], dtype=float),
            seconds=np.cumsum([trial.seconds for trial in trials], dtype=float),
            hypervolume=_volumes(trials, linear),
            hypervolume_log=_volumes(trials, log),
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Band:
    """Steps over a method's repeats: from each abscissa to the next one, the values stay what they are there.

    A repeat counts as 0 before its first training and as its last value after it ended.

    Attributes:
        at: Abscissae where something changes, and the last one, ``(n,)``.
        median: Over the repeats, ``(n,)``.
        low: The worst repeat, ``(n,)``.
        high: The best repeat, ``(n,)``.
    """

    at: Values
    median: Values
    low: Values
    high: Values


def band(curves: Sequence[Curve], /, *, spent: Spent, indicator: Volume) -> Band:
    """Median and range of an indicator over at least one repeat, against epochs or seconds spent."""
    at = np.unique(np.concatenate([getattr(curve, spent) for curve in curves]))
    values = np.array([_at(at, getattr(curve, spent), getattr(curve, indicator)) for curve in curves])
    steps = np.array([np.median(values, axis=0), values.min(axis=0), values.max(axis=0)])
    changes = (np.diff(steps, axis=1, prepend=math.nan) != 0).any(axis=0)
    changes[-1:] = True
    median, low, high = steps[:, changes]
    return Band(at=at[changes], median=median, low=low, high=high)


def reached(curve: Curve, /, *, level: float) -> float | None:
    """Epochs until the linear hypervolume is ``level`` and not zero; None where it never is."""
    enough = (curve.hypervolume >= level) & (curve.hypervolume > 0)
    return float(curve.epochs[enough.argmax()]) if enough.any() else None


def _at(at: Values, spent: Values, found: Values) -> Values:
    """A step function's values at these abscissae."""
    steps: Values = np.concatenate([[0.0], found])[np.searchsorted(spent, at, side="right")]
    return steps


def _volumes(trials: Sequence[Trial], box: Box) -> Values:
    gains = np.zeros(len(trials))
    complete = [place for place, trial in enumerate(trials) if trial.objectives is not None]
    points = np.array([trials[place].objectives for place in complete], dtype=float)
    staircase = Staircase()
    gains[complete] = [staircase.add(x, y) for x, y in box.normalise(points).tolist()]
    return np.cumsum(gains)


class Staircase:
    """A growing non-dominated set in the unit box, sorted, so that a point finds its neighbours by bisection."""

    def __init__(self) -> None:
        # The box's own edges stand at the ends, which spares every neighbour the question whether it is there.
        self._x = [-math.inf, 1.0]
        self._y = [1.0, -math.inf]

    def add(self, x: float, y: float) -> float:
        """The area that this point dominates in the box and no point before it did."""
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
