"""``bisection`` and ``bisection-log``: weighted sums whose next weights halve the gaps between those tried."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.neighbours import Pair, Weigh, between, l1_weight

GREATEST = 0.1  # w2 of the published sparse end


@dataclass(frozen=True, kw_only=True)
class Bisection:
    """Bisection of the weights of a weighted sum as published [Reiners2020]_, between w2 = 0 and w2 = 0.1.

    The pair (w1, w2) with w1 + w2 = 1 is the l1 weight w2 / w1. The ends come first; then each level trains at the
    arithmetic midpoint of every two neighbours' w2. After 5 levels, 33 trainings in all, the least w2 but for 0 is
    0.1 / 2**5 = 0.003: the l1 weights from 1e-5 to 1e-3, at which networks trade one objective for the other, are out
    of its reach, and each further level that halves the way there costs as much as all before it. The study's
    ``l1_weights`` are not looked at. Neighbours are neighbours in w2; the authors' are so on the front found so far,
    which is the same but for noise.

    Attributes:
        levels: How often all gaps are halved.
        warm: Whether each training but the ends starts from the nearer one of its neighbours.
    """

    levels: int = 5
    warm: bool = False

    def __post_init__(self) -> None:
        check("levels", self.levels, "at least 1", holds=self.levels >= 1)

    def search(self, setting: Setting) -> Search:
        """The ends, then one batch a level."""
        ends = (0.0, _of_share(GREATEST))
        return _halve(setting, ends, middle=_middle_share, levels=range(self.levels), warm=self.warm)


@dataclass(frozen=True, kw_only=True)
class BisectionLog:
    """Bisection [Reiners2020]_ of the l1 weight on a log scale, level after level until the budget is spent.

    It stays within the study's ``l1_weights``, whose ends come first. A last level that the budget pays for in part is
    spread over the whole range all the same: its trainings do not come in the order of their weights.

    Attributes:
        warm: Whether each training but the ends starts from the nearer one of its neighbours.
    """

    warm: bool = False

    def search(self, setting: Setting) -> Search:
        """The ends, then one batch a level."""
        return _halve(setting, setting.l1_weights, middle=_geometric_mean, levels=count(), warm=self.warm)


def _halve(setting: Setting, ends: tuple[float, float], *, middle: Weigh, levels: Iterable[int], warm: bool) -> Search:
    rng = setting.rng()
    left, right = yield [setting.weighted(weight, draw_seed(rng)) for weight in ends]
    gaps = [(left, right)]
    for _ in levels:
        found = yield between(setting, gaps, weigh=middle, rng=rng, warm=warm)
        # All left halves before all right ones: so the beginning of a level is spread over the whole range.
        lefts = [(left, new) for (left, _), new in zip(gaps, found, strict=True)]
        rights = [(new, right) for (_, right), new in zip(gaps, found, strict=True)]
        gaps = [*lefts, *rights]


def _middle_share(pair: Pair) -> float:
    """The l1 weight at the arithmetic midpoint of the two's w2."""
    left, right = (weight / (1 + weight) for weight in map(l1_weight, pair))
    return _of_share((left + right) / 2)


def _of_share(share: float) -> float:
    """The l1 weight at this w2."""
    return share / (1 - share)


def _geometric_mean(pair: Pair) -> float:
    left, right = map(l1_weight, pair)
    return math.sqrt(left) * math.sqrt(right)
