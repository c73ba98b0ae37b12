"""``weighted-grid``: weighted sums at l1 weights spread evenly on a log scale, each from scratch."""

from dataclasses import dataclass

import numpy as np

from frontsearch.methods.base import Search, Setting, draw_seed


@dataclass(frozen=True, kw_only=True)
class WeightedGrid:
    """Weighted sums [Zadeh1963]_ at l1 weights spread evenly on a log scale, as many as the budget pays for."""

    def search(self, setting: Setting) -> Search:
        """One batch."""
        rng = setting.rng()
        weights = np.geomspace(*setting.l1_weights, num=max(setting.trainings, 1))
        yield [setting.weighted(weight, draw_seed(rng)) for weight in weights]
