"""``weighted-grid``: weighted sums at l1 weights evenly spaced on a log scale, each trained from scratch."""

from dataclasses import dataclass

import numpy as np

from frontsearch.methods.base import Search, Setting, draw_seed


@dataclass(frozen=True, kw_only=True)
class WeightedGrid:
    """Weighted sums [Zadeh1963]_ on a log-spaced grid of l1 weights, each network trained from scratch."""

    def search(self, setting: Setting) -> Search:
        """Yields one batch of as many trainings as the budget pays for."""
        rng = setting.rng()
        weights = np.geomspace(*setting.l1_weights, num=max(setting.affordable_trainings, 1))
        yield [setting.weighted_sum(weight, draw_seed(rng)) for weight in weights]
