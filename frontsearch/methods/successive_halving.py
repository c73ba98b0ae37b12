"""``successive-halving``: many short trainings, of which the better ones go on, rung by rung."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.random_search import draw_recipe
from frontsearch.methods.ranking import best_first
from frontsearch.recipe import Recipe, WarmStart
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class SuccessiveHalving:
    """Successive halving on both objectives [Jamieson2016]_: random recipes, of which the better ones train on.

    At a rung the best ``1 / eta`` are promoted, by non-dominated sorting and by hypervolume contribution within a
    front. A promotion starts warm, optimiser state and all, and is charged for the epochs it adds. Schedules begin anew
    on each rung, as in a descent with warm restarts [Loshchilov2017]_. Brackets follow one another until the budget
    is spent; they are all alike, where Hyperband [Li2018]_ varies how hard they select.

    Attributes:
        population: Recipes that begin a bracket.
        first_epochs: Epochs on the first rung; those up to rung ``k`` are ``first_epochs * eta**k``.
        eta: Of how many one is promoted.
        rungs: Rungs of a bracket.
    """

    population: int = 8
    first_epochs: float = 1.0
    eta: int = 2
    rungs: int = 3

    def __post_init__(self) -> None:
        check_positive(first_epochs=self.first_epochs)
        check("eta", self.eta, "at least 2", holds=self.eta >= 2)
        check("rungs", self.rungs, "at least 1", holds=self.rungs >= 1)
        least = self.eta ** (self.rungs - 1)
        rule = f"at least {least}, so that one recipe comes to the last of {self.rungs} rungs"
        check("population", self.population, rule, holds=self.population >= least)

    def search(self, setting: Setting) -> Search:
        """Brackets without end, a rung a batch."""
        rng = setting.rng()
        while True:
            yield from self._bracket(setting, rng)

    def _bracket(self, setting: Setting, rng: np.random.Generator) -> Search:
        first = min(self.first_epochs, setting.budget)
        recipes = [draw_recipe(setting, rng) for _ in range(self.population)]
        asked = [_leg(recipe, done=0.0, epochs=first) for recipe in recipes]
        for rung in range(self.rungs):
            trials = yield asked
            done = first * self.eta**rung
            promoted = _best(trials, len(asked) // self.eta) if rung + 1 < self.rungs else []
            if not promoted:
                return
            recipes = [
                replace(recipes[place], start=WarmStart(trial=trials[place].key, optimiser=True), seed=draw_seed(rng))
                for place in promoted
            ]
            asked = [_leg(recipe, done=done, epochs=done * (self.eta - 1)) for recipe in recipes]


def _leg(recipe: Recipe, *, done: float, epochs: float) -> Recipe:
    """The part of a long training after ``done`` epochs: pruning begins when it would have in the whole."""
    begin = min(max(recipe.pruning.begin - done, 0.0), epochs)
    return replace(recipe, epochs=epochs, pruning=replace(recipe.pruning, begin=begin))


def _best(trials: Sequence[Trial], count: int) -> list[int]:
    """Places of the ``count`` best trials, or of all that completed where they are fewer."""
    completed = [place for place, trial in enumerate(trials) if trial.objectives is not None]
    points = np.array([trial.objectives for trial in trials if trial.objectives is not None])
    return [completed[place] for place in best_first(points)[:count]]
