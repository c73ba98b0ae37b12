"""Indicators pooled over all studies of a collection."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from frontsearch.comparison.comparison import Comparison
from frontsearch.names import HYPERVOLUME_RATIO


@dataclass(frozen=True, slots=True)
class PooledIndicator:
    """Values of an indicator over several studies and their repeats."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median value."""
        return float(median(self.values))

    @property
    def least(self) -> float:
        """Minimum value."""
        return min(self.values)


def pooled_ratios(comparisons: Iterable[Comparison]) -> dict[str, PooledIndicator]:
    """Values of ``hypervolume_ratio`` by method, over all comparisons that have an exact front."""
    values: dict[str, list[float]] = {}
    for comparison in comparisons:
        for result in comparison.runs if comparison.exact else ():
            values.setdefault(result.run.method, []).append(result.indicators[HYPERVOLUME_RATIO])
    return {method: PooledIndicator(tuple(ratios)) for method, ratios in values.items()}
