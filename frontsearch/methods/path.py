"""``path``: one network followed along the front, each l1 weight warm-started from the previous one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from frontsearch.errors import LARGEST, SMALLEST, check, check_positive
from frontsearch.front import Front
from frontsearch.methods.aiming import Aim
from frontsearch.methods.base import (
    Search,
    SequentialSearch,
    Setting,
    draw_seed,
    in_batches,
    warm_start_from,
    with_epochs,
)
from frontsearch.methods.neighbours import l1_weight
from frontsearch.methods.step_length import leaves_front
from frontsearch.methods.sweeps import Sweeps
from frontsearch.names import NONZEROS
from frontsearch.recipe import FromScratch, Start, WarmStart
from frontsearch.target import Target
from frontsearch.trial import Trial

MIN_STEP = 1 / 16  # of an even step; a network that such a step still kills has reached the end of the front
SWEEP = 0.8  # of the budget, for the sweep up to a target
ATTEMPTS = 4  # at most, within a target's error: one longer training is worth more than several short ones
LEAST = 0.25  # epochs of a step, unless the study's trainings are shorter; less may be no step on little data
ROUNDING = 1e-9
MIN_RATIO = 1.02  # closer l1 weights differ by less than two trainings at the same l1 weight


@dataclass(frozen=True, kw_only=True)
class Path:
    """A proximal path from dense to sparse: each training starts from the weights of the previous one.

    It follows the l1 weight as for the lasso [Friedman2010]_, with proximal Adam on networks [Yun2021]_. A path from
    sparse to dense would start at the zero network, a stationary point that a deep network never leaves. Quick sweeps
    at a higher learning rate come first and longer, finer ones follow, so that there is a whole front early and it
    improves for as long as the budget lasts; nothing but the last training depends on the budget.

    With ``sweep`` or a target, it plans one sweep for the budget. That raises the l1 weight from the least one in even
    ratios. A step that loses too much cross entropy or sets all weights to zero is undone and halved; after the zero
    network, later steps stay short, so that the sweep ends close to where networks die. The rest of the budget goes by
    turns to the dense end, for as long as cross entropy falls there, and into the widest gaps.

    After a training that diverged, the next one starts from the last completed one at half the learning rate.

    Attributes:
        first_epochs: Epochs of the first training; None takes half of a training of the study; with ``sweep`` or a
            target, a fifth of the budget, and at least a training of the study.
        step_epochs: Epochs of each later training of the first sweep, which grow from sweep to sweep; None takes a
            quarter of the first training; with ``sweep`` or a target, a twentieth of the budget. Neither is below a
            quarter of an epoch, unless the study's trainings are.
        beyond: Last l1 weight of the path, as a multiple of the study's greatest one; a trained network survives l1
            weights that drive one from scratch to zero.
        sweep: Share of the budget for one planned sweep; the rest fills gaps. None, without a target, sweeps on.
        axes: Axes on which a planned sweep's gaps are measured.
        starts: Number of sweeps from different networks, side by side; one network may miss a piece of a nonconvex
            front.
    """

    first_epochs: float | None = None
    step_epochs: float | None = None
    beyond: float = 1.0
    sweep: float | None = None
    axes: Literal["linear", "log"] = "linear"
    starts: int = 1

    def __post_init__(self) -> None:
        given = {"first_epochs": self.first_epochs, "step_epochs": self.step_epochs}
        check_positive(or_zero=False, **{name: epochs for name, epochs in given.items() if epochs is not None})
        check("beyond", self.beyond, f"finite and at least 1, at most {LARGEST:g}", holds=1 <= self.beyond <= LARGEST)
        check("sweep", self.sweep, "in (0, 1]", holds=self.sweep is None or 0 < self.sweep <= 1)
        check("axes", self.axes, "linear or log", holds=self.axes in {"linear", "log"})
        check("starts", self.starts, "at least 1", holds=self.starts >= 1)

    def search(self, setting: Setting) -> Search:
        """Yields batches of one training for each start, without end."""
        if setting.target is not None:
            yield from self.search_target(setting, setting.target)
        elif self.sweep is not None:
            yield from self._search_planned(setting)
        else:
            rng = setting.rng()
            yield from in_batches([self._sweeps(setting, rng) for _ in range(self.starts)])

    def _sweeps(self, setting: Setting, rng: np.random.Generator) -> SequentialSearch:
        """Yields sweeps from one network until its share of the budget is spent; the last training takes what is left.

        A training is never shorter for that than the shortest other one.
        """
        usual = setting.template.epochs
        first_epochs = self.first_epochs or max(usual / 2, min(usual, 2 * LEAST))
        step_epochs = self.step_epochs or max(first_epochs / 4, min(usual, LEAST))
        search = Sweeps(
            setting=setting, rng=rng, first_epochs=first_epochs, step_epochs=step_epochs,
            greatest=self._greatest(setting),
        ).search()  # fmt: skip
        recipe, left = next(search), setting.budget / self.starts
        while left > (1 - ROUNDING) * min(recipe.epochs, first_epochs, step_epochs):
            trial = yield with_epochs(recipe, min(recipe.epochs, left))
            recipe, left = search.send(trial), left - trial.epochs

    def _greatest(self, setting: Setting) -> float:
        return min(setting.l1_weights[1] * self.beyond, LARGEST)

    def _search_planned(self, setting: Setting) -> Search:
        """Yields the sweeps side by side, one training of each per batch, then one training per batch, without end."""
        rng = setting.rng()
        trials = yield from in_batches([self._sweep(setting, rng) for _ in range(self.starts)])
        tried: set[tuple[str, str]] = set()
        while True:
            weight, start = self._next_training(setting, trials, tried)
            trials += yield [
                with_epochs(setting.weighted_sum(weight, draw_seed(rng), start=start), self._epochs(setting)[1])
            ]

    def search_target(self, setting: Setting, target: Target) -> Search:
        """Yields the sweeps up to the target, then one training at the target per batch."""
        aim = Aim(setting=setting, target=target, rng=setting.rng())
        trials = yield from in_batches([self._sweep(setting, aim.rng, aim) for _ in range(self.starts)])
        smallest = min((trial.metrics[NONZEROS] for trial in trials if trial.objectives is not None), default=0.0)
        epochs = max(self._epochs(setting)[1], aim.epochs_left(trials) / ATTEMPTS)
        yield from in_batches([aim.search(trials, smaller=smallest, epochs=epochs)])

    def _epochs(self, setting: Setting) -> tuple[float, float]:
        """Epochs of the first and of each later training of a planned sweep."""
        budget, usual = setting.budget / self.starts, setting.template.epochs
        first_epochs = self.first_epochs or max(budget / 5, usual)
        return min(first_epochs, budget), self.step_epochs or max(budget / 20, min(usual, LEAST))

    def _sweep(self, setting: Setting, rng: np.random.Generator, aim: Aim | None = None) -> SequentialSearch:
        """Trains from scratch at the least l1 weight, then takes as many steps up as this sweep's budget pays for.

        It ends where it passes the target, if there is one.
        """
        first_epochs, step_epochs = self._epochs(setting)
        budget = setting.budget * (self.sweep or SWEEP) / self.starts
        steps = int((budget - first_epochs) / step_epochs + ROUNDING)
        weight, greatest = setting.l1_weights[0], self._greatest(setting)
        learning_rate, step, died = setting.template.learning_rate, 1.0, False
        last = yield with_epochs(setting.weighted_sum(weight, draw_seed(rng)), first_epochs)
        trials = [last]
        if aim is not None and aim.is_passed(trials):
            return
        for steps_left in range(steps, 0, -1):
            next_weight = weight * (greatest / weight) ** (step / steps_left)
            recipe = setting.weighted_sum(next_weight, draw_seed(rng), start=warm_start_from(last))
            trial = yield replace(with_epochs(recipe, step_epochs), learning_rate=learning_rate)
            trials.append(trial)
            if aim is not None and aim.is_passed(trials):
                return
            if trial.objectives is None:
                weight, learning_rate = next_weight, max(learning_rate / 2, SMALLEST)
            elif step > MIN_STEP and leaves_front(last, trial, setting.reference_point):
                step, died = step / 2, died or trial.objectives[1] == 0
            elif trial.objectives[1] == 0:
                return
            else:
                last, weight, step = trial, next_weight, step if died else min(2 * step, 1.0)

    def _next_training(
        self, setting: Setting, trials: Sequence[Trial], tried: set[tuple[str, str]]
    ) -> tuple[float, Start]:
        """The l1 weight and the start of the next training after the sweeps; adds its gap to ``tried``.

        By turns, it is at the dense end, at the least l1 weight, or in the middle of the widest gap, from the weights
        of the gap's denser end. The dense end is tried again only when a better network was found there. If everything
        has been tried, the sparser end of the widest gap is trained again.
        """
        front = Front.of_trials(trials)
        if not front.trials:
            return setting.l1_weights[0], FromScratch()
        best = front.trials[0]
        gaps = [gap for gap in front.gaps(log=self.axes == "log") if l1_weight(gap[1]) > MIN_RATIO * l1_weight(gap[0])]
        for dense, sparse in [(best, best), *gaps] if len(tried) % 2 == 0 else [*gaps, (best, best)]:
            if (dense.key, sparse.key) not in tried:
                tried.add((dense.key, sparse.key))
                weight = setting.l1_weights[0] if dense is sparse else math.sqrt(l1_weight(dense) * l1_weight(sparse))
                return weight, WarmStart(trial=dense.key)
        dense, sparse = gaps[0] if gaps else (best, best)
        return l1_weight(sparse), WarmStart(trial=dense.key)
