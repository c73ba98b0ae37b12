"""Mean ranks of several methods, and which of them no test tells apart: a critical-difference diagram [Demsar2006]_."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from frontsearch.comparison.significance import ALPHA, superiority

Pair = frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanRanks:
    """Mean ranks and the groups that a diagram joins by bars.

    Attributes:
        ranks: Mean rank by method, the best method first; 1 is the best rank.
        groups: Neighbours in this order; no two of them differ significantly, as many as possible in each group. A pair
            that differs is in no group; one that does not may be in none if a method between them differs from either.
    """

    ranks: Mapping[str, float]
    groups: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, ranks: Mapping[str, float], p_values: Mapping[Pair, float]) -> "MeanRanks":
        """The ranks in order, with the groups that follow from the corrected p-value of every pair."""
        methods = sorted(ranks, key=lambda method: ranks[method])
        different = {pair for pair, p in p_values.items() if p <= ALPHA}
        return cls(ranks={method: ranks[method] for method in methods}, groups=_groups(methods, different))


def expected_ranks(values: Mapping[str, Sequence[float]], /) -> dict[str, float]:
    """Mean rank of each method over all ways to take one repeat of each.

    Repeats of equal number have nothing in common, so none of these ways is better than another. The mean is 1 plus the
    probabilities that each other method's repeat is the better one, ties counted half.

    Args:
        values: Value of each repeat by method; higher is better.
    """
    return {
        method: 1.0 + sum(superiority(values[other], own) for other in values if other != method)
        for method, own in values.items()
    }


def mean_ranks(blocks: Sequence[Mapping[str, float]], /) -> dict[str, float]:
    """Mean over blocks, such as studies, of each method's rank in the block; ties share their mean rank.

    Args:
        blocks: Value of each method by name, with the same methods in every block; higher is better.
    """
    ranks = [expected_ranks({method: [value] for method, value in block.items()}) for block in blocks]
    return {method: fmean(block[method] for block in ranks) for method in blocks[0]}


def _groups(methods: Sequence[str], different: Collection[Pair]) -> tuple[tuple[str, ...], ...]:
    """The maximal runs of two or more consecutive methods without a pair that differs."""
    groups: list[tuple[str, ...]] = []
    reached = 0
    for start in range(len(methods)):
        end = start + 1
        while end < len(methods) and not any(
            frozenset({each, methods[end]}) in different for each in methods[start:end]
        ):
            end += 1
        if end - start > 1 and end > reached:
            groups.append(tuple(methods[start:end]))
            reached = end
    return tuple(groups)
