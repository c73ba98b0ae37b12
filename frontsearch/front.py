"""``Front``: an immutable, sorted non-dominated set with the trials behind its points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from frontsearch.trial import Trial

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Front:
    """Mutually non-dominated trials by rising cross entropy and so by falling l1.

    Of trials with equal objectives the one told first stays. Trials that diverged are no points.
    """

    trials: tuple[Trial, ...]

    @classmethod
    def of_trials(cls, trials: Iterable[Trial]) -> "Front":
        """The non-dominated ones among ``trials``."""
        complete = [trial for trial in trials if trial.objectives is not None]
        return cls(tuple(complete[place] for place in nondominated([_objectives(trial) for trial in complete])))

    @cached_property
    def points(self) -> Points:
        """Objective vectors, ``(n, 2)``: cross entropy in nats per example, l1."""
        return np.array([_objectives(trial) for trial in self.trials], dtype=float).reshape(-1, 2)

    @property
    def ideal(self) -> tuple[float, float]:
        """Componentwise best over the front, which must not be empty."""
        return float(self.points[0, 0]), float(self.points[-1, 1])

    @property
    def nadir(self) -> tuple[float, float]:
        """Componentwise worst over the front, which must not be empty."""
        return float(self.points[-1, 0]), float(self.points[0, 1])

    @property
    def knee(self) -> Trial | None:
        """The point farthest below the chord of the extremes, in ideal-nadir units; None on an empty front."""
        if len(self.trials) < 3:
            return self.trials[0] if self.trials else None
        span = np.subtract(self.nadir, self.ideal)
        depth = 1.0 - ((self.points - self.ideal) / span).sum(axis=1)
        return self.trials[int(np.argmax(depth))]

    @cached_property
    def supported(self) -> tuple[Trial, ...]:
        """The points that some weighted sum makes the only best one: the vertices of the lower-left convex hull."""
        hull: list[Trial] = []
        for trial in self.trials:
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], trial):
                hull.pop()
            hull.append(trial)
        return tuple(hull)

    @property
    def widest_knee(self) -> Trial | None:
        """The supported point that stays best over the widest range of l1 weights [Reiners2020]_.

        Ranges are measured by the ratio of their ends, so units do not matter. The extremes' ranges have no end: they
        are no knees, and where nothing else is supported there is None.
        """
        slopes = [_slope(left, right) for left, right in pairwise(self.supported)]
        widths = [before / after for before, after in pairwise(slopes)]
        return self.supported[1 + int(np.argmax(widths))] if widths else None

    def gaps(self, *, log: bool = False) -> list[tuple[Trial, Trial]]:
        """All pairs of neighbours, those farthest apart in ideal-nadir units first.

        Args:
            log: Whether the axes are log10; points on an axis then have no place and no gaps.
        """
        front = Front(tuple(trial for trial in self.trials if not log or min(_objectives(trial)) > 0))
        if len(front.trials) < 2:
            return []
        points = np.log10(front.points) if log else front.points
        span = points[-1] - points[0]
        widths = np.linalg.norm(np.diff(points, axis=0) / span, axis=1)
        pairs = list(pairwise(front.trials))
        return [pairs[place] for place in np.argsort(-widths, kind="stable")]


def nondominated(points: Sequence[tuple[float, float]], /) -> list[int]:
    """Places of the non-dominated ones among these points by rising first coordinate; of equal ones the first."""
    kept: list[int] = []
    for place in sorted(range(len(points)), key=points.__getitem__):  # stable: the first of equal points comes first
        if not kept or points[place][1] < points[kept[-1]][1]:
            kept.append(place)
    return kept


def _slope(left: Trial, right: Trial) -> float:
    """By how much l1 falls where cross entropy rises by one nat."""
    (ce_a, l1_a), (ce_b, l1_b) = _objectives(left), _objectives(right)
    return (l1_a - l1_b) / (ce_b - ce_a)


def _objectives(trial: Trial) -> tuple[float, float]:
    if trial.objectives is None:
        raise ValueError(f"Trial {trial.key} must have objectives; it ended as {trial.status.value}.")
    return trial.objectives
