"""``gmp``: global magnitude pruning, each sparsity cut out of the network of the last."""

from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, Setting, Walk, after, draw_seed, side_by_side
from frontsearch.recipe import Pruning


@dataclass(frozen=True, kw_only=True)
class Gmp:
    """Global magnitude pruning [Zhu2018]_, iterated over nested targets [Han2015]_.

    A dense network is trained without l1. For each target the share of zeros rises along a cubic ramp, the smallest
    weights of all layers first, while the network goes on training; then it is trained with its zeros fixed. The next
    target starts from there. It trades along the number of nonzeros, not along l1.

    Attributes:
        first_epochs: Length of the dense training.
        ramp_epochs: Length of the ramp to each target.
        tune_epochs: Length of the training with fixed zeros after it.
        densest: Share of the weights that the first target leaves.
        sparsest: Share of the weights that the last target leaves.
        every: Steps between two cuts on a ramp.
    """

    first_epochs: float = 8.0
    ramp_epochs: float = 2.0
    tune_epochs: float = 1.0
    densest: float = 0.2
    sparsest: float = 0.005
    every: int = 20

    def __post_init__(self) -> None:
        check_positive(first_epochs=self.first_epochs, ramp_epochs=self.ramp_epochs, tune_epochs=self.tune_epochs)
        check("densest", self.densest, "in (0, 1)", holds=0 < self.densest < 1)
        check(
            "sparsest", self.sparsest, f"in (0, `densest` = {self.densest:g}]", holds=0 < self.sparsest <= self.densest
        )
        check("every", self.every, "at least 1", holds=self.every >= 1)

    def search(self, setting: Setting) -> Search:
        """One training a batch: dense, then a ramp and a tuning for as many targets as the budget pays for."""
        yield from side_by_side([self._walk(setting)])

    def _walk(self, setting: Setting) -> Walk:
        rng = setting.rng()
        plain = replace(setting.weighted(0.0, 0), pruning=Pruning())
        first = min(self.first_epochs, setting.budget)
        targets = int((setting.budget - first) / (self.ramp_epochs + self.tune_epochs) + 1e-9)
        at = yield replace(plain, epochs=first, seed=draw_seed(rng))
        for density in np.geomspace(self.densest, self.sparsest, num=max(targets, 1)):
            ramp = Pruning(sparsity=1 - float(density), ramp="cubic", every=self.every, regrow=False)
            cut = yield replace(plain, epochs=self.ramp_epochs, pruning=ramp, seed=draw_seed(rng), start=after(at))
            at = at if cut.objectives is None else cut
            held = Pruning(regrow=False)
            tuned = yield replace(plain, epochs=self.tune_epochs, pruning=held, seed=draw_seed(rng), start=after(at))
            at = at if tuned.objectives is None else tuned
