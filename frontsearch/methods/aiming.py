"""Trainings at a target: pruned by magnitude while they train, to its size or as far as its metric allows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.methods.base import (
    SequentialSearch,
    Setting,
    check_prunes_by_magnitude,
    draw_seed,
    is_trainable,
    with_epochs,
)
from frontsearch.names import NONZEROS, PRUNABLE
from frontsearch.recipe import Pruning, Recipe, WarmStart
from frontsearch.target import Target
from frontsearch.trial import Trial

EVERY = 20  # steps between prunings, each of which costs a sort of all weights
CLOSED = 1.05  # ratio of two sizes below which nothing is tried between them
MIN_EPOCHS = 1e-6  # less of the budget is rounding


@dataclass(frozen=True, kw_only=True)
class Aim:
    """The trainings at a target, from the networks that a method has found so far.

    Networks are pruned and trained without l1 as :class:`Debias` does, because at equal size this costs less accuracy
    than a stronger penalty does.

    Attributes:
        setting: Setting of the method.
        target: The target.
        rng: Random generator of the seeds.
    """

    setting: Setting
    target: Target
    rng: np.random.Generator

    def __post_init__(self) -> None:
        check_prunes_by_magnitude(self.setting.template)

    def is_passed(self, trials: Sequence[Trial]) -> bool:
        """Whether the last trial completed and is small enough, or its metric is beyond the target."""
        if trials[-1].objectives is None:
            return False
        return self._is_met(trials[-1], trials) == self.target.limits_size

    def epochs_left(self, trials: Sequence[Trial]) -> float:
        """What is left of the budget after these trials; 0 if only rounding is."""
        left = self.setting.budget - math.fsum(trial.epochs for trial in trials)
        return left if left > MIN_EPOCHS else 0.0

    def search(self, trials: Sequence[Trial], *, smaller: float, epochs: float) -> SequentialSearch:
        """Spends the rest of the budget; a network that the task was given may be pruned like those of the method.

        Args:
            trials: The method's trials so far.
            smaller: Number of nonzeros to try first, for a target on a metric.
            epochs: Epochs of a training, for a target on a metric.
        """
        trials = [*trials, *self._given]
        if not any(map(is_trainable, trials)):
            return
        if self.target.limits_size:
            yield from self._at_size(trials)
        else:
            yield from self._within_gap(trials, smaller, epochs)

    def _at_size(self, trials: Sequence[Trial]) -> SequentialSearch:
        """Prunes the nearest larger network during half of the epochs that are left, and trains on during the rest."""
        nonzeros = self.target.nonzeros(_prunable(trials))
        trials, last, share, rate = list(trials), _nearest(trials, nonzeros), 0.5, 1.0
        while left := self.epochs_left(trials):
            trial = yield self._pruned(last, nonzeros, epochs=share * left, rate=rate)
            trials.append(trial)
            share = 1.0
            last, rate = (last, rate / 2) if trial.objectives is None else (trial, rate)

    def _within_gap(self, trials: list[Trial], smaller: float, epochs: float) -> SequentialSearch:
        """Halves the interval between the sparsest network within the gap and the size that exceeded it.

        The last training takes what is left, unless that is less than half of one, which may be no step.
        """
        exceeded = 0.0
        while (left := self.epochs_left(trials)) >= epochs / 2:
            nonzeros = max(math.floor(smaller), 1)
            trial = yield self._pruned(_nearest(trials, nonzeros), nonzeros, epochs=min(epochs, left))
            trials.append(trial)
            size = self._sparsest_within(trials).metrics[NONZEROS]
            if size > nonzeros:
                exceeded = nonzeros
            if exceeded * CLOSED >= size:
                exceeded = 0.0  # trained on, the network may become smaller still
            smaller = math.sqrt(size * exceeded) if exceeded else size / 2

    def _sparsest_within(self, trials: Sequence[Trial]) -> Trial:
        within = [trial for trial in trials if is_trainable(trial) and self._is_met(trial, trials)]
        return min(within or filter(is_trainable, trials), key=lambda trial: trial.metrics[NONZEROS])

    def _is_met(self, trial: Trial, trials: Sequence[Trial]) -> bool:
        """Whether a trial is within the target, compared with the best of these trials and of the network given."""
        measure = self.setting.criterion
        known = [each.metrics for each in (*trials, *self._given) if measure.known(each.metrics)]
        best = min(map(measure.cost, known), default=math.inf)
        return self.target.is_met(trial.metrics, measure=measure, best=best)

    @property
    def _given(self) -> list[Trial]:
        return [self.setting.given] if self.setting.given else []

    def _pruned(self, trial: Trial, nonzeros: int, *, epochs: float, rate: float = 1.0) -> Recipe:
        recipe = self.setting.weighted_sum(0.0, draw_seed(self.rng), start=WarmStart(trial=trial.key))
        sparsity = 1 - nonzeros / trial.metrics[PRUNABLE]
        return replace(
            with_epochs(recipe, epochs),
            pruning=Pruning(sparsity=sparsity, ramp="cubic", every=EVERY, regrow=False),
            learning_rate=rate * recipe.learning_rate,
        )


def _prunable(trials: Sequence[Trial]) -> float:
    return next(trial.metrics[PRUNABLE] for trial in trials if trial.objectives is not None)


def _nearest(trials: Sequence[Trial], nonzeros: int) -> Trial:
    """The smallest network that is not smaller than this size; the largest one if all are smaller."""
    trainable = sorted(filter(is_trainable, trials), key=lambda trial: trial.metrics[NONZEROS])
    return next((trial for trial in trainable if trial.metrics[NONZEROS] >= nonzeros), trainable[-1])
