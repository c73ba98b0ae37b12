"""``bisection`` and ``bisection-log``: weighted sums whose next weights halve the intervals between those tried."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.neighbours import Pair, WeightRule, l1_weight, recipes_between

MAX_W2 = 0.1  # w2 at the published sparse end


@dataclass(frozen=True, kw_only=True)
class Bisection:
    """Bisection of the weights of a weighted sum between w2 = 0 and w2 = 0.1, as published [Reiners2020]_.

    A pair (w1, w2) with w1 + w2 = 1 stands for the l1 weight w2 / w1. The two ends are trained first; each level then
    trains at the arithmetic midpoint of the w2 of every two neighbours. After 5 levels, 33 trainings in all, the
    smallest w2 above 0 is 0.1 / 2**5 = 0.003. The l1 weights from 1e-5 to 1e-3, at which networks trade one objective
    for the other, are out of reach; each further level halves the smallest l1 weight and costs about as much as all
    levels before it.
    The study's ``l1_weights`` are ignored. Neighbours are neighbours in w2; in the published code they are neighbours
    on the front, which differs only by noise.

    Attributes:
        levels: Number of times all intervals are halved.
        warm: Whether each training except the ends starts from the weights of its nearer neighbour.
    """

    levels: int = 5
    warm: bool = False

    def __post_init__(self) -> None:
        check("levels", self.levels, "at least 1", holds=self.levels >= 1)

    def search(self, setting: Setting) -> Search:
        """Yields the two ends, then one batch per level."""
        ends = (0.0, _l1_weight_of(MAX_W2))
        return _bisect(setting, ends, midpoint=_midpoint_in_w2, levels=range(self.levels), warm=self.warm)


@dataclass(frozen=True, kw_only=True)
class BisectionLog:
    """Bisection [Reiners2020]_ of the l1 weight on a log scale, level by level until the budget is spent.

    It begins with the ends of the study's ``l1_weights`` and stays between them. If the budget pays for only part of
    the last level, that part still covers the whole range, because a level is not trained in the order of its weights.

    Attributes:
        warm: Whether each training except the ends starts from the weights of its nearer neighbour.
    """

    warm: bool = False

    def search(self, setting: Setting) -> Search:
        """Yields the two ends, then one batch per level, without end."""
        return _bisect(setting, setting.l1_weights, midpoint=_geometric_mean, levels=count(), warm=self.warm)


def _bisect(
    setting: Setting, ends: tuple[float, float], *, midpoint: WeightRule, levels: Iterable[int], warm: bool
) -> Search:
    rng = setting.rng()
    left, right = yield [setting.weighted_sum(weight, draw_seed(rng)) for weight in ends]
    intervals = [(left, right)]
    for _ in levels:
        middles = yield recipes_between(setting, intervals, weight_rule=midpoint, rng=rng, warm=warm)
        # All left halves come before all right halves, so that the beginning of a level covers the whole range.
        left_halves = [(left, middle) for (left, _), middle in zip(intervals, middles, strict=True)]
        right_halves = [(middle, right) for (_, right), middle in zip(intervals, middles, strict=True)]
        intervals = [*left_halves, *right_halves]


def _midpoint_in_w2(pair: Pair) -> float:
    left, right = (weight / (1 + weight) for weight in map(l1_weight, pair))
    return _l1_weight_of((left + right) / 2)


def _l1_weight_of(w2: float) -> float:
    return w2 / (1 - w2)


def _geometric_mean(pair: Pair) -> float:
    left, right = map(l1_weight, pair)
    return math.sqrt(left) * math.sqrt(right)
