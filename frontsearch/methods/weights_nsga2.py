"""``weights-nsga2``: evolution of the weights themselves, from a population of trained networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.operators.survival.rank_and_crowding import RankAndCrowding

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import Offspring, Recipe
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class WeightsNsga2:
    """NSGA-II [Deb2002]_ whose decision vector is the network's weights, real-coded.

    Simulated binary crossover [Deb1995]_ and polynomial mutation of all weights, no training after the first
    generation, which is of weighted sums at l1 weights spread on a log scale. An evaluation is charged as the share of
    an epoch that its forward passes are. Two networks that were trained apart have no weights in common, so their
    crosses are seldom any good: an honest baseline on small networks, hopeless on large ones.

    Attributes:
        networks: How many survive a generation, and how many children each has.
        trained: How many networks of the first generation are trained; crosses of them fill it up.
        evaluation_epochs: What a child is charged.
    """

    networks: int = 20
    trained: int = 4
    evaluation_epochs: float = 0.03

    def __post_init__(self) -> None:
        check("networks", self.networks, "at least 2", holds=self.networks >= 2)
        check("trained", self.trained, "at least 2", holds=self.trained >= 2)
        check_positive(evaluation_epochs=self.evaluation_epochs)

    def usable(self, setting: Setting) -> Sequence[Trial]:
        """The front of what completed, however it was trained: the weights of dominated trials are not kept."""
        return Front.of_trials(setting.initial_trials).trials

    def search(self, setting: Setting) -> Search:
        """The trained networks as one batch, unless a former run has some, then a generation a batch, without end."""
        rng = setting.rng()
        weights = np.geomspace(*setting.l1_weights, num=max(min(self.trained, setting.trainings), 1))
        fresh = [setting.weighted(float(weight), 0) for weight in weights]
        alive = survivors(self.usable(setting), self.networks)
        while True:
            children = [self._child(fresh[0], self._parents(alive, rng)) for _ in range(self.networks) if alive]
            trials = yield [replace(recipe, seed=draw_seed(rng)) for recipe in children or fresh]
            alive = survivors([*alive, *(trial for trial in trials if trial.objectives)], self.networks)

    def _child(self, recipe: Recipe, parents: tuple[str, str]) -> Recipe:
        start, begin = Offspring(trial=parents[0], other=parents[1]), 0.0
        return replace(recipe, start=start, epochs=self.evaluation_epochs, pruning=replace(recipe.pruning, begin=begin))

    @staticmethod
    def _parents(alive: Sequence[Trial], rng: np.random.Generator) -> tuple[str, str]:
        """Two winners of tournaments between two: the survivors come in their order."""
        first, second = rng.integers(len(alive), size=(2, 2)).min(axis=1)
        return alive[first].key, alive[second].key


def survivors(trials: Sequence[Trial], count: int) -> list[Trial]:
    """At most ``count`` completed trials, the best first: by non-dominated sorting, then the less crowded."""
    if not trials:
        return []
    values = np.array([trial.objectives for trial in trials], dtype=float)
    population = Population.new(X=np.arange(len(trials), dtype=float)[:, None], F=values)
    problem, ties = Problem(n_var=1, n_obj=2), np.random.default_rng(0)  # pymoo shuffles what is equally crowded
    kept = RankAndCrowding().do(problem, population, n_survive=min(count, len(trials)), random_state=ties)
    best_first = sorted(kept, key=lambda one: (one.get("rank"), -one.get("crowding"), one.X[0]))
    return [trials[int(one.X[0])] for one in best_first]
