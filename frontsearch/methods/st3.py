"""``st3``: dense networks trained through their soft-thresholded selves, one training for each sparsity."""

from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed, with_epochs
from frontsearch.recipe import Pruning


@dataclass(frozen=True, kw_only=True)
class St3:
    """Straight-through soft thresholds along a cubic ramp of sparsity, ST-3 [Vanderschueren2023]_.

    Each training is from scratch and without l1: what is evaluated is sparse, what is trained stays dense. It trades
    along the number of nonzeros, not along l1.

    Attributes:
        points: How many sparsities share the budget evenly, as far as each gets an epoch.
        densest: Share of the weights that the first target leaves.
        sparsest: Share of the weights that the last target leaves.
    """

    points: int = 6
    densest: float = 0.2
    sparsest: float = 0.01

    def __post_init__(self) -> None:
        check("points", self.points, "at least 1", holds=self.points >= 1)
        check("densest", self.densest, "in (0, 1)", holds=0 < self.densest < 1)
        check(
            "sparsest", self.sparsest, f"in (0, `densest` = {self.densest:g}]", holds=0 < self.sparsest <= self.densest
        )

    def search(self, setting: Setting) -> Search:
        """One batch."""
        rng = setting.rng()
        points = min(self.points, max(int(setting.budget), 1))
        plain = with_epochs(setting.weighted(0.0, 0), setting.budget / points)
        yield [
            replace(plain, seed=draw_seed(rng), pruning=_through(1 - float(density)))
            for density in np.geomspace(self.densest, self.sparsest, num=points)
        ]


def _through(sparsity: float) -> Pruning:
    return Pruning(sparsity=sparsity, straight_through=True, ramp="cubic")
