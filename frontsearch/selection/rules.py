"""Rules that pick one network from the points of a front by their metrics on validation data."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from frontsearch.comparison import Point
from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.measures import BENCHMARKED, NONZERO_WEIGHTS, SIZES, Measure, Measures
from frontsearch.names import L1, NONZEROS
from frontsearch.trial import Outcome

KneeName = Literal["chord", "weights"]
KNEES: tuple[KneeName, ...] = ("chord", "weights")
LIMITED = (L1, *SIZES, *BENCHMARKED)  # what a network may be limited in; l1 stands for the complexity of any kind
# Metrics are rounded sums. One wrong answer in a million is a thousand times more than this.
METRIC_TOLERANCE = 1e-9
LIMIT_DIGITS = ".15g"  # all that a user can have given; bytes and multiply-adds have many
NO_NETWORK = "No training completed, so there is no network to pick."
OTHER_RULE = "Pick by another rule, such as the knee."


class Rule(Protocol):
    """A rule that picks a network by its metrics on validation data, never by those on test data."""

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks one of the points, of which there may be none.

        Returns:
            The point, or one sentence for users that says why there is none and names the nearest alternative.
        """


@dataclass(frozen=True, slots=True)
class Knee:
    """Picks the knee of the front of loss and complexity.

    Attributes:
        by: Definition of the knee. ``chord``: the point farthest below the chord of the front's extremes. ``weights``:
            the supported point that stays best over the widest range of l1 weights [Reiners2020]_.

    Raises:
        ValueError: When ``by`` is neither.
    """

    by: KneeName = "chord"

    def __post_init__(self) -> None:
        check("knee", self.by, "chord or weights", holds=self.by in KNEES)

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        if self.by == "chord":
            return "The knee: the network farthest below the straight line between the ends of the front."
        return (
            f"The knee by weights: the network whose weighted sum of {measures.loss.label} and "
            f"{measures.complexity.label} is lowest over the widest range of l1 weights."
        )

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the knee; a front without supported points between its extremes has none by weights."""
        front = Front.of_trials(point.trial for point in points)
        knee = front.knee if self.by == "chord" else front.widest_knee
        if knee is not None:
            return next(point for point in points if point.trial.key == knee.key)
        if front.knee is None:
            return NO_NETWORK
        return (
            "There is no knee by weights, because no network between the ends of the front has the lowest weighted sum "
            f"for any l1 weight. The knee by chord is {described(front.knee, measures)}."
        )


@dataclass(frozen=True, slots=True)
class BestWithinLimit:
    """Picks the lowest loss on validation data among the networks within a limit on their size.

    Attributes:
        metric: What is limited, one of ``LIMITED``.
        limit: The highest value allowed.

    Raises:
        ValueError: When the limit is negative or not finite.
    """

    metric: str
    limit: float

    def __post_init__(self) -> None:
        check_positive(or_zero=True, **{f"max_{self.metric}": self.limit})

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        measured = " that `frontsearch bench` measured," if self.metric in BENCHMARKED else ""
        return (
            f"The network of lowest validation {measures.loss.label} among those on the fronts{measured} "
            f"with {self.measure(measures).label} at most {self.limit:{LIMIT_DIGITS}}."
        )

    def measure(self, measures: Measures) -> Measure:
        """What is limited."""
        return measures.complexity if self.metric == L1 else {**SIZES, **BENCHMARKED}[self.metric]

    def unknown(self, measures: Measures) -> str:
        """The sentence where no network has what is limited."""
        if self.metric in BENCHMARKED:
            return (
                f"The {self.measure(measures).label} of no network on the fronts are known: measure some with "
                "`frontsearch bench RUN KEY`, all on one machine; of a task made in a Python program, it measures only "
                f"exported .onnx files, which no rule takes into account. {OTHER_RULE}"
            )
        return (
            f"The {self.measure(measures).label} of no network on the fronts are known: an earlier version trained "
            f"them, or their forward pass cannot be followed. {OTHER_RULE}"
        )

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the lowest loss within the limit; of equal ones the smaller network."""
        if not points:
            return NO_NETWORK
        allowed = [point for point in self.known(points, measures) if self.value(point) <= self.limit]
        if not allowed:
            return self.none_within(f"{self.limit:{LIMIT_DIGITS}}", points, measures)
        return min(allowed, key=lambda point: (cost(point, measures.loss), self.value(point)))

    def none_within(self, limit: str, points: Sequence[Point], measures: Measures) -> str:
        """The sentence where none of these points is within the limit."""
        known, measure = self.known(points, measures), self.measure(measures)
        if not known:
            return self.unknown(measures) if with_measure(points, measures.loss) else none_has(measures.loss)
        smallest = min(known, key=lambda point: (self.value(point), cost(point, measures.loss)))
        return (
            f"No network on the fronts has {measure.label} at most {limit}; "
            f"the smallest is {described(smallest.trial, measures, measure)}."
        )

    def known(self, points: Iterable[Point], measures: Measures) -> list[Point]:
        """The points that have both what is limited and a finite loss."""
        return [point for point in with_measure(points, measures.loss) if math.isfinite(self.value(point))]

    def value(self, point: Point) -> float:
        """What is limited, of a network; infinite where that is unknown."""
        return point.complexity if self.metric == L1 else _size(point, self.metric)


