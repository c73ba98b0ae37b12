"""pymoo's multiobjective algorithms over the shared space: mixed variables, a generation a batch."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pymoo.algorithms.base.genetic import GeneticAlgorithm
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.moo.nsga3 import NSGA3
from pymoo.algorithms.moo.sms import SMSEMOA
from pymoo.core.individual import Individual
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.util.ref_dirs import get_reference_directions

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, SpaceSearch, draw_seed
from frontsearch.methods.pymoo_variables import chosen, values, variables
from frontsearch.recipe import Recipe
from frontsearch.trial import Trial

# pymoo takes NaN without a word and infinities spoil its crowding distances: a diverged training is merely far away.
DIVERGED = (1e12, 1e12)


@dataclass(frozen=True, kw_only=True)
class PymooSearch(SpaceSearch):
    """What pymoo's algorithms share; each says only which one it is."""

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def search(self, setting: Setting) -> Search:
        """Generations, until pymoo finds no combination of values that its population lacks."""

        def recipe(individual: Any, seed: int) -> Recipe:  # noqa: ANN401 - pymoo ships no types
            return setting.space.decode(setting.template, values(setting.space, individual.X), seed=seed)

        return evolve(setting, self._algorithm, recipe, initial_trials=self.usable(setting))

    def _algorithm(self, **operators: object) -> GeneticAlgorithm:
        mating = MixedVariableMating(eliminate_duplicates=MixedVariableDuplicateElimination())
        different = MixedVariableDuplicateElimination()
        return self._kind(pop_size=self.population, mating=mating, eliminate_duplicates=different, **operators)

    def _kind(self, **options: object) -> GeneticAlgorithm:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class PymooNsga2(PymooSearch):
    """pymoo's NSGA-II [Deb2002]_ with mixed variables [Blank2020]_, a generation a batch."""

    def _kind(self, **options: object) -> GeneticAlgorithm:
        return NSGA2(**options)


@dataclass(frozen=True, kw_only=True)
class PymooNsga3(PymooSearch):
    """pymoo's NSGA-III [Deb2014]_ with mixed variables [Blank2020]_, as many reference directions as individuals."""

    def _kind(self, **options: object) -> GeneticAlgorithm:
        # On two axes n divisions make n + 1 directions.
        return NSGA3(get_reference_directions("uniform", 2, n_partitions=self.population - 1), **options)


@dataclass(frozen=True, kw_only=True)
class PymooSmsEmoa(PymooSearch):
    """pymoo's SMS-EMOA [Beume2007]_ with mixed variables [Blank2020]_, a generation a batch.

    Whoever adds least to the hypervolume goes. The published algorithm makes one child at a time; here a generation is
    made at once, so that its trainings can run side by side.
    """

    def _kind(self, **options: object) -> GeneticAlgorithm:
        return SMSEMOA(**options)


def evolve(
    setting: Setting,
    algorithm: Callable[..., GeneticAlgorithm],
    recipe: Callable[[Any, int], Recipe],
    *,
    initial_trials: Sequence[Trial],
) -> Search:
    """A pymoo algorithm's generations as batches; every individual told carries its ``trial``.

    Args:
        setting: Whose space is searched.
        algorithm: Makes the algorithm that takes this ``sampling``.
        recipe: An individual's recipe, with this seed.
        initial_trials: Trials of a previous run, which cost nothing. Where there are more than fit the population,
            pymoo's survival chooses.
    """
    rng = setting.rng()
    known = Population.create(
        *(_told(Individual(X=chosen(setting.space, trial.recipe)), trial) for trial in initial_trials)
    )
    running = algorithm(sampling=_FirstPopulation(Population.create(*known)))
    problem = Problem(vars=variables(setting.space), n_obj=2)
    running.setup(problem, termination=("n_gen", np.inf), seed=draw_seed(rng), verbose=False)
    while (population := running.ask()) is not None and len(population):
        fresh = [individual for individual in population if not individual.evaluated]
        if fresh:  # an empty batch would say that the search has ended
            trials = yield [recipe(individual, draw_seed(rng)) for individual in fresh]
            for individual, trial in zip(fresh, trials, strict=True):
                _told(individual, trial)
        running.evaluator.n_eval += len(fresh)
        with warnings.catch_warnings():  # pymoo's NSGA-III turns all warnings of the process off
            running.tell(infills=population)


class _FirstPopulation(MixedVariableSampling):  # type: ignore[misc] # pymoo ships no types
    """Former trials, and random values for as many as are lacking."""

    def __init__(self, known: Population) -> None:
        super().__init__()
        self.known = known

    def do(self, problem: Problem, n_samples: int, *args: object, **kwargs: Any) -> Population:  # noqa: ANN401
        lacking = n_samples - len(self.known)
        if lacking < 0:
            survival = kwargs["algorithm"].survival
            return survival.do(problem, self.known, *args, n_survive=n_samples, **kwargs)
        return Population.merge(self.known, super().do(problem, lacking, *args, **kwargs))


def _told(individual: Any, trial: Trial) -> Any:  # noqa: ANN401 - pymoo ships no types
    individual.F = np.array(trial.objectives or DIVERGED)
    individual.evaluated.update({"F", "G", "H"})
    individual.set("trial", trial)
    return individual
