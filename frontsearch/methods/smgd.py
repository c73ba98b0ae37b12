"""``smgd``: stochastic multi-gradient descents from several starts, at l1 scales spread over the front."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front, Points
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.trial import Trial

CLOSE = 1.05  # scales nearer than this ratio differ by less than two trainings at one scale do


@dataclass(frozen=True, kw_only=True)
class Smgd:
    """Stochastic multi-gradient descents [Reiners2020]_, [Liu2019]_ at several l1 scales, each from its own start.

    A larger scale presses *less* on l1. The scales are first spread over ``[low, high]`` on a log scale; what is left
    of the budget goes into the widest gap between neighbours on the front, at the geometric mean of their scales. A
    scale that presses too hard ends in the dead network, which is the far end of such a gap: so the search closes in on
    the least scale that leaves something alive.

    Attributes:
        low: Least l1 scale.
        high: Greatest l1 scale.
        spread: How many scales are tried before gaps are filled.
        optimiser: ``sgd``, ``madam`` or ``mrmsprop`` as published (SMGD, MAdam, MRMSProp); ``adam`` and ``rmsprop``
            combine the gradients first and precondition after.
        learning_rate: Step size at the start.
        momentum: Heavy-ball momentum of ``sgd``.
    """

    low: float = 0.03
    high: float = 3.0
    spread: int = 4
    optimiser: Literal["sgd", "adam", "rmsprop", "madam", "mrmsprop"] = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check_positive(low=self.low, high=self.high, learning_rate=self.learning_rate)
        check("low", self.low, f"less than `high` = {self.high:g}", holds=self.low < self.high)
        check("spread", self.spread, "at least 1", holds=self.spread >= 1)
        check("momentum", self.momentum, "in [0, 1)", holds=0 <= self.momentum < 1)

    def search(self, setting: Setting) -> Search:
        """The spread as one batch, then one training a batch."""
        rng = setting.rng()
        scales = np.geomspace(self.high, self.low, num=self.spread)
        told = list((yield [self._recipe(setting, scale, draw_seed(rng)) for scale in scales]))
        while True:
            scale = self._next_scale(told, rng)
            told += yield [self._recipe(setting, scale, draw_seed(rng))]

    def _recipe(self, setting: Setting, scale: float, seed: int) -> Recipe:
        descent = MultiGradient(l1_scale=float(scale))
        rate, momentum = self.learning_rate, self.momentum
        return replace(
            setting.template,
            descent=descent,
            optimiser=self.optimiser,
            learning_rate=rate,
            momentum=momentum,
            seed=seed,
        )

    def _next_scale(self, told: list[Trial], rng: np.random.Generator) -> float:
        tried = np.array([_scale(trial) for trial in told])
        for pair in Front.of_trials(told).gaps():
            middle = float(np.sqrt(np.prod([_scale(trial) for trial in _jump(pair, told)])))
            if (np.maximum(tried / middle, middle / tried) ** 2 > CLOSE).all():
                return middle
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


def _jump(gap: tuple[Trial, Trial], told: list[Trial]) -> tuple[Trial, Trial]:
    """The neighbours in scale, from one end of the gap to the other, between which the objectives change most.

    What was told between the ends lies on no front, as all dead networks but one, yet says where the gap is.
    """
    width = _change(gap)
    low, high = sorted(_scale(trial) for trial in gap)
    inner = [trial for trial in told if trial.objectives is not None and low <= _scale(trial) <= high]
    return max(pairwise(sorted(inner, key=_scale)), key=lambda step: float(np.linalg.norm(_change(step) / width)))


def _change(pair: tuple[Trial, Trial]) -> Points:
    """By how much each objective differs, of two trials that completed."""
    change: Points = np.ptp(np.array([trial.objectives for trial in pair], dtype=float), axis=0)
    return change


def _scale(trial: Trial) -> float:
    descent = trial.recipe.descent
    if isinstance(descent, WeightedSum):
        raise TypeError(f"Trial {trial.key} must come from a multi-gradient descent; found a weighted sum.")
    return descent.l1_scale
