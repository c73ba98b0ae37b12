"""The sweeps of ``path``: each goes from dense to sparse, in more and longer trainings than the last one."""

import itertools
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from frontsearch.errors import SMALLEST
from frontsearch.front import Front
from frontsearch.methods.base import SequentialSearch, Setting, draw_seed, is_trainable, with_epochs
from frontsearch.methods.neighbours import l1_weight
from frontsearch.recipe import Recipe, WarmStart
from frontsearch.trial import Trial

FIRST_STEPS = 4  # of the first sweep
FINER = math.sqrt(2)  # by which the number of steps grows from sweep to sweep
FIRST_MULTIPLE = 20.0  # of the least l1 weight: where the first training is, unless that is halfway to the greatest
SPEED = 8.0  # times the study's learning rate: in a short training from scratch, weights must move far


@dataclass(kw_only=True)
class Sweeps:
    """Sweeps without end, none of which depends on the budget.

    A sweep begins with the dense network, which it trains for as long as all earlier sweeps did together, at an l1
    weight halfway, on a log scale, from its last one to the least; the first is at most 20 times the least. From there
    the sweep goes up to the greatest l1 weight: the first one in even ratios, a later one so that the rectangles
    between neighbours on the last sweep's front would be equally large. Points placed like that lose the least
    hypervolume, whatever the units. Steps become longer as the dense network's trainings do.

    The learning rate begins at eight times the study's, or at the study's own for a network that was given trained. It
    is halved after a training that diverged and, down to the study's own, after a dense one that did not lower the
    loss. A first network that is no better than the reference point is trained again from scratch at half the rate.

    Attributes:
        setting: Setting of the method.
        rng: Random generator of the seeds.
        first_epochs: Epochs of the first training.
        step_epochs: Epochs of each step of the first sweep.
        greatest: Last l1 weight of a sweep.
    """

    setting: Setting
    rng: np.random.Generator
    first_epochs: float
    step_epochs: float
    greatest: float
    _learning_rate: float = field(init=False)
    _dead: Trial | None = field(init=False, default=None)  # the sparse end: a network of no use, which no sweep passes

    def __post_init__(self) -> None:
        self._learning_rate = self.setting.template.learning_rate * (1.0 if self.setting.given else SPEED)

    def search(self) -> SequentialSearch:
        """Yields one sweep after the other."""
        least, greatest = self.setting.l1_weights
        distance = min(math.log(FIRST_MULTIPLE), math.log(greatest / least) / 2)
        dense: Trial | None = None
        swept: list[Trial] = []
        trained = 0.0
        for number in itertools.count():
            usable = False
            while not usable:
                trial = yield self._training(least * math.exp(distance), trained or self.first_epochs, dense)
                distance /= 2
                usable = self._is_usable(trial)
                self._adapt_learning_rate(trial, dense)
            dense, trained = trial, 2 * trained or self.first_epochs
            weights = self._weights([dense, *swept], round(FIRST_STEPS * FINER**number))
            swept = yield from self._sweep(dense, weights, self.step_epochs * (trained / self.first_epochs))

    def _sweep(self, last: Trial, weights: Sequence[float], epochs: float) -> Generator[Recipe, Trial, list[Trial]]:
        """Trains at each l1 weight, from the last completed network, until one is dead; returns the others."""
        swept = []
        for weight in weights:
            trial = yield self._training(weight, epochs, last)
            if trial.objectives is None:
                self._halve_learning_rate()
            elif self._is_dead(trial):
                self._dead = trial
                break
            else:
                swept.append(last := trial)
        return swept

    def _training(self, weight: float, epochs: float, start: Trial | None) -> Recipe:
        start_from = WarmStart(trial=start.key) if start else None
        recipe = self.setting.weighted_sum(weight, draw_seed(self.rng), start=start_from)
        return replace(with_epochs(recipe, epochs), learning_rate=self._learning_rate)

    def _weights(self, trials: Sequence[Trial], steps: int) -> list[float]:
        """The l1 weights of a sweep, from its dense network and the last sweep's networks."""
        front = Front.of_trials([*trials, *([self._dead] if self._dead else [])])
        known = np.maximum.accumulate([l1_weight(trial) for trial in front.trials])
        if len(known) == 1:
            return list(np.geomspace(l1_weight(trials[0]), self.greatest, steps + 1)[1:])
        sides = np.sqrt(-np.diff(front.points, axis=0).prod(axis=1))  # of squares as large as the rectangles
        place = np.concatenate([[0.0], np.cumsum(sides)])
        ends_dead = front.trials[-1] is self._dead
        shares = np.arange(1, steps + 1) / (steps + ends_dead)
        weights: list[float] = np.exp(np.interp(shares * place[-1], place, np.log(known))).tolist()
        reached = weights[-1] > self.greatest * (1 - 1e-9)
        return weights if ends_dead or reached else [*weights, self.greatest]

    def _is_dead(self, trial: Trial) -> bool:
        """Whether a completed network has no weights or is no better than the reference point."""
        loss, l1 = trial.objectives or (math.inf, 0.0)
        return l1 == 0 or loss >= self.setting.reference_point[0]

    def _is_usable(self, trial: Trial) -> bool:
        """Whether a sweep can start here; at the study's own rate, from any network that can be trained."""
        return is_trainable(trial) and (not self._is_dead(trial) or self._is_slow)

    @property
    def _is_slow(self) -> bool:
        return self._learning_rate <= self.setting.template.learning_rate

    def _adapt_learning_rate(self, trial: Trial, start: Trial | None) -> None:
        """Halves the rate after a dense training that diverged or, down to the study's own, did not lower the loss."""
        before, _ = (start and start.objectives) or self.setting.reference_point
        if trial.objectives is None or (trial.objectives[0] >= before and not self._is_slow):
            self._halve_learning_rate()

    def _halve_learning_rate(self) -> None:
        self._learning_rate = max(self._learning_rate / 2, SMALLEST)
