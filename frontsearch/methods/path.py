"""``path``: one network followed along the front, each l1 weight warm started from the last."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, Walk, after, draw_seed, side_by_side, with_epochs
from frontsearch.methods.neighbours import l1_weight
from frontsearch.methods.pace import falls
from frontsearch.recipe import FromScratch, Start, WarmStart
from frontsearch.trial import Trial

SHORTEST = 1 / 16  # of an even step: a network that dies even so has come to the front's end
NEAR = 1.02  # l1 weights nearer than this ratio differ by less than two trainings at one of them do


@dataclass(frozen=True, kw_only=True)
class Path:
    """A proximal path from dense to sparse, every training warm started from the last one's weights.

    Homotopy over the l1 weight as for the lasso [Friedman2010]_, on networks by proximal Adam [Yun2021]_. The other
    way round a deep network would start at zero, a stationary point it never leaves. A sweep goes up from the least l1
    weight in even ratios; a step that loses too much cross entropy is taken back and halved, one that kills the network
    too, and all after it, so that the sweep ends at the dead network's edge. What it leaves of the budget goes by turns
    to the dense end, for as long as cross entropy falls there, and into the widest gaps. After a training that diverged
    the next one starts where the last good one ended, at half the learning rate.

    Attributes:
        first_epochs: Length of the first training, at the least l1 weight.
        step_epochs: Length of each training after it.
        beyond: How many times the study's greatest l1 weight the path goes to: a network that was trained before bears
            weights that kill one from scratch.
        sweep: Share of the budget for the sweep; the rest fills gaps.
        axes: Axes on which lengths along the front are measured.
        starts: Sweeps from different networks, side by side; a nonconvex front has pieces that one may miss.
    """

    first_epochs: float = 8.0
    step_epochs: float = 3.0
    beyond: float = 1.0
    sweep: float = 0.8
    axes: Literal["linear", "log"] = "linear"
    starts: int = 1

    def __post_init__(self) -> None:
        check_positive(first_epochs=self.first_epochs, step_epochs=self.step_epochs)
        check("beyond", self.beyond, "finite and at least 1", holds=1 <= self.beyond < math.inf)
        check("sweep", self.sweep, "in (0, 1]", holds=0 < self.sweep <= 1)
        check("axes", self.axes, "linear or log", holds=self.axes in {"linear", "log"})
        check("starts", self.starts, "at least 1", holds=self.starts >= 1)

    def search(self, setting: Setting) -> Search:
        """The sweeps side by side, one training of each a batch, then one gap a batch."""
        rng = setting.rng()
        told = yield from side_by_side([self._sweep(setting, rng) for _ in range(self.starts)])
        tried: set[tuple[str, str]] = set()
        while True:
            weight, start = self._next(setting, told, tried)
            told += yield [with_epochs(setting.weighted(weight, draw_seed(rng), start=start), self.step_epochs)]

    def _sweep(self, setting: Setting, rng: np.random.Generator) -> Walk:
        """From scratch at the least l1 weight, then as many steps up as this sweep's share of the budget pays for."""
        first = min(self.first_epochs, setting.budget / self.starts)
        steps = int((setting.budget * self.sweep / self.starts - first) / self.step_epochs + 1e-9)
        weight, greatest = setting.l1_weights[0], setting.l1_weights[1] * self.beyond
        rate, stride, dead = setting.template.learning_rate, 1.0, False
        at = yield with_epochs(setting.weighted(weight, draw_seed(rng)), first)
        for left in range(steps, 0, -1):
            following = weight * (greatest / weight) ** (stride / left)
            recipe = with_epochs(setting.weighted(following, draw_seed(rng), start=after(at)), self.step_epochs)
            trial = yield replace(recipe, learning_rate=rate)
            if trial.objectives is None:
                weight, rate = following, rate / 2
            elif stride > SHORTEST and falls(at, trial, setting.reference_point):
                stride, dead = stride / 2, dead or trial.objectives[1] == 0
            elif trial.objectives[1] == 0:
                return
            else:
                at, weight, stride = trial, following, stride if dead else min(2 * stride, 1.0)

    def _next(self, setting: Setting, told: Sequence[Trial], tried: set[tuple[str, str]]) -> tuple[float, Start]:
        """The next l1 weight and where to start from, of what was not tried yet.

        By turns the dense end, at the least l1 weight for as long as cross entropy still falls, and the middle of the
        widest gap, from its denser end. Where all was tried, the sparser end of the widest gap is trained again.
        """
        front = Front.of_trials(told)
        if not front.trials:
            return setting.l1_weights[0], FromScratch()
        best = front.trials[0]
        gaps = [gap for gap in front.gaps(log=self.axes == "log") if l1_weight(gap[1]) > NEAR * l1_weight(gap[0])]
        for dense, sparse in [(best, best), *gaps] if len(tried) % 2 == 0 else [*gaps, (best, best)]:
            if (dense.key, sparse.key) not in tried:
                tried.add((dense.key, sparse.key))
                weight = setting.l1_weights[0] if dense is sparse else math.sqrt(l1_weight(dense) * l1_weight(sparse))
                return weight, WarmStart(trial=dense.key)
        dense, sparse = gaps[0] if gaps else (best, best)
        return l1_weight(sparse), WarmStart(trial=dense.key)
