"""``dichotomic``: weighted sums whose next l1 weights are the normals of chords between neighbours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from frontsearch.errors import check_positive, is_positive
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.neighbours import Pair, WeightRule, chord_weight, completed_objectives, recipes_between
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Dichotomic:
    """Dichotomic search [Cohon1978]_, [Aneja1979]_: each next l1 weight is the slope of a chord of the front.

    The search of a gap ends when the new point is not below the chord of its neighbours by more than ``tolerance``, or
    not strictly between them. Trainings are noisy, so either may happen and is not an error.

    Attributes:
        tolerance: Least depth below the chord that keeps a gap open, as a share of the chord's extent in cross entropy.
        warm: Whether each training except the extremes starts from the weights of its nearer neighbour.
    """

    tolerance: float = 1e-3
    warm: bool = False

    def __post_init__(self) -> None:
        check_positive(tolerance=self.tolerance, or_zero=True)

    def search(self, setting: Setting) -> Search:
        """Yields the two extremes, then one batch of all open gaps per round, until no gap is open."""
        return self._refine(setting, setting.rng(), chord_weight)

    def _refine(self, setting: Setting, rng: np.random.Generator, weight_rule: WeightRule) -> Search:
        extremes = yield [setting.weighted_sum(weight, draw_seed(rng)) for weight in setting.l1_weights]
        gaps = _with_valid_chord([(extremes[0], extremes[-1])])
        while gaps:
            middles = yield recipes_between(setting, gaps, weight_rule=weight_rule, rng=rng, warm=self.warm)
            gaps = _with_valid_chord(
                half
                for gap, middle in zip(gaps, middles, strict=True)
                if self._stays_open(gap, middle)
                for half in pairwise((gap[0], middle, gap[1]))
            )

    def _stays_open(self, gap: Pair, middle: Trial) -> bool:
        """Whether ``middle`` lies strictly between its neighbours and below their chord."""
        if middle.objectives is None:
            return False
        (ce_a, l1_a), (ce_b, l1_b) = completed_objectives(gap)
        ce, l1 = middle.objectives
        weight = chord_weight(gap)
        depth = (ce_a + weight * l1_a) - (ce + weight * l1)
        return ce_a < ce < ce_b and l1_b < l1 < l1_a and depth > self.tolerance * (ce_b - ce_a)


def _with_valid_chord(gaps: Iterable[Pair]) -> list[Pair]:
    """The gaps whose ends trade one objective for the other, so that their chord has a positive, finite weight."""
    return [gap for gap in gaps if _trade_off(completed_objectives(gap)) and is_positive(chord_weight(gap))]


def _trade_off(ends: Sequence[tuple[float, float]]) -> bool:
    return len(ends) == 2 and ends[0][0] < ends[1][0] and ends[0][1] > ends[1][1]
