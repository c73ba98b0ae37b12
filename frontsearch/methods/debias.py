"""Debiasing after any method: networks on its front are trained further without l1, keeping their zeros."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Batch, Method, Search, Setting, draw_seed, is_trainable
from frontsearch.names import NONZEROS, PRUNABLE
from frontsearch.recipe import Pruning, Recipe, WarmStart
from frontsearch.trial import Trial

PRUNING_INTERVAL = 20  # steps: about twenty prunings per epoch on MNIST; each costs a sort of all weights


@dataclass(frozen=True, kw_only=True)
class Debias:
    """Options of debiasing, which a study file gives under a method's ``debias``.

    Attributes:
        share: Share of the method's budget spent on debiasing.
        epochs: Epochs per debiased network.
        learning_rate: Learning rate of Adam.
        keep: Share of a network's nonzeros to keep; the smallest weights are pruned along a cubic ramp meanwhile.
    """

    share: float = 0.2
    epochs: float = 1.0
    learning_rate: float = 1e-3
    keep: float = 1.0

    def __post_init__(self) -> None:
        check("share", self.share, "in (0, 1)", holds=0 < self.share < 1)
        check_positive(epochs=self.epochs, learning_rate=self.learning_rate)
        check("keep", self.keep, "in (0, 1]", holds=0 < self.keep <= 1)


@dataclass(frozen=True, kw_only=True)
class Debiased:
    """A method followed by debiasing [Belloni2013]_ of as many networks on its front as the budget pays for.

    An l1 penalty shrinks the weights that it does not set to zero. Training on without the penalty, with the zeros
    fixed, undoes the shrinkage: l1 rises while cross entropy and error fall at the same number of nonzeros. The
    smallest remaining weights may be pruned meanwhile [Zhu2018]_, which costs less accuracy than removing them by a
    stronger penalty.
    """

    method: Method
    options: Debias

    def search(self, setting: Setting) -> Search:
        """Yields the method's batches on its share of the budget, then one batch of debiasings."""
        budget = setting.budget * (1 - self.options.share)
        trials = yield from _within_budget(budget, self.method.search(replace(setting, budget=budget)))
        left = setting.budget - math.fsum(trial.epochs for trial in trials)
        candidates = list(filter(is_trainable, Front.of_trials(trials).trials))
        rng = np.random.default_rng(np.random.SeedSequence(setting.seed, spawn_key=(1,)))  # not the method's stream
        chosen = evenly_spaced(candidates, int(left / self.options.epochs + 1e-9))
        yield [self._recipe(setting, trial, draw_seed(rng)) for trial in chosen]

    def _recipe(self, setting: Setting, trial: Trial, seed: int) -> Recipe:
        template = replace(
            setting.template, epochs=self.options.epochs, pruning=self._pruning(trial), optimiser="adam",
            learning_rate=self.options.learning_rate,
        )  # fmt: skip
        return replace(setting, template=template).weighted_sum(0.0, seed, start=WarmStart(trial=trial.key))

    def _pruning(self, trial: Trial) -> Pruning:
        if self.options.keep == 1:
            return Pruning(regrow=False)
        kept = max(self.options.keep * trial.metrics[NONZEROS], 1.0)  # or there would be no network
        return Pruning(sparsity=1 - kept / trial.metrics[PRUNABLE], ramp="cubic", every=PRUNING_INTERVAL, regrow=False)


def without_debiasing(method: Method) -> Method:
    """The method without its debiasing, or the method itself if it has none."""
    return method.method if isinstance(method, Debiased) else method


def _within_budget(budget: float, search: Search) -> Generator[Batch, Sequence[Trial], list[Trial]]:
    """Runs a search until its budget is spent; the last batch may be cut short.

    Returns:
        All trials of the search.
    """
    trials: list[Trial] = []
    batch = next(search, ())
    while affordable := _affordable(batch, budget - math.fsum(trial.epochs for trial in trials)):
        outcomes = yield affordable
        trials += outcomes
        if len(affordable) < len(batch):
            break
        try:
            batch = search.send(outcomes)
        except StopIteration:
            break
    return trials


def _affordable(batch: Batch, epochs: float) -> Batch:
    costs = np.cumsum([recipe.epochs for recipe in batch])
    return batch[: int(np.searchsorted(costs, epochs + 1e-9, side="right"))]


def evenly_spaced(trials: Sequence[Trial], count: int) -> list[Trial]:
    """At most ``count`` of the trials, evenly spaced by index, including the first and the last."""
    indices = np.linspace(0, len(trials) - 1, num=min(count, len(trials))).round().astype(int)
    return [trials[index] for index in indices]
