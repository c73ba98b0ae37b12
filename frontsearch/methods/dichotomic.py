"""``dichotomic``: weighted sums whose next weights are the normals of the chords found so far."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.neighbours import Pair, Weigh, between, chord_weight, points
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Dichotomic:
    """Dichotomic search over weighted sums [Cohon1978]_, [Aneja1979]_.

    Between two neighbours the next l1 weight is the slope of their chord; the gap closes when the new point is not
    below the chord by more than ``tolerance`` or not strictly between its neighbours. Trainings are noisy, so a closed
    gap is an answer and not an error.

    Attributes:
        tolerance: Least depth below the chord that keeps a gap open, as a share of the chord's height.
        warm: Whether each training but the extremes starts from the nearer one of its neighbours.
    """

    tolerance: float = 1e-3
    warm: bool = False

    def __post_init__(self) -> None:
        check("tolerance", self.tolerance, "finite and not negative", holds=0 <= self.tolerance < math.inf)

    def search(self, setting: Setting) -> Search:
        """The two extremes, then every open gap of a round in one batch, until all gaps are closed."""
        return self._refine(setting, setting.rng(), chord_weight)

    def _refine(self, setting: Setting, rng: np.random.Generator, weigh: Weigh) -> Search:
        ends = yield [setting.weighted(weight, draw_seed(rng)) for weight in setting.l1_weights]
        gaps = _proper([(ends[0], ends[-1])])
        while gaps:
            found = yield between(setting, gaps, weigh=weigh, rng=rng, warm=self.warm)
            gaps = _proper(
                half
                for gap, middle in zip(gaps, found, strict=True)
                if self._opens(gap, middle)
                for half in pairwise((gap[0], middle, gap[1]))
            )

    def _opens(self, gap: Pair, middle: Trial) -> bool:
        """Whether ``middle`` lies strictly between its neighbours and below their chord."""
        if middle.objectives is None:
            return False
        (ce_a, l1_a), (ce_b, l1_b) = points(gap)
        ce, l1 = middle.objectives
        weight = chord_weight(gap)
        height = (ce_a + weight * l1_a) - (ce + weight * l1)
        return ce_a < ce < ce_b and l1_b < l1 < l1_a and height > self.tolerance * (ce_b - ce_a)


def _proper(gaps: Iterable[Pair]) -> list[Pair]:
    """The gaps whose ends trade one objective for the other, so that their chord has a positive, finite weight."""
    return [gap for gap in gaps if _trades(points(gap)) and 0 < chord_weight(gap) < math.inf]


def _trades(ends: Sequence[tuple[float, float]]) -> bool:
    return len(ends) == 2 and ends[0][0] < ends[1][0] and ends[0][1] > ends[1][1]
