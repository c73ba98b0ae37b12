"""Whether one method is better than another or only luckier: every pair of methods, over their repeats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two methods side by side, by an indicator of which more is better.

    Attributes:
        first: One method.
        second: The other.
        wins: Repeats in which the first is better than the second in its repeat of the same number.
        ties: Repeats in which both are equal.
        repeats: How many numbers of repeats both have; across studies they may have none.
        p: How likely ranks at least as far apart are by chance alone; None where a method has only one repeat.
        p_holm: The same, corrected for testing every pair.
        effect: Vargha and Delaney's A: how likely any repeat of the first is better than any repeat of the second, ties
            counted half; 1/2 is no difference.
    """

    first: str
    second: str
    wins: int
    ties: int
    repeats: int
    p: float | None
    p_holm: float | None
    effect: float


def pairs(values: Mapping[str, Mapping[int, float]], /) -> tuple[Pair, ...]:
    """Every pair of methods, in their order.

    The test is of unpaired samples: a repeat draws its seeds from its method's name and its number together, so that
    two methods' repeats of one number share no start, no order of examples and no other draw. What they share, the task
    and its split, all repeats share. Counting wins by number is for people.

    Args:
        values: By method, what each of its repeats came to, by their numbers; more is better.
    """
    found = [_pair(names, [values[name] for name in names]) for names in combinations(values, 2)]
    corrected = iter(holm([pair.p for pair in found if pair.p is not None]))
    return tuple(pair if pair.p is None else replace(pair, p_holm=next(corrected)) for pair in found)


def sentence(pair: Pair, /) -> str:
    """A pair in words, the better one first."""
    losses = pair.repeats - pair.wins - pair.ties
    if losses > pair.wins:
        return sentence(replace(pair, first=pair.second, second=pair.first, wins=losses, effect=1 - pair.effect))
    who = f"{pair.first} is better than {pair.second}"
    if losses == pair.wins:
        who = f"{pair.first} and {pair.second} are each better"
    ties = f" and equal in {pair.ties}" if pair.ties else ""
    words = f"{who} in {pair.wins} of {pair.repeats} repeats{ties}"
    if not pair.repeats:
        words = f"{pair.first} and {pair.second} have no repeat of the same number"
    if pair.p is None or pair.p_holm is None:
        return f"{words}; one seed ranks nothing."
    return f"{words} (p = {pair.p:.2g}, {pair.p_holm:.2g} by Holm over all pairs; A = {pair.effect:.2f})."


def rank_sum_p(first: Sequence[float], second: Sequence[float], /) -> float:
    """The exact two-sided p of the rank-sum test [Mann1947]_, ties included.

    It is the share of all ways to deal the values out to samples of these sizes in which the first sample's ranks sum
    to something at least as far from what is expected.
    """
    values = np.array([*first, *second])
    scores = [int((values < value).sum() + (values <= value).sum()) for value in values]  # twice the mean rank, less 1
    total, size = sum(scores), len(first)
    ways = np.zeros((size + 1, total + 1))  # to choose so many of the values with scores of this sum
    ways[0, 0] = 1.0
    for score in scores:
        ways[1:, score:] += ways[:-1, : total + 1 - score]
    distance = np.abs(np.arange(total + 1) * len(values) - total * size)
    far = distance >= distance[sum(scores[:size])]
    return float(ways[size, far].sum() / ways[size].sum())


def least_p(first: int, second: int, /) -> float:
    """The least p that samples of these sizes can have: 0.33 for two and two, then 0.1, 0.029, and 0.0079 for five."""
    return 2 / comb(first + second, first)


def holm(ps: Sequence[float], /) -> list[float]:
    """These ps corrected for how many they are [Holm1979]_, in the same order.

    Calling different what is at most ``alpha`` afterwards errs anywhere at all with a chance of at most ``alpha``.
    """
    corrected, least = [0.0] * len(ps), 0.0
    for done, place in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = corrected[place] = max(least, min(1.0, (len(ps) - done) * ps[place]))
    return corrected


def superiority(first: Sequence[float], second: Sequence[float], /) -> float:
    """How likely one of ``first`` exceeds one of ``second``, ties counted half: A of [Vargha2000]_."""
    differences = np.subtract.outer(first, second)
    return float((np.sign(differences).mean() + 1) / 2)


def _pair(names: tuple[str, str], values: Sequence[Mapping[int, float]]) -> Pair:
    one, other = values
    first, second = list(one.values()), list(other.values())
    shared = [(one[number], other[number]) for number in one.keys() & other.keys()]
    return Pair(
        first=names[0],
        second=names[1],
        wins=sum(ours > theirs for ours, theirs in shared),
        ties=sum(ours == theirs for ours, theirs in shared),
        repeats=len(shared),
        p=rank_sum_p(first, second) if min(len(first), len(second)) > 1 else None,
        p_holm=None,
        effect=superiority(first, second),
    )