@dataclass(frozen=True, slots=True)
class Sparsest:
    """Picks the smallest network among those whose first metric on validation data is close to the best.

    The smallest has the fewest nonzeros, or multiply-adds where group l1 is minimised. Where the task has no metric,
    its loss is what is compared.

    Attributes:
        max_metric_gap: How much worse than the best the metric may be, in its own unit; an error is a share.

    Raises:
        ValueError: When ``max_metric_gap`` is negative or not finite.
    """

    max_metric_gap: float

    def __post_init__(self) -> None:
        check_positive(max_metric_gap=self.max_metric_gap, or_zero=True)

    @classmethod
    def of_points(cls, max_error_increase: float) -> Self:
        """The rule for a gap in points: percentage points of an error, hundredths of any other metric.

        Raises:
            ValueError: When it is negative or not finite.
        """
        check_positive(max_error_increase=max_error_increase, or_zero=True)
        return cls(max_error_increase / 100)

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        why = "" if measures.metric else ", as the task has no metric beside its loss"
        among = f"among those with a {self.limit(measures.criterion)}{why}"
        return f"The network with the fewest {measures.size.label} {among}."

    def limit(self, measure: Measure) -> str:
        """The limit in words, such as ``validation error at most 0.5 percentage points above the lowest``."""
        side = "below" if measure.maximise else "above"
        gap = measure.gap_text(self.max_metric_gap)
        return f"validation {measure.label} at most {gap} {side} the {measure.best}"

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the smallest within the gap; of equals the best metric, then loss, then key."""
        criterion = measures.criterion
        measured = with_measure(points, criterion)
        if not points:
            return NO_NETWORK
        if not measured:
            return none_has(criterion)
        limit = min(cost(point, criterion) for point in measured) + self.max_metric_gap + METRIC_TOLERANCE
        allowed = [point for point in measured if cost(point, criterion) <= limit]
        return min(allowed, key=lambda point: smallest_first(point, measures))


def cost(point: Point, measure: Measure) -> float:
    """A measure on validation data, less is better; a loss there is no objective if the study minimises on others."""
    return measure.cost(point.trial.metrics)


def nonzeros(point: Point) -> float:
    """Number of prunable weights that are not zero."""
    return point.trial.metrics[NONZEROS]


def size(point: Point, measures: Measures) -> tuple[float, float]:
    """What makes a network small: the size on the second front, infinite where that is unknown, and the nonzeros."""
    return _size(point, measures.size.key), nonzeros(point)


def smallest_first(point: Point, measures: Measures, by: Measure | None = None) -> tuple[float | str, ...]:
    """A sort key by size; of equals the best first metric counts, or the measure ``by``, then loss, then key."""
    return (*size(point, measures), cost(point, by or measures.criterion), cost(point, measures.loss), point.trial.key)


def with_measure(points: Iterable[Point], measure: Measure) -> list[Point]:
    """The points with a finite value of the measure on validation data."""
    return [point for point in points if measure.known(point.trial.metrics)]


def none_has(measure: Measure) -> str:
    """The sentence where no network has a finite value of the measure on validation data."""
    return f"No network has a finite validation {measure.label}, so none can be picked by it. {OTHER_RULE}"


def _size(point: Point, name: str) -> float:
    return point.trial.metrics.get(name, math.inf)


def described(trial: Outcome, measures: Measures, limited: Measure = NONZERO_WEIGHTS) -> str:
    """A network by key, loss, complexity and sizes, among them the limited one."""
    metrics, loss, complexity = trial.metrics, measures.loss, measures.complexity
    sizes = (
        size for size in (*SIZES.values(), *BENCHMARKED.values()) if size == limited or size in measures.listed_sizes
    )
    return (
        f"trial {trial.key[:8]} (validation {loss.label} {metrics[loss.on('validation')]:.4f}, "
        f"{complexity.label} {metrics[complexity.key]:.5g}, "
        f"{', '.join(f'{metrics[size.key]:.10g} {size.label}' for size in sizes if size.key in metrics)})"
    )
