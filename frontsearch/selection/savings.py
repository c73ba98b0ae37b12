"""What one more point of error would save: from each network to the smallest one that is a point worse at most."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

from frontsearch.comparison import Point
from frontsearch.measures import Measure, Measures
from frontsearch.selection.rules import METRIC_TOLERANCE, cost, size, smallest_first, with_measure

POINT = 0.01  # a percentage point of an error, a hundredth of any other metric


@dataclass(frozen=True, slots=True)
class Saving:
    """What a worse metric buys.

    Attributes:
        point: The network that is given up.
        smaller: The smallest living network whose first metric is at most one point worse; None if none is smaller.
    """

    point: Point
    smaller: Point | None

    def text(self, measures: Measures) -> str:
        """What is saved, for people, such as ``812 of 1,485 nonzeros by trial 0123abcd (error 3.33 %)``."""
        if self.smaller is None:
            return "nothing: no smaller network is within it"
        metrics, smaller = self.point.trial.metrics, self.smaller.trial.metrics
        before, after = (each[measures.size.key] for each in (metrics, smaller))
        criterion = measures.criterion
        value = criterion.text(smaller[criterion.on("validation")])
        return (
            f"{before - after:,.0f} of {before:,.0f} {measures.size.label} by trial {self.smaller.trial.key[:8]} "
            f"(validation {criterion.label} {value})"
        )


def savings(points: Sequence[Point], measures: Measures) -> Mapping[str, Saving]:
    """What one more point would save, for each of the points whose first metric and size are known, by trial key."""
    criterion, by = measures.criterion, measures.size.key
    known = [point for point in with_measure(points, criterion) if by in point.trial.metrics]
    alive = sorted((point for point in known if not point.dead), key=lambda point: cost(point, criterion))
    by_size = partial(smallest_first, measures=measures)
    costs = [cost(point, criterion) for point in alive]
    smallest: list[Point] = list(accumulate(alive, lambda *pair: min(pair, key=by_size)))
    found: dict[str, Saving] = {}
    for point in known:
        within = bisect_right(costs, cost(point, criterion) + POINT + METRIC_TOLERANCE)
        smaller = smallest[within - 1] if within else None
        is_smaller = smaller is not None and size(smaller, measures)[0] < size(point, measures)[0]
        found[point.trial.key] = Saving(point, smaller if is_smaller else None)
    return found


def saving_title(criterion: Measure) -> str:
    """What is given up, for people, such as ``One more percentage point of error``."""
    if criterion.unit == "%":
        return f"One more percentage point of {criterion.label}"
    return f"{POINT:g} {'less' if criterion.maximise else 'more'} {criterion.label}"
