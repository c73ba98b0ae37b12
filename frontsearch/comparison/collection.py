"""Methods compared over the studies of a collection, one value for each study: studies are the sample [Demsar2006]_."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import mean

from frontsearch.comparison.comparison import Comparison
from frontsearch.comparison.posterior import Posterior, signed_rank_posterior
from frontsearch.comparison.ranks import MeanRanks, mean_ranks
from frontsearch.comparison.significance import holm, signed_rank_p, superiority


@dataclass(frozen=True, kw_only=True, slots=True)
class PairAcross:
    """Two methods over several studies, by the medians of the hypervolumes that rank them there.

    Attributes:
        first: Name of the first method, of the better mean rank.
        second: Name of the second method.
        wins: Number of studies in which the first method's median is higher.
        ties: Number of studies in which both are equal.
        studies: Number of studies.
        p: Exact two-sided p-value of Wilcoxon's signed-rank test on the differences of medians.
        p_holm: The same after Holm's correction for all pairs.
        effect: Mean over studies of Vargha and Delaney's A, over repeats.
        posterior: Probabilities that the first method is better, equivalent or worse in a further study.
    """

    first: str
    second: str
    wins: int
    ties: int
    studies: int
    p: float
    p_holm: float
    effect: float
    posterior: Posterior


@dataclass(frozen=True, kw_only=True, slots=True)
class AcrossStudies:
    """The methods that all studies of a collection have.

    Attributes:
        ranks: Their mean ranks over studies.
        pairs: Every two of them, in the order of ranks.
    """

    ranks: MeanRanks
    pairs: tuple[PairAcross, ...]


def across_studies(comparisons: Sequence[Comparison], /) -> AcrossStudies | None:
    """The methods that all of these studies have, compared; None for less than two methods or studies.

    Methods are tested by Wilcoxon's signed-rank test with Holm's correction and not by Nemenyi's critical distance of
    mean ranks, in which whether two methods differ depends on the others that are compared [Benavoli2016]_.
    """
    common = [method for method in comparisons[0].methods if all(method in each.methods for each in comparisons[1:])]
    if len(common) < 2 or len(comparisons) < 2:
        return None
    blocks = [{method: study.median(method, study.ranked_by) for method in common} for study in comparisons]
    ranks = mean_ranks(blocks)
    ordered = sorted(common, key=lambda method: ranks[method])
    tested = [_pair(names, blocks, comparisons) for names in combinations(ordered, 2)]
    corrected = holm([pair.p for pair in tested])
    pairs = tuple(replace(pair, p_holm=p) for pair, p in zip(tested, corrected, strict=True))
    p_values = {frozenset({pair.first, pair.second}): pair.p_holm for pair in pairs}
    return AcrossStudies(ranks=MeanRanks.of(ranks, p_values), pairs=pairs)


def _pair(
    names: tuple[str, str], blocks: Sequence[Mapping[str, float]], comparisons: Sequence[Comparison]
) -> PairAcross:
    first, second = names
    differences = [block[first] - block[second] for block in blocks]
    effects = [superiority(*(study.values(name, study.ranked_by) for name in names)) for study in comparisons]
    p = signed_rank_p(differences)
    return PairAcross(
        first=first, second=second, wins=sum(each > 0 for each in differences),
        ties=sum(each == 0 for each in differences), studies=len(differences), p=p, p_holm=p, effect=mean(effects),
        posterior=signed_rank_posterior(differences),
    )  # fmt: skip
