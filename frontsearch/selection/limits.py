"""From which limit on a rule picks which network: a rule with a limit as a table, for a page that applies it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from frontsearch.comparison import Point
from frontsearch.measures import ERROR_RATE, Measure, Measures
from frontsearch.selection.rules import (
    LIMITED,
    METRIC_TOLERANCE,
    NO_NETWORK,
    BestWithinLimit,
    cost,
    none_has,
    smallest_first,
    with_measure,
)
from frontsearch.selection.within_error import SmallestWithinError

GAP = "metric"  # name of the rule Sparsest in points, beside those of ``LIMITED``
WITHIN = "error"  # and that of SmallestWithinError
LIMIT = "\0"  # stands in a sentence where the limit goes


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitTable:
    """What a rule picks at any limit.

    Attributes:
        limits: Rising limits; from each on, another network is picked.
        keys: Keys of the networks' trials.
        below: The sentence for limits below the first, with ``LIMIT`` where the limit goes.
    """

    limits: tuple[float, ...]
    keys: tuple[str, ...]
    below: str


def limit_tables(points: Sequence[Point], measures: Measures) -> Mapping[str, LimitTable]:
    """The table of every rule with a limit, by the names in ``LIMITED``, ``WITHIN`` and ``GAP``."""
    front = _smallest_front(points, measures, measures.criterion)
    lowest = cost(front[0], measures.criterion) if front else math.inf
    tables = {metric: _limit_table(points, metric, measures) for metric in LIMITED}
    below = none_has(measures.criterion) if points else NO_NETWORK
    tables[GAP] = _metric_table(front, measures.criterion, least=lowest, below=below)
    if ERROR_RATE in measures.metrics:
        front = _smallest_front(points, measures, ERROR_RATE)
        below = SmallestWithinError(0).none_within(LIMIT, points, measures) if points else NO_NETWORK
        tables[WITHIN] = _metric_table(front, ERROR_RATE, least=0.0, below=below)
    return tables


def _smallest_front(points: Sequence[Point], measures: Measures, metric: Measure) -> list[Point]:
    """The points that are non-dominated by a metric and by size."""
    measured = with_measure(points, metric)
    return list(_front_by(measured, lambda point: (cost(point, metric), smallest_first(point, measures, metric))))


def _metric_table(front: Sequence[Point], criterion: Measure, *, least: float, below: str) -> LimitTable:
    """Limits on how far a metric is above ``least``, in hundredths; none is negative, whatever the tolerance."""
    above = (cost(point, criterion) - least - METRIC_TOLERANCE for point in front)
    return _table(front, tuple(100 * max(0.0, each) for each in above), below)


def _limit_table(points: Sequence[Point], metric: str, measures: Measures) -> LimitTable:
    rule = BestWithinLimit(metric, 0)
    known = rule.known(points, measures)
    front = list(_front_by(known, lambda point: (rule.value(point), (cost(point, measures.loss),))))
    below = rule.none_within(LIMIT, points, measures) if points else NO_NETWORK
    return _table(front, tuple(map(rule.value, front)), below)


def _table(front: Sequence[Point], limits: tuple[float, ...], below: str) -> LimitTable:
    return LimitTable(limits=limits, keys=tuple(point.trial.key for point in front), below=below)


def _front_by(
    points: Iterable[Point], metrics: Callable[[Point], tuple[float, tuple[float | str, ...]]]
) -> Iterator[Point]:
    """The points that are non-dominated in two metrics; of points equal in both, the first.

    The second metric is a tuple, whose first entries count first.
    """
    lowest: tuple[float | str, ...] = (math.inf, math.inf)
    for point in sorted(points, key=metrics):
        if (second := metrics(point)[1]) < lowest:
            lowest = second
            yield point
