"""``Front``, an immutable, sorted set of non-dominated trials, and ``ExactFront``, the true one of a convex task."""

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
OutcomeT = TypeVar("OutcomeT", bound=Outcome)
EXACT_TOLERANCE = 1e-5  # nats per example; a trial's cross entropy is a sum in single precision


@dataclass(frozen=True)
class Front(Generic[OutcomeT]):
    """Mutually non-dominated trials, sorted by rising loss and therefore by falling l1.

    The first of several trials with equal objectives is kept. Trials that diverged or failed are left out.

    Attributes:
        trials: The trials on the front.

    Examples:
        >>> from frontsearch.trial import Outcome
        >>> objectives = {"a": (0.10, 50.0), "b": (0.12, 20.0), "c": (0.15, 30.0), "d": (0.40, 10.0)}
        >>> front = Front.of_trials(Outcome(key=key, objectives=point, metrics={}) for key, point in objectives.items())
        >>> [trial.key for trial in front.trials]
        ['a', 'b', 'd']
        >>> front.knee.key
        'b'
        >>> front.ideal, front.nadir
        ((0.1, 10.0), (0.4, 50.0))
    """

    trials: tuple[OutcomeT, ...]

    @classmethod
    def of_trials(cls, trials: Iterable[OutcomeT]) -> "Front[OutcomeT]":
        """The front of the non-dominated trials among ``trials``."""
        completed = [trial for trial in trials if trial.objectives is not None]
        points = as_points([_objectives(trial) for trial in completed])
        indices = nondominated(points)
        front = cls(tuple(completed[index] for index in indices))
        front.__dict__["points"] = points[indices]  # caches the property: rebuilding a million points takes a second
        return front

    @cached_property
    def points(self) -> Points:
        """Objective vectors, ``(n, 2)``: loss and l1."""
        return as_points([_objectives(trial) for trial in self.trials])

    @property
    def ideal(self) -> tuple[float, float]:
        """Componentwise best objectives of the front, which must not be empty."""
        return float(self.points[0, 0]), float(self.points[-1, 1])

    @property
    def nadir(self) -> tuple[float, float]:
        """Componentwise worst objectives of the front, which must not be empty."""
        return float(self.points[-1, 0]), float(self.points[0, 1])

    @property
    def knee(self) -> OutcomeT | None:
        """The trial farthest below the chord of the extremes, in ideal-nadir units; None if the front is empty."""
        if len(self.trials) < 3:
            return self.trials[0] if self.trials else None
        span = np.subtract(self.nadir, self.ideal)
        depth = 1.0 - ((self.points - self.ideal) / span).sum(axis=1)
        return self.trials[int(np.argmax(depth))]

    @cached_property
    def supported(self) -> tuple[OutcomeT, ...]:
        """The trials that are the only optimum of some weighted sum: the vertices of the lower-left convex hull."""
        hull: list[OutcomeT] = []
        for trial in self.trials:
            while len(hull) > 1 and _slope(hull[-2], hull[-1]) <= _slope(hull[-1], trial):
                hull.pop()
            hull.append(trial)
        return tuple(hull)

    @property
    def widest_knee(self) -> OutcomeT | None:
        """The supported trial that is optimal over the widest range of l1 weights [Reiners2020]_.

        A range is measured by the ratio of its ends, so units do not matter. The extremes are excluded because their
        ranges are unbounded. None if no other trial is supported.
        """
        slopes = [_slope(left, right) for left, right in pairwise(self.supported)]
        widths = [before / after if after else np.inf for before, after in pairwise(slopes)]  # a slope may underflow
        return self.supported[1 + int(np.argmax(widths))] if widths else None

    def gaps(self, *, log: bool = False) -> list[tuple[OutcomeT, OutcomeT]]:
        """All pairs of neighbours on the front, the pair farthest apart in ideal-nadir units first.

        Args:
            log: Whether to measure distances on log10 axes; trials with an objective of 0 are then left out.
        """
        front = Front(tuple(trial for trial in self.trials if not log or min(_objectives(trial)) > 0))
        if len(front.trials) < 2:
            return []
        points = np.log10(front.points) if log else front.points
        span = points[-1] - points[0]
        widths = np.linalg.norm(np.diff(points, axis=0) / span, axis=1)
        pairs = list(pairwise(front.trials))
        return [pairs[index] for index in np.argsort(-widths, kind="stable")]


@dataclass(frozen=True)
class ExactFront:
    """Points of the exact front of a convex task, by falling l1 weight; at the first, all penalised weights are zero.

    The front is a convex curve. It lies on or below the chord of two neighbouring points, and on or above every
    supporting line. At each point that is the line along which the weighted sum that was solved there is constant.

    Attributes:
        l1_weights: l1 weights of the weighted sums that were solved, ``(n,)``.
        points: Cross entropy in nats per example and l1 of the solutions, ``(n, 2)``.
    """

    l1_weights: Points
    points: Points

    @cached_property
    def lower_envelope(self) -> Points:
        """Vertices of a polyline that bounds the front from below, ``(m, 2)``, by rising l1.

        It is the maximum of the supporting lines, and starts and ends on the front.
        """
        sums = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        l1 = np.diff(sums) / np.diff(self.l1_weights)
        intersections = np.column_stack([sums[1:] - self.l1_weights[1:] * l1, l1])
        return np.concatenate([self.points[:1], intersections, self.points[-1:]])

    def height_above(self, points: Points, /) -> Points:
        """Height of ``points``, ``(n, 2)``, above the highest supporting line, in nats per example, ``(n,)``."""
        sums = points[:, :1] + points[:, 1:] * self.l1_weights
        optima = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        height: Points = (sums - optima).min(axis=1, initial=np.inf)
        return height

    def count_below(self, points: Points, /) -> int:
        """Number of ``points``, ``(n, 2)``, below the front by more than rounding; any such point is an error."""
        return int((self.height_above(points) < -EXACT_TOLERANCE).sum())


def nondominated(points: Points, /) -> list[int]:
    """Indices of the non-dominated ``points``, ``(n, 2)``, by rising first coordinate; of equal points the first.

    Raises:
        ValueError: If a coordinate is not finite, because dominance is then undefined.
    """
    check("objectives", points, "finite", holds=bool(np.isfinite(points).all()))
    first, second = points.T
    order = np.lexsort((second, first))  # stable: the first of equal points comes first
    second = second[order]
    kept = np.ones(len(order), dtype=bool)
    kept[1:] = second[1:] < np.minimum.accumulate(second)[:-1]
    indices: list[int] = order[kept].tolist()
    return indices


def as_points(points: Sequence[tuple[float, float]], /) -> Points:
    """These pairs as an array, ``(n, 2)``; five times as fast as ``np.array`` for a million pairs."""
    return np.fromiter(chain.from_iterable(points), dtype=float, count=2 * len(points)).reshape(-1, 2)


def _slope(left: Outcome, right: Outcome) -> float:
    """Fall in l1 per rise in the loss."""
    (loss_a, l1_a), (loss_b, l1_b) = _objectives(left), _objectives(right)
    return (l1_a - l1_b) / (loss_b - loss_a)


def _objectives(trial: Outcome) -> tuple[float, float]:
    if trial.objectives is None:
        raise ValueError(f"Trial {trial.key} must have objectives; it diverged.")
    return trial.objectives
