"""``pf-smg``: a list of networks, spread along the front by short multi-gradient descents."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, alive, draw_seed, with_epochs
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial

MERGED = 1e-3  # of the range of an objective: points nearer than that are one


@dataclass(frozen=True, kw_only=True)
class PfSmg:
    """Pareto-front stochastic multi-gradient, PF-SMG [Liu2019]_, in sizes that networks can pay for.

    The list begins with descents from scratch at several l1 scales. Each round starts short descents from the ends of
    the widest holes, one along cross entropy alone from the network best in it, and one along l1 alone (a soft
    threshold, then a short descent) from the sparsest; what is dominated, crowded or dead leaves the list.

    Attributes:
        start: How many scales the list begins with.
        low: Least l1 scale.
        high: Greatest l1 scale.
        holes: How many of the widest holes a round starts from.
        runs: Descents from each end of a hole.
        descent_epochs: Length of each.
        shrink: How far l1 alone moves every weight toward zero.
        optimiser: ``sgd`` as published; ``adam`` combines the gradients first and preconditions after.
        learning_rate: Step size of the first round.
        decay: What the step size is multiplied by after each round.
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
        for name, found in (("start", self.start), ("holes", self.holes), ("runs", self.runs)):
            check(name, found, "at least 1", holds=found >= 1)
        check("decay", self.decay, "in (0, 1]", holds=0 < self.decay <= 1)
        check("momentum", self.momentum, "in [0, 1)", holds=0 <= self.momentum < 1)

    def search(self, setting: Setting) -> Search:
        """The scales as one batch, then a round a batch, without end."""
        rng = setting.rng()
        plain = replace(
            self._along(setting.template, self.high), learning_rate=self.learning_rate, momentum=self.momentum
        )
        scales = np.geomspace(self.high, self.low, num=self.start)
        fresh = [self._along(plain, float(scale)) for scale in scales]
        points: tuple[Trial, ...] = ()
        while True:
            asked = self._round(points, with_epochs(plain, self.descent_epochs)) or fresh
            told = yield [replace(recipe, seed=draw_seed(rng)) for recipe in asked]
            points = thinned(Front.of_trials(filter(alive, [*points, *told])).trials)
            plain = replace(plain, learning_rate=plain.learning_rate * self.decay)

    def _along(self, recipe: Recipe, scale: float) -> Recipe:
        return replace(recipe, descent=MultiGradient(l1_scale=scale), optimiser=self.optimiser)

    def _round(self, points: Sequence[Trial], plain: Recipe) -> list[Recipe]:
        """Descents from the holes' ends and, along one objective each, from the list's ends; none from no list."""
        if not points:
            return []
        ends = {end.key: end for gap in Front(tuple(points)).gaps()[: self.holes] for end in gap}
        between = [
            replace(self._along(plain, self._scale(end)), start=WarmStart(trial=key))
            for key, end in ends.items()
            for _ in range(self.runs)
        ]
        best, sparsest = points[0], points[-1]
        along_loss = replace(plain, descent=WeightedSum(l1_weight=0.0), start=WarmStart(trial=best.key))
        shrunk = WarmStart(trial=sparsest.key, shrink=self.shrink)
        return [*between, along_loss, replace(self._along(plain, self._scale(sparsest)), start=shrunk)]

    def _scale(self, trial: Trial) -> float:
        """The l1 scale a network was last trained at; along cross entropy alone it is the one that presses least."""
        descent = trial.recipe.descent
        return descent.l1_scale if isinstance(descent, MultiGradient) else self.high


def thinned(points: Sequence[Trial]) -> tuple[Trial, ...]:
    """A front's ends and those of its points between which, one after another, an objective changes by 1/1000."""
    if len(points) < 3:
        return tuple(points)
    values = np.array([trial.objectives for trial in points], dtype=float)
    places = (values - values[0]) / (values[-1] - values[0])
    kept = [0]
    for number in range(1, len(points) - 1):
        if np.abs(places[number] - places[kept[-1]]).max() >= MERGED:
            kept.append(number)
    return tuple(points[number] for number in [*kept, len(points) - 1])
