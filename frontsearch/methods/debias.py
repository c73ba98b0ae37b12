"""Debiasing after any method: the points of its front trained on without l1, their zeros fixed."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Batch, Method, Search, Setting, alive, draw_seed, with_epochs
from frontsearch.names import NONZEROS, PRUNABLE
from frontsearch.recipe import Pruning, Recipe, WarmStart
from frontsearch.trial import Trial

EVERY = 20  # steps between two cuts: a ramp of an epoch has some twenty on MNIST, and a cut costs a sort


@dataclass(frozen=True, kw_only=True)
class Debias:
    """What a study says about debiasing under a method's ``debias``.

    Attributes:
        share: Of the method's budget.
        epochs: Length of a point's debiasing.
        learning_rate: Its step size, by Adam.
        keep: Share of a point's nonzeros that stay; the smallest are cut along a cubic ramp while it is trained.
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
    """A method, then a debiasing [Belloni2013]_ of as many points of its front as the rest of the budget pays for.

    A penalty shrinks what it does not make zero; training on without it, the zeros fixed, takes the shrinkage back. l1
    rises while cross entropy and error fall: it trades along the number of nonzeros. The smallest weights that the
    penalty left may go meanwhile [Zhu2018]_, which costs less than a penalty that does without them.
    """

    method: Method
    options: Debias

    def search(self, setting: Setting) -> Search:
        """The method's batches on its share of the budget, then one batch."""
        share = setting.budget * (1 - self.options.share)
        told = yield from within(share, self.method.search(replace(setting, budget=share)))
        left = setting.budget - math.fsum(trial.epochs for trial in told)
        points = list(filter(alive, Front.of_trials(told).trials))
        rng = np.random.default_rng(np.random.SeedSequence(setting.seed, spawn_key=(1,)))  # not the method's stream
        chosen = spread(points, int(left / self.options.epochs + 1e-9))
        yield [self._recipe(setting, trial, draw_seed(rng)) for trial in chosen]

    def _recipe(self, setting: Setting, trial: Trial, seed: int) -> Recipe:
        return replace(
            with_epochs(setting.weighted(0.0, seed, start=WarmStart(trial=trial.key)), self.options.epochs),
            pruning=self._pruning(trial),
            optimiser="adam",
            learning_rate=self.options.learning_rate,
        )

    def _pruning(self, trial: Trial) -> Pruning:
        if self.options.keep == 1:
            return Pruning(regrow=False)
        density = self.options.keep * trial.metrics[NONZEROS] / trial.metrics[PRUNABLE]
        return Pruning(sparsity=1 - density, ramp="cubic", every=EVERY, regrow=False)


def undebiased(method: Method) -> Method:
    """The method itself, whatever is done with its front."""
    return method.method if isinstance(method, Debiased) else method


def within(budget: float, search: Search) -> Generator[Batch, Sequence[Trial], list[Trial]]:
    """All trials of a search, cut off where the budget is spent."""
    told: list[Trial] = []
    batch = next(search, ())
    while paid := _paid(batch, budget - math.fsum(trial.epochs for trial in told)):
        trials = yield paid
        told += trials
        if len(paid) < len(batch):
            break
        try:
            batch = search.send(trials)
        except StopIteration:
            break
    return told


def _paid(batch: Batch, left: float) -> Batch:
    costs = np.cumsum([recipe.epochs for recipe in batch])
    return batch[: int(np.searchsorted(costs, left + 1e-9, side="right"))]


def spread(points: Sequence[Trial], count: int) -> list[Trial]:
    """At most this many of the points, evenly over their order, both ends among them."""
    places = np.linspace(0, len(points) - 1, num=min(count, len(points))).round().astype(int)
    return [points[place] for place in places]
