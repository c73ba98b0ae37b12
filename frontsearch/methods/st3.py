"""``st3``: straight-through soft-threshold training, one network per sparsity."""

from dataclasses import dataclass, replace

from frontsearch.errors import check
from frontsearch.methods.base import (
    Search,
    Setting,
    affordable_points,
    check_prunes_by_magnitude,
    draw_seed,
    with_epochs,
)
from frontsearch.methods.densities import check_densities, densities
from frontsearch.recipe import Pruning


@dataclass(frozen=True, kw_only=True)
class St3:
    """ST-3 [Vanderschueren2023]_: trains one network per sparsity through soft thresholds, without l1.

    Each network is trained from scratch. Its forward pass uses soft-thresholded weights, whose sparsity rises along a
    cubic ramp, while the dense weights behind them are trained with straight-through gradients. The front it covers is
    error against the number of nonzeros, not against l1.

    Attributes:
        points: Number of sparsities, which share the budget evenly; fewer if each would get less than one epoch.
        densest: Share of nonzero weights at the first target.
        sparsest: Share of nonzero weights at the last target.
    """

    points: int = 6
    densest: float = 0.2
    sparsest: float = 0.01

    def __post_init__(self) -> None:
        check("points", self.points, "at least 1", holds=self.points >= 1)
        check_densities(densest=self.densest, sparsest=self.sparsest)

    def search(self, setting: Setting) -> Search:
        """Yields one batch."""
        check_prunes_by_magnitude(setting.template)
        rng = setting.rng()
        points = affordable_points(self.points, setting.budget, least_epochs=1.0)
        template = with_epochs(setting.weighted_sum(0.0, 0), setting.budget / points)
        yield [
            replace(template, seed=draw_seed(rng), pruning=_straight_through(1 - density))
            for density in densities((self.densest, self.sparsest), points)
        ]


def _straight_through(sparsity: float) -> Pruning:
    return Pruning(sparsity=sparsity, straight_through=True, ramp="cubic")
