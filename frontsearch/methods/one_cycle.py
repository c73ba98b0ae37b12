"""``one-cycle``: gradual magnitude pruning within one training, one network per sparsity."""

from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check
from frontsearch.methods.base import (
    Search,
    SequentialSearch,
    Setting,
    affordable_points,
    check_prunes_by_magnitude,
    draw_seed,
    in_batches,
    warm_start_from,
    with_epochs,
)
from frontsearch.methods.densities import bounds, check_densities, densities
from frontsearch.recipe import Pruning, Recipe, WarmStart

DENSITIES = (0.2, 0.01)


@dataclass(frozen=True, kw_only=True)
class OneCycle:
    """Gradual magnitude pruning within one training [Qureshi2026]_: one network per sparsity, without l1.

    Each network is trained from scratch. While its learning rate is constant, the share of its zeros rises in a
    straight line, smallest weights of all layers first; what is zero stays so. Then the learning rate falls, and the
    network is trained on with its zeros; one that diverged begins again. The front it covers is error against the
    number of nonzeros, not against l1.

    Attributes:
        points: Number of sparsities, which share the budget evenly; fewer if each would get less than one epoch.
        densest: Share of nonzero weights at the first target; None is 0.2, with group l1 0.8.
        sparsest: Share of nonzero weights at the last target; None is a twentieth, with group l1 a sixteenth, of the
            first one.
        ramp: Share of a network's training during which its sparsity rises.
        every: Steps between prunings.
    """

    points: int = 6
    densest: float | None = None
    sparsest: float | None = None
    ramp: float = 0.5
    every: int = 20

    def __post_init__(self) -> None:
        check("points", self.points, "at least 1", holds=self.points >= 1)
        check_densities(densest=self.densest, sparsest=self.sparsest)
        check("ramp", self.ramp, "in (0, 1)", holds=0 < self.ramp < 1)
        check("every", self.every, "at least 1", holds=self.every >= 1)

    def search(self, setting: Setting) -> Search:
        """Yields two batches: the networks while their sparsity rises, then each of them trained on."""
        check_prunes_by_magnitude(setting.template)
        rng = setting.rng()
        points = affordable_points(self.points, setting.budget, least_epochs=1.0)
        template = with_epochs(setting.weighted_sum(0.0, 0), setting.budget / points)
        shares = densities(bounds(setting, DENSITIES, densest=self.densest, sparsest=self.sparsest), points)
        yield from in_batches([self._training(template, 1 - density, rng) for density in shares])

    def shortest(self, budget: float) -> dict[str, float]:
        """The shorter part of a network's training."""
        points = affordable_points(self.points, budget, least_epochs=1.0)
        return {"ramp": min(self.ramp, 1 - self.ramp) * budget / points}

    def _training(self, template: Recipe, sparsity: float, rng: np.random.Generator) -> SequentialSearch:
        rising = Pruning(sparsity=sparsity, ramp="linear", every=self.every, regrow=False)
        first = replace(
            template, seed=draw_seed(rng), epochs=template.epochs * self.ramp, pruning=rising,
            learning_rate_schedule="constant",
        )  # fmt: skip
        trial = yield first
        start, pruning = warm_start_from(trial), Pruning(regrow=False)
        if isinstance(start, WarmStart):
            start = replace(start, optimiser=True)
        else:  # it diverged, so the rest of its budget begins again
            pruning = rising
        epochs = template.epochs - first.epochs
        yield replace(template, seed=draw_seed(rng), epochs=epochs, start=start, pruning=pruning)
