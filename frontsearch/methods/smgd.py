"""``smgd``: stochastic multi-gradient descents from scratch, at l1 scales spread over the front."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front, Points
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.trial import Trial

MIN_RATIO = 1.05  # closer scales differ by less than two trainings at the same scale


@dataclass(frozen=True, kw_only=True)
class Smgd:
    """Stochastic multi-gradient descents [Reiners2020]_, [Liu2019]_ at several l1 scales, each from scratch.

    A larger scale gives *less* weight to l1. The first batch spreads the scales over ``[low, high]`` on a log scale.
    The rest of the budget goes into the widest gap between neighbours on the front, at the geometric mean of their
    scales. Too small a scale ends in the zero network, which is the far end of such a gap, so the search closes in on
    the least scale at which networks survive.

    Attributes:
        low: Least l1 scale.
        high: Greatest l1 scale.
        spread: Number of scales tried before gaps are filled.
        optimiser: ``sgd``, ``madam`` or ``mrmsprop`` as published (SMGD, MAdam, MRMSProp); ``adam`` and ``rmsprop``
            combine the gradients first and precondition the result.
        learning_rate: Step size at the start.
        momentum: Heavy-ball momentum of ``sgd``.
    """

    _descent: ClassVar[type[MultiGradient]] = MultiGradient

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
        """Yields the spread scales as one batch, then one training per batch, without end."""
        rng = setting.rng()
        scales = np.geomspace(self.high, self.low, num=self.spread)
        trials = list((yield [self._recipe(setting, scale, draw_seed(rng)) for scale in scales]))
        while True:
            scale = self._next_scale(trials, rng)
            trials += yield [self._recipe(setting, scale, draw_seed(rng))]

    def _recipe(self, setting: Setting, scale: float, seed: int) -> Recipe:
        return replace(
            setting.template,
            descent=self._descent(l1_scale=float(scale)),
            optimiser=self.optimiser,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            seed=seed,
        )

    def _next_scale(self, trials: list[Trial], rng: np.random.Generator) -> float:
        tried = np.array([_l1_scale(trial) for trial in trials])
        for gap in Front.of_trials(trials).gaps():
            middle = float(np.sqrt(np.prod([_l1_scale(trial) for trial in _largest_step(gap, trials)])))
            if (np.maximum(tried / middle, middle / tried) ** 2 > MIN_RATIO).all():
                return middle
        return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))


def _largest_step(gap: tuple[Trial, Trial], trials: list[Trial]) -> tuple[Trial, Trial]:
    """The neighbours in scale, between the ends of the gap, whose objectives differ most.

    Dominated trials count too: all but one of the zero networks are dominated, yet they show where the gap is.
    """
    width = _differences(gap)
    low, high = sorted(_l1_scale(trial) for trial in gap)
    inner = [trial for trial in trials if trial.objectives is not None and low <= _l1_scale(trial) <= high]
    steps = pairwise(sorted(inner, key=_l1_scale))
    return max(steps, key=lambda step: float(np.linalg.norm(_differences(step) / width)))


def _differences(pair: tuple[Trial, Trial]) -> Points:
    """Absolute difference of two completed trials in each objective, ``(2,)``."""
    differences: Points = np.ptp(np.array([trial.objectives for trial in pair], dtype=float), axis=0)
    return differences


def _l1_scale(trial: Trial) -> float:
    descent = trial.recipe.descent
    if isinstance(descent, WeightedSum):
        raise TypeError(f"Trial {trial.key} must come from a multi-gradient descent; found a weighted sum.")
    return descent.l1_scale
