"""Pairwise tests over repeats: is one method better than another, or was it only luckier?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

ALPHA = 0.05  # significance level


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodPair:
    """Test of two methods, by an indicator that is better when higher.

    Attributes:
        first: Name of the first method.
        second: Name of the second method.
        wins: Number of repeats in which the first method beats the second's repeat of the same number.
        ties: Number of repeats in which both are equal.
        repeats: Number of repeats that both methods have; methods of different studies may have none in common.
        p: Two-sided p-value of the rank-sum test; None where a method has only one repeat.
        p_holm: The p-value after Holm's correction for testing all pairs; None where ``p`` is.
        effect: Effect size, Vargha and Delaney's A: the probability that a repeat of the first method is better than
            a repeat of the second, ties counted half. 1/2 means no difference.
    """

    first: str
    second: str
    wins: int
    ties: int
    repeats: int
    p: float | None
    p_holm: float | None
    effect: float


def pairs(values: Mapping[str, Mapping[int, float]], /) -> tuple[MethodPair, ...]:
    """Tests every pair of methods, in the methods' order.

    The test is for unpaired samples. The seeds of a repeat derive from the method's name and the repeat's number, so
    repeats of equal number in two methods share neither initial weights nor the order of examples. They share only the
    task and its splits, as all repeats do. Wins by repeat number are counted because they are easy to read.

    Args:
        values: Value of each repeat by method and repeat number; higher is better.
    """
    tested = [_pair(names, [values[name] for name in names]) for names in combinations(values, 2)]
    corrected = iter(holm([pair.p for pair in tested if pair.p is not None]))
    return tuple(pair if pair.p is None else replace(pair, p_holm=next(corrected)) for pair in tested)


def rank_sum_p(first: Sequence[float], second: Sequence[float], /) -> float:
    """Exact two-sided p-value of the rank-sum test [Mann1947]_, valid with ties.

    It is the share of all ways to split the values into samples of these sizes for which the rank sum of the first
    sample is at least as far from its expectation as the observed one.
    """
    values = np.array([*first, *second])
    scores = [int((values < value).sum() + (values <= value).sum()) for value in values]  # twice the mean rank, less 1
    total, size = sum(scores), len(first)
    ways = np.zeros((size + 1, total + 1))  # ways[n, s]: how many choices of n values have scores that sum to s
    ways[0, 0] = 1.0
    for score in scores:
        ways[1:, score:] += ways[:-1, : total + 1 - score]
    distance = np.abs(np.arange(total + 1) * len(values) - total * size)
    extreme = distance >= distance[sum(scores[:size])]
    return float(ways[size, extreme].sum() / ways[size].sum())


def signed_rank_p(differences: Sequence[float], /) -> float:
    """Exact two-sided p-value of the signed-rank test [Wilcoxon1945]_, valid with ties and zeros.

    It is the share of all ways to choose the signs for which the signed sum of ranks is at least as far from 0 as the
    observed one. Zeros have ranks but no sign [Pratt1959]_.
    """
    sizes, signs = np.abs(differences), np.sign(differences)
    scores = [int((sizes < size).sum() + (sizes <= size).sum() + 1) for size in sizes]  # twice the mean rank
    signed = [score for score, sign in zip(scores, signs, strict=True) if sign]
    ways = np.zeros(sum(signed) + 1)  # ways[s]: how many choices of positive ones have scores that sum to s
    ways[0] = 1.0
    for score in signed:
        ways[score:] = ways[score:] + ways[: len(ways) - score]
    distance = np.abs(2 * np.arange(len(ways)) - sum(signed))
    observed = abs(sum(score * sign for score, sign in zip(scores, signs.tolist(), strict=True)))
    return float(ways[distance >= observed].sum() / ways.sum())


def smallest_signed_rank_p(differences: int, /) -> float:
    """Smallest p-value that so many differences can have: 0.25 for 3, 0.031 for 6."""
    return 0.5 ** (differences - 1)


def smallest_p(first: int, second: int, /) -> float:
    """Smallest p-value that samples of these sizes can have: 0.33 for 2 and 2, 0.1 for 3 and 3, 0.0079 for 5 and 5."""
    return 2 / comb(first + second, first)


def holm(ps: Sequence[float], /) -> list[float]:
    """P-values after Holm's correction for multiple tests [Holm1979]_, in the same order.

    Rejecting where the corrected value is at most ``alpha`` keeps the probability of any false rejection at most
    ``alpha``.
    """
    corrected, largest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        largest = corrected[place] = max(largest, min(1.0, (len(ps) - rank) * ps[place]))
    return corrected


def superiority(first: Sequence[float], second: Sequence[float], /) -> float:
    """Vargha and Delaney's A: probability that a value of ``first`` exceeds one of ``second`` [Vargha2000]_.

    Ties count half.
    """
    differences = np.subtract.outer(first, second)
    return float((np.sign(differences).mean() + 1) / 2)


def _pair(names: tuple[str, str], values: Sequence[Mapping[int, float]]) -> MethodPair:
    first, second = values
    first_values, second_values = list(first.values()), list(second.values())
    shared = [(first[number], second[number]) for number in first.keys() & second.keys()]
    return MethodPair(
        first=names[0],
        second=names[1],
        wins=sum(a > b for a, b in shared),
        ties=sum(a == b for a, b in shared),
        repeats=len(shared),
        p=rank_sum_p(first_values, second_values) if min(len(first), len(second)) > 1 else None,
        p_holm=None,
        effect=superiority(first_values, second_values),
    )
