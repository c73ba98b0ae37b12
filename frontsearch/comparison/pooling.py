"""Figures over the studies of a collection, from their comparisons alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from frontsearch.comparison.comparison import Comparison
from frontsearch.names import HYPERVOLUME_RATIO


@dataclass(frozen=True, slots=True)
class Pool:
    """An indicator's values over several studies and their repeats."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return float(median(self.values))

    @property
    def least(self) -> float:
        """The worst one."""
        return min(self.values)


def pooled_ratios(comparisons: Iterable[Comparison]) -> dict[str, Pool]:
    """``hypervolume_ratio`` by method, over the comparisons that have an exact front."""
    values: dict[str, list[float]] = {}
    for comparison in comparisons:
        for figures in comparison.runs if comparison.exact else ():
            values.setdefault(figures.run.method, []).append(figures.indicators[HYPERVOLUME_RATIO])
    return {method: Pool(tuple(found)) for method, found in values.items()}
