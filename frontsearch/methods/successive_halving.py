"""``successive-halving``: many short trainings, of which the better ones are continued, rung by rung."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.random_search import draw_recipe
from frontsearch.methods.ranking import best_first
from frontsearch.recipe import Recipe, WarmStart
from frontsearch.trial import Trial

MOST_RUNGS = 20  # two to this power is more than any population


@dataclass(frozen=True, kw_only=True)
class SuccessiveHalving:
    """Successive halving [Jamieson2016]_: trains many random recipes briefly and continues only the best ones.

    At each rung the best ``1 / eta`` are promoted, by non-dominated sorting and, within a front, by hypervolume
    contribution. A promoted training continues with its weights and optimiser state and is charged only for the epochs
    it adds. Schedules restart on each rung, as in descent with warm restarts [Loshchilov2017]_. Brackets follow one
    another until the budget is spent; all are alike, whereas Hyperband [Li2018]_ varies how hard they select.

    Attributes:
        population: Number of recipes that begin a bracket.
        first_epochs: Epochs on the first rung; a training on rung ``k`` has had ``first_epochs * eta**k`` in all.
        eta: One in ``eta`` trainings is promoted.
        rungs: Number of rungs in a bracket.
    """

    population: int = 8
    first_epochs: float = 1.0
    eta: int = 2
    rungs: int = 3

    def __post_init__(self) -> None:
        check_positive(first_epochs=self.first_epochs)
        check("eta", self.eta, "at least 2", holds=self.eta >= 2)
        check("rungs", self.rungs, f"from 1 to {MOST_RUNGS}", holds=1 <= self.rungs <= MOST_RUNGS)
        least = self.eta ** (self.rungs - 1)
        rule = f"at least {least}, so that one recipe reaches the last of {self.rungs} rungs"
        check("population", self.population, rule, holds=self.population >= least)

    def search(self, setting: Setting) -> Search:
        """Yields one batch per rung, bracket after bracket, without end."""
        rng = setting.rng()
        while True:
            yield from self._bracket(setting, rng)

    def _bracket(self, setting: Setting, rng: np.random.Generator) -> Search:
        first_epochs = min(self.first_epochs, setting.budget)
        recipes = [draw_recipe(setting, rng) for _ in range(self.population)]
        batch = [_continued(recipe, done=0.0, epochs=first_epochs) for recipe in recipes]
        for rung in range(self.rungs):
            trials = yield batch
            done = first_epochs * self.eta**rung
            promoted = _best(trials, len(batch) // self.eta) if rung + 1 < self.rungs else []
            if not promoted:
                return
            recipes = [
                replace(recipes[index], start=WarmStart(trial=trials[index].key, optimiser=True), seed=draw_seed(rng))
                for index in promoted
            ]
            batch = [_continued(recipe, done=done, epochs=done * (self.eta - 1)) for recipe in recipes]


def _continued(recipe: Recipe, *, done: float, epochs: float) -> Recipe:
    """The recipe for ``epochs`` more after ``done`` epochs; pruning begins when it would in one long training."""
    begin = min(max(recipe.pruning.begin - done, 0.0), epochs)
    return replace(recipe, epochs=epochs, pruning=replace(recipe.pruning, begin=begin))


def _best(trials: Sequence[Trial], count: int) -> list[int]:
    """Indices of the ``count`` best trials, or of all completed ones if there are fewer."""
    completed = [index for index, trial in enumerate(trials) if trial.objectives is not None]
    points = np.array([trial.objectives for trial in trials if trial.objectives is not None])
    return [completed[index] for index in best_first(points)[:count]]
