"""``dichotomic-stochastic``: dichotomic search that draws a weight where its weights come to a standstill."""

from dataclasses import dataclass

import numpy as np

from frontsearch.methods.base import Search, Setting
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.methods.neighbours import Pair, chord_weight, l1_weight


@dataclass(frozen=True, kw_only=True)
class DichotomicStochastic(Dichotomic):
    """Dichotomic search that draws a weight when the last three agree [Reiners2020]_.

    On the pair (w1, w2) with w1 + w2 = 1, whose l1 weight is w2 / w1: when the w2 of the last three trainings agree to
    4 decimals, the next w1 is not the chord's but uniform in [0.9 w1b, w1b], where w1b belongs to the denser end of the
    gap. That adds up to 0.1 to w2, often more than the gap is wide; a training that so lands outside its gap closes it,
    as in the dichotomic search without draws, whose options it has.
    """

    def search(self, setting: Setting) -> Search:
        """As without draws; the weights of a batch count as tried in their order."""
        rng = setting.rng()
        return self._refine(setting, rng, _Draws(rng=rng, tried=list(setting.l1_weights)))


@dataclass(frozen=True, kw_only=True)
class _Draws:
    """Weighs a gap.

    Attributes:
        rng: What draws.
        tried: Every l1 weight of the search so far.
    """

    rng: np.random.Generator
    tried: list[float]

    def __call__(self, gap: Pair) -> float:
        weight = self._drawn(gap) if self._stands_still() else chord_weight(gap)
        self.tried.append(weight)
        return weight

    def _stands_still(self) -> bool:
        return len(self.tried) >= 3 and len({round(weight / (1 + weight), 4) for weight in self.tried[-3:]}) == 1

    def _drawn(self, gap: Pair) -> float:
        most = 1 / (1 + l1_weight(gap[0]))
        share = float(self.rng.uniform(0.9 * most, most))
        return (1 - share) / share
