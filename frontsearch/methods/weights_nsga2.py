"""``weights-nsga2``: evolution of the network weights themselves, from a population of trained networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.front import Front
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import Offspring, Recipe
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class WeightsNsga2:
    """NSGA-II [Deb2002]_ on the network weights themselves, starting from a few trained networks.

    The first generation consists of weighted sums at log-spaced l1 weights. Later ones are made by simulated binary
    crossover [Deb1995]_ and polynomial mutation of all weights, without training; each evaluation is charged as a
    fraction of an epoch. The weights of two separately trained networks do not correspond, so their crosses are seldom
    good. This is an honest baseline on small networks and hopeless on large ones.

    Attributes:
        networks: Number of survivors and of children in each generation.
        trained: Number of trained networks in the first generation; their crosses fill it up.
        evaluation_epochs: Epochs charged for a child's evaluation.
    """

    networks: int = 20
    trained: int = 4
    evaluation_epochs: float = 0.03

    def __post_init__(self) -> None:
        check("networks", self.networks, "at least 2", holds=self.networks >= 2)
        check("trained", self.trained, "at least 2", holds=self.trained >= 2)
        check_positive(evaluation_epochs=self.evaluation_epochs)

    def usable_initial_trials(self, setting: Setting) -> Sequence[Trial]:
        """The front of the initial trials, however they were trained; the weights of dominated trials are not kept."""
        return Front.of_trials(setting.initial_trials).trials

    def search(self, setting: Setting) -> Search:
        """Yields the trained networks as one batch, unless there are initial trials, then generations without end."""
        rng = setting.rng()
        count = max(min(self.trained, setting.affordable_trainings), 1)
        weights = np.geomspace(*setting.l1_weights, num=count)
        from_scratch = [setting.weighted_sum(float(weight), 0) for weight in weights]
        population = survivors(self.usable_initial_trials(setting), self.networks)
        while True:
            children = [
                self._child(from_scratch[0], self._parents(population, rng)) for _ in range(self.networks) if population
            ]
            trials = yield [replace(recipe, seed=draw_seed(rng)) for recipe in children or from_scratch]
            completed = (trial for trial in trials if trial.objectives)
            population = survivors([*population, *completed], self.networks)

    def _child(self, recipe: Recipe, parents: tuple[str, str]) -> Recipe:
        start, pruning = Offspring(trial=parents[0], other=parents[1]), replace(recipe.pruning, begin=0.0)
        return replace(recipe, start=start, epochs=self.evaluation_epochs, pruning=pruning)

    @staticmethod
    def _parents(population: Sequence[Trial], rng: np.random.Generator) -> tuple[str, str]:
        """Keys of the winners of two binary tournaments; the population must be sorted from best to worst."""
        first, second = rng.integers(len(population), size=(2, 2)).min(axis=1)
        return population[first].key, population[second].key


def survivors(trials: Sequence[Trial], count: int) -> list[Trial]:
    """At most ``count`` of these completed trials, best first: by non-dominated sorting, then by crowding distance."""
    if not trials:
        return []
    from pymoo.core.population import Population  # noqa: PLC0415 - importing pymoo takes longer than most commands
    from pymoo.core.problem import Problem  # noqa: PLC0415
    from pymoo.operators.survival.rank_and_crowding import RankAndCrowding  # noqa: PLC0415

    objectives = np.array([trial.objectives for trial in trials], dtype=float)
    population = Population.new(X=np.arange(len(trials), dtype=float)[:, None], F=objectives)
    problem, rng = Problem(n_var=1, n_obj=2), np.random.default_rng(0)  # pymoo shuffles equally crowded individuals
    kept = RankAndCrowding().do(problem, population, n_survive=min(count, len(trials)), random_state=rng)
    best_first = sorted(kept, key=lambda one: (one.get("rank"), -one.get("crowding"), one.X[0]))
    return [trials[int(individual.X[0])] for individual in best_first]
