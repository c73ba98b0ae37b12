"""``SmallestWithinError``: the smallest network with an error of at most so much."""

from collections.abc import Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point
from frontsearch.errors import check_positive
from frontsearch.measures import ERROR_RATE, Measures
from frontsearch.selection.rules import (
    LIMIT_DIGITS,
    METRIC_TOLERANCE,
    NO_NETWORK,
    OTHER_RULE,
    cost,
    none_has,
    smallest_first,
    with_measure,
)


@dataclass(frozen=True, slots=True)
class SmallestWithinError:
    """Picks the smallest network among those whose error on validation data is within a limit.

    The smallest has the fewest nonzeros, or multiply-adds where group l1 is minimised.

    Attributes:
        max_error: The highest error allowed, in percent.

    Raises:
        ValueError: When ``max_error`` is negative or not finite.
    """

    max_error: float

    def __post_init__(self) -> None:
        check_positive(max_error=self.max_error, or_zero=True)

    def description(self, measures: Measures) -> str:
        """One sentence for users that says which network the rule picks."""
        among = f"among those with validation error at most {self.max_error:{LIMIT_DIGITS}} %"
        return f"The network with the fewest {measures.size.label} {among}."

    def choose(self, points: Sequence[Point], measures: Measures) -> Point | str:
        """Picks the smallest within the limit; of equals the lowest error, then loss, then key."""
        if not points:
            return NO_NETWORK
        if ERROR_RATE not in measures.metrics:
            return f"The task has no error; it is measured by {measures.criterion.label}. {OTHER_RULE}"
        limit = self.max_error / ERROR_RATE.factor + METRIC_TOLERANCE
        allowed = [point for point in with_measure(points, ERROR_RATE) if cost(point, ERROR_RATE) <= limit]
        if not allowed:
            return self.none_within(f"{self.max_error:{LIMIT_DIGITS}}", points, measures)
        return min(allowed, key=lambda point: smallest_first(point, measures, ERROR_RATE))

    def none_within(self, limit: str, points: Sequence[Point], measures: Measures) -> str:
        """The sentence where no network is within the limit."""
        measured = with_measure(points, ERROR_RATE)
        if not measured:
            return none_has(ERROR_RATE)
        least = min(measured, key=lambda point: (cost(point, ERROR_RATE), smallest_first(point, measures, ERROR_RATE)))
        error = ERROR_RATE.text(cost(least, ERROR_RATE))
        return (
            f"No network on the fronts has validation error at most {limit} %; "
            f"the smallest is trial {least.trial.key[:8]} with {error}."
        )
