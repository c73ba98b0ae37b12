"""``pf-smg``: a list of networks that short multi-gradient descents spread along the front."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, draw_seed, is_trainable, with_epochs
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

MIN_DISTANCE = 1e-3  # of the range of an objective; closer points are merged


@dataclass(frozen=True, kw_only=True)
class PfSmg:
    """PF-SMG [Liu2019]_: spreads a list of networks along the front by short multi-gradient descents.

    Its sizes are reduced to what networks can pay for. The list begins with descents from scratch at several l1 scales.
    Each round starts short descents from the ends of the widest gaps, one along cross entropy alone from the network
    with the lowest, and one along l1 alone (a soft threshold, then a short descent) from the sparsest network. Networks
    that are dominated, too close to another or all zero leave the list.

    Attributes:
        start: Number of l1 scales with which the list begins.
        low: Least l1 scale.
        high: Greatest l1 scale.
        holes: Number of widest gaps from which a round starts.
        runs: Descents from each end of a gap.
        descent_epochs: Epochs of each descent.
        shrink: Soft threshold of the descent along l1 alone.
        optimiser: ``sgd`` as published; ``adam`` combines the gradients first and preconditions the result.
        learning_rate: Step size of the first round.
        decay: Factor on the step size after each round.
        momentum: Heavy-ball momentum of ``sgd``.
    """

    start: int = 4
    low: float = 0.1
    high: float = 3.0
    holes: int = 3
    runs: int = 1
    descent_epochs: float = 0.5
    shrink: float = 2e-3
    optimiser: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = 0.05
    decay: float = 0.9
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check_positive(low=self.low, high=self.high, learning_rate=self.learning_rate)
        check_positive(descent_epochs=self.descent_epochs, shrink=self.shrink)
        check("low", self.low, f"less than `high` = {self.high:g}", holds=self.low < self.high)
        for name, value in (("start", self.start), ("holes", self.holes), ("runs", self.runs)):
            check(name, value, "at least 1", holds=value >= 1)
        check("decay", self.decay, "in (0, 1]", holds=0 < self.decay <= 1)
        check("momentum", self.momentum, "in [0, 1)", holds=0 <= self.momentum < 1)

    def search(self, setting: Setting) -> Search:
        """Yields the descents from scratch as one batch, then one batch per round, without end."""
        rng = setting.rng()
        template = replace(
            self._at_scale(setting.template, self.high), learning_rate=self.learning_rate, momentum=self.momentum
        )
        scales = np.geomspace(self.high, self.low, num=self.start)
        from_scratch = [self._at_scale(template, float(scale)) for scale in scales]
        points: tuple[Trial, ...] = ()
        while True:
            recipes = self._round(points, with_epochs(template, self.descent_epochs)) or from_scratch
            trials = yield [replace(recipe, seed=draw_seed(rng)) for recipe in recipes]
            points = thin(Front.of_trials(filter(is_trainable, [*points, *trials])).trials)
            template = replace(template, learning_rate=template.learning_rate * self.decay)

    def _at_scale(self, recipe: Recipe, scale: float) -> Recipe:
        return replace(recipe, descent=MultiGradient(l1_scale=scale), optimiser=self.optimiser)

    def _round(self, points: Sequence[Trial], template: Recipe) -> list[Recipe]:
        """Descents from the ends of the widest gaps, then one along each objective; empty if the list is."""
        if not points:
            return []
        ends = {end.key: end for gap in Front(tuple(points)).gaps()[: self.holes] for end in gap}
        into_gaps = [
            replace(self._at_scale(template, self._l1_scale(end)), start=WarmStart(trial=key))
            for key, end in ends.items()
            for _ in range(self.runs)
        ]
        best, sparsest = points[0], points[-1]
        along_loss = replace(template, descent=WeightedSum(l1_weight=0.0), start=WarmStart(trial=best.key))
        shrunk = WarmStart(trial=sparsest.key, shrink=self.shrink)
        along_l1 = replace(self._at_scale(template, self._l1_scale(sparsest)), start=shrunk)
        return [*into_gaps, along_loss, along_l1]

    def _l1_scale(self, trial: Trial) -> float:
        """The l1 scale at which the network was last trained; the greatest one after cross entropy alone."""
        descent = trial.recipe.descent
        return descent.l1_scale if isinstance(descent, MultiGradient) else self.high


def thin(points: Sequence[Trial]) -> tuple[Trial, ...]:
    """Drops points of a front that differ from the last one kept by less than 1/1000 of both ranges; keeps the ends."""
    if len(points) < 3:
        return tuple(points)
    objectives = np.array([trial.objectives for trial in points], dtype=float)
    scaled = (objectives - objectives[0]) / (objectives[-1] - objectives[0])
    kept = [0]
    for index in range(1, len(points) - 1):
        if np.abs(scaled[index] - scaled[kept[-1]]).max() >= MIN_DISTANCE:
            kept.append(index)
    return tuple(points[index] for index in [*kept, len(points) - 1])
