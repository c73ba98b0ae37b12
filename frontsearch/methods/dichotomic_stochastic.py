"""``dichotomic-stochastic``: dichotomic search that draws the next weight at random when its weights stagnate."""

from dataclasses import dataclass

import numpy as np

from frontsearch.methods.base import Search, Setting
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.methods.neighbours import Pair, chord_weight, l1_weight


@dataclass(frozen=True, kw_only=True)
class DichotomicStochastic(Dichotomic):
    """Dichotomic search that draws the next weight at random when the last three agree [Reiners2020]_.

    A pair (w1, w2) with w1 + w2 = 1 stands for the l1 weight w2 / w1. If the w2 of the last three trainings agree to 4
    decimals, the next w1 is not that of the chord but is drawn uniformly from [0.9 w1b, w1b], where w1b belongs to the
    denser end of the gap. This adds up to 0.1 to w2, often more than the width of the gap; a training that lands
    outside its gap ends the search of the gap, as in ``dichotomic``. The options are those of ``dichotomic``.
    """

    def search(self, setting: Setting) -> Search:
        """Yields batches as ``dichotomic`` does; the weights of a batch count as tried in their order."""
        rng = setting.rng()
        return self._refine(setting, rng, _StochasticWeight(rng=rng, tried=list(setting.l1_weights)))


@dataclass(frozen=True, kw_only=True)
class _StochasticWeight:
    """The chord's weight, or a random one if the last three weights agree.

    Attributes:
        rng: Random generator of the weights.
        tried: All l1 weights of the search so far.
    """

    rng: np.random.Generator
    tried: list[float]

    def __call__(self, gap: Pair) -> float:
        weight = self._draw(gap) if self._stagnates() else chord_weight(gap)
        self.tried.append(weight)
        return weight

    def _stagnates(self) -> bool:
        return len(self.tried) >= 3 and len({round(weight / (1 + weight), 4) for weight in self.tried[-3:]}) == 1

    def _draw(self, gap: Pair) -> float:
        w1_dense = 1 / (1 + l1_weight(gap[0]))
        w1 = float(self.rng.uniform(0.9 * w1_dense, w1_dense))
        return (1 - w1) / w1
