"""``Front``: an immutable, sorted non-dominated set with the trials behind its points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from frontsearch.errors import check
from frontsearch.trial import Outcome

Points = NDArray[np.float64]
Found = TypeVar("Found", bound=Outcome)
EXACT_TOLERANCE = 1e-5  # nats per example; a trial's cross entropy is a sum in single precision


@dataclass(frozen=True)
class Front(Generic[Found]):
    """Mutually non-dominated trials by rising cross entropy and so by falling l1.

    Of trials with equal objectives the one told first stays. Trials that diverged are no points.
    """

    trials: tuple[Found, ...]

    @classmethod
    def of_trials(cls, trials: Iterable[Found]) -> "Front[Found]":
        """The non-dominated ones among ``trials``."""
        complete = [trial for trial in trials if trial.objectives is not None]
        found = as_points([_objectives(trial) for trial in complete])
        places = nondominated(found)
        front = cls(tuple(complete[place] for place in places))
        front.__dict__["points"] = found[places]  # to gather them from a million trials again takes a second
        return front

    @cached_property
    def points(self) -> Points:
        """Objective vectors, ``(n, 2)``: cross entropy in nats per example, l1."""
        return as_points([_objectives(trial) for trial in self.trials])

    @property
    def ideal(self) -> tuple[float, float]:
        """Componentwise best over the front, which must not be empty."""
        return float(self.points[0, 0]), float(self.points[-1, 1])

    @property
    def nadir(self) -> tuple[float, float]:
        """Componentwise worst over the front, which must not be empty."""
        return float(self.points[-1, 0]), float(self.points[0, 1])

    @property
    def knee(self) -> Found | None:
        """The point farthest below the chord of the extremes, in ideal-nadir units; None on an empty front."""
        if len(self.trials) < 3:
            return self.trials[0] if self.trials else None
        span = np.subtract(self.nadir, self.ideal)
        depth = 1.0 - ((self.points - self.ideal) / span).sum(axis=1)
        return self.trials[int(np.argmax(depth))]

    @cached_property
    def supported(self) -> tuple[Found, ...]:
        """The points that some weighted sum makes the only best one: the vertices of the lower-left convex hull."""
        hull: list[Found] = []
        for trial in self.trials:
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], trial):
                hull.pop()
            hull.append(trial)
        return tuple(hull)

    @property
    def widest_knee(self) -> Found | None:
        """The supported point that stays best over the widest range of l1 weights [Reiners2020]_.

        Ranges are measured by the ratio of their ends, so units do not matter. The extremes' ranges have no end: they
        are no knees, and where nothing else is supported there is None.
        """
        slopes = [_slope(left, right) for left, right in pairwise(self.supported)]
        widths = [before / after if after else np.inf for before, after in pairwise(slopes)]  # a slope may underflow
        return self.supported[1 + int(np.argmax(widths))] if widths else None

    def gaps(self, *, log: bool = False) -> list[tuple[Found, Found]]:
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


@dataclass(frozen=True)
class ExactFront:
    """Exact points of a convex front by falling l1 weight, the first of them the network whose weights are all zero.

    The front is a convex curve. Between two points it lies below their chord, and everywhere above the line through
    each of them along which its weighted sum stays the same.

    Attributes:
        l1_weights: At which the weighted sums were solved, ``(n,)``.
        points: Cross entropy in nats per example and l1 of the solutions, ``(n, 2)``.
    """

    l1_weights: Points
    points: Points

    @cached_property
    def corners(self) -> Points:
        """The upper envelope of the supporting lines by rising l1, ``(m, 2)``: a polygon just below the front.

        It starts and ends on the front; what lies between it and the chords bounds by how much it is too low.
        """
        sums = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        l1 = np.diff(sums) / np.diff(self.l1_weights)
        meetings = np.column_stack([sums[1:] - self.l1_weights[1:] * l1, l1])
        return np.concatenate([self.points[:1], meetings, self.points[-1:]])

    def height(self, points: Points, /) -> Points:
        """By how many nats ``points``, ``(n, 2)``, lie above the highest of the supporting lines."""
        sums = points[:, :1] + points[:, 1:] * self.l1_weights
        least = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        height: Points = (sums - least).min(axis=1, initial=np.inf)
        return height

    def below(self, points: Points, /) -> int:
        """How many of ``points``, ``(n, 2)``, lie below the front by more than rounding: an objective is wrong."""
        return int((self.height(points) < -EXACT_TOLERANCE).sum())


def nondominated(points: Points, /) -> list[int]:
    """Places of the non-dominated ``points``, ``(n, 2)``, by rising first coordinate; of equal ones the first.

    Raises:
        ValueError: When a coordinate is not finite: nothing is better or worse than one that is undefined.
    """
    check("objectives", points, "finite", holds=bool(np.isfinite(points).all()))
    first, second = points.T
    order = np.lexsort((second, first))  # stable: the first of equal points comes first
    falling = second[order]
    kept = np.ones(len(order), dtype=bool)
    kept[1:] = falling[1:] < np.minimum.accumulate(falling)[:-1]
    places: list[int] = order[kept].tolist()
    return places


def as_points(points: Sequence[tuple[float, float]], /) -> Points:
    """These points as an array, ``(n, 2)``; of a million pairs a fifth of ``np.array``'s time."""
    return np.fromiter(chain.from_iterable(points), dtype=float, count=2 * len(points)).reshape(-1, 2)


def _slope(left: Outcome, right: Outcome) -> float:
    """By how much l1 falls where cross entropy rises by one nat."""
    (ce_a, l1_a), (ce_b, l1_b) = _objectives(left), _objectives(right)
    return (l1_a - l1_b) / (ce_b - ce_a)


def _objectives(trial: Outcome) -> tuple[float, float]:
    if trial.objectives is None:
        raise ValueError(f"Trial {trial.key} must have objectives; it diverged.")
    return trial.objectives
