"""Rules that pick one network from the points of a front by their metrics on validation data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from frontsearch.comparison import Point
from frontsearch.errors import check
from frontsearch.front import Front
from frontsearch.names import L1, NONZEROS, VALIDATION_CROSS_ENTROPY, VALIDATION_ERROR
from frontsearch.trial import Outcome

# Errors are rounded sums. One wrong answer in a million is a thousand times more than this.
KneeName = Literal["chord", "weights"]
KNEES: tuple[KneeName, ...] = ("chord", "weights")
ERROR_TOLERANCE = 1e-9
NO_NETWORK = "No training completed, so there is no network to pick."


class Rule(Protocol):
    """A rule that picks a network by its metrics on validation data, never by those on test data."""

    @property
    def description(self) -> str:
        """One sentence for users that says which network the rule picks."""

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Picks one of the points, of which there may be none.

        Returns:
            The point, or one sentence for users that says why there is none and names the nearest alternative.
        """


@dataclass(frozen=True, slots=True)
class Knee:
    """Picks the knee of the front of cross entropy and l1.

    Attributes:
        by: Definition of the knee. ``chord``: the point farthest below the chord of the front's extremes. ``weights``:
            the supported point that stays best over the widest range of l1 weights [Reiners2020]_.

    Raises:
        ValueError: When ``by`` is neither.
    """

    by: KneeName = "chord"

    def __post_init__(self) -> None:
        check("knee", self.by, "chord or weights", holds=self.by in KNEES)

    @property
    def description(self) -> str:
        """One sentence for users that says which network the rule picks."""
        if self.by == "chord":
            return "The knee: the network farthest below the straight line between the ends of the front."
        return (
            "The knee by weights: the network whose weighted sum of cross entropy and l1 is lowest over the widest "
            "range of l1 weights."
        )

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Picks the knee; a front without supported points between its extremes has none by weights."""
        front = Front.of_trials(point.trial for point in points)
        knee = front.knee if self.by == "chord" else front.widest_knee
        if knee is not None:
            return next(point for point in points if point.trial.key == knee.key)
        if front.knee is None:
            return NO_NETWORK
        return (
            "There is no knee by weights, because no network between the ends of the front has the lowest weighted sum "
            f"for any l1 weight. The knee by chord is {_described(front.knee)}."
        )


@dataclass(frozen=True, slots=True)
class BestWithinLimit:
    """Picks the lowest cross entropy on validation data among the networks within a limit on their weights.

    Attributes:
        metric: The limited metric, ``l1`` or ``nonzeros``.
        limit: The highest value allowed.

    Raises:
        ValueError: When the limit is negative or not finite.
    """

    metric: Literal["l1", "nonzeros"]
    limit: float

    def __post_init__(self) -> None:
        check(f"max_{self.metric}", self.limit, "finite and not negative", holds=0 <= self.limit < math.inf)

    @property
    def description(self) -> str:
        """One sentence for users that says which network the rule picks."""
        return (
            "The network of lowest validation cross entropy among those on the fronts "
            f"with {self.metric} at most {self.limit:g}."
        )

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Picks the lowest cross entropy within the limit; of equal ones the smaller network."""
        if not points:
            return NO_NETWORK
        allowed = [point for point in points if self._size(point) <= self.limit]
        if allowed:
            return min(allowed, key=lambda point: (loss(point), self._size(point)))
        smallest = min(points, key=lambda point: (self._size(point), loss(point)))
        return (
            f"No network on the fronts has {self.metric} at most {self.limit:g}; "
            f"the smallest is {_described(smallest.trial)}."
        )

    def _size(self, point: Point) -> float:
        return point.l1 if self.metric == L1 else nonzeros(point)


@dataclass(frozen=True, slots=True)
class Sparsest:
    """Picks the fewest nonzeros among the networks whose validation error is close to the lowest.

    Attributes:
        max_error_increase: How far the error may be above the lowest, in percentage points.

    Raises:
        ValueError: When ``max_error_increase`` is negative or not finite.
    """

    max_error_increase: float

    def __post_init__(self) -> None:
        increase = self.max_error_increase
        check("max_error_increase", increase, "finite and not negative", holds=0 <= increase < math.inf)

    @property
    def description(self) -> str:
        """One sentence for users that says which network the rule picks."""
        return (
            "The network with the fewest nonzeros among those with a validation error at most "
            f"{self.max_error_increase:g} percentage points above the lowest."
        )

    def choose(self, points: Sequence[Point]) -> Point | str:
        """Picks the fewest nonzeros within the increase; of equals the lowest error, then cross entropy, then key."""
        measured = [point for point in points if has_error(point)]
        if not measured:
            return "The task has no error metric, so no network can be picked by its error." if points else NO_NETWORK
        limit = min(map(error, measured)) + self.max_error_increase / 100 + ERROR_TOLERANCE
        allowed = [point for point in measured if error(point) <= limit]
        return min(allowed, key=lambda point: (nonzeros(point), error(point), loss(point), point.trial.key))


def loss(point: Point) -> float:
    """Validation cross entropy, which is not the objective if the study minimises on another split."""
    return point.trial.metrics[VALIDATION_CROSS_ENTROPY]


def nonzeros(point: Point) -> float:
    """Number of prunable weights that are not zero."""
    return point.trial.metrics[NONZEROS]


def error(point: Point) -> float:
    """Validation error, a share."""
    return point.trial.metrics[VALIDATION_ERROR]


def has_error(point: Point) -> bool:
    """Whether the task has an error metric."""
    return VALIDATION_ERROR in point.trial.metrics


def _described(trial: Outcome) -> str:
    metrics = trial.metrics
    return (
        f"trial {trial.key[:8]} (validation cross entropy {metrics[VALIDATION_CROSS_ENTROPY]:.4f}, "
        f"l1 {metrics[L1]:.5g}, {metrics[NONZEROS]:.0f} nonzeros)"
    )
