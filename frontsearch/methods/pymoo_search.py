"""``pymoo-*``: pymoo's multiobjective evolutionary algorithms over the shared search space."""

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
from frontsearch.methods.pymoo_variables import decode_variables, encode_variables, space_variables
from frontsearch.recipe import Recipe
from frontsearch.trial import Trial

# Objectives of a diverged training: pymoo accepts NaN silently, and infinities spoil its crowding distances.
DIVERGED_OBJECTIVES = (1e12, 1e12)


@dataclass(frozen=True, kw_only=True)
class PymooSearch(SpaceSearch):
    """Base of the methods that use a pymoo algorithm; a subclass names the algorithm. A batch is a generation.

    Attributes:
        population: Number of individuals per generation.
    """

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def search(self, setting: Setting) -> Search:
        """Yields generations until pymoo finds no combination of values that its population lacks."""

        def recipe_of(individual: Any, seed: int) -> Recipe:  # noqa: ANN401 - pymoo ships no types
            values = decode_variables(setting.space, individual.X)
            return setting.space.decode(setting.template, values, seed=seed)

        return evolve(setting, self._algorithm, recipe_of, initial_trials=self.usable_initial_trials(setting))

    def _algorithm(self, **operators: object) -> GeneticAlgorithm:
        return self._create(
            pop_size=self.population,
            mating=MixedVariableMating(eliminate_duplicates=MixedVariableDuplicateElimination()),
            eliminate_duplicates=MixedVariableDuplicateElimination(),
            **operators,
        )

    def _create(self, **options: object) -> GeneticAlgorithm:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class PymooNsga2(PymooSearch):
    """Evolves hyperparameters with pymoo's NSGA-II [Deb2002]_ for mixed variables [Blank2020]_."""

    def _create(self, **options: object) -> GeneticAlgorithm:
        return NSGA2(**options)


@dataclass(frozen=True, kw_only=True)
class PymooNsga3(PymooSearch):
    """Evolves hyperparameters with pymoo's NSGA-III [Deb2014]_ for mixed variables [Blank2020]_.

    There are as many reference directions as individuals.
    """

    def _create(self, **options: object) -> GeneticAlgorithm:
        # On two axes, n partitions make n + 1 directions.
        return NSGA3(get_reference_directions("uniform", 2, n_partitions=self.population - 1), **options)


@dataclass(frozen=True, kw_only=True)
class PymooSmsEmoa(PymooSearch):
    """Evolves hyperparameters with pymoo's SMS-EMOA [Beume2007]_, which selects by hypervolume.

    Variables are mixed [Blank2020]_. The individuals that contribute least to the hypervolume are dropped. The
    published algorithm makes one child at a time; here a whole generation is made at once, so that its trainings can
    run in parallel.
    """

    def _create(self, **options: object) -> GeneticAlgorithm:
        return SMSEMOA(**options)


def evolve(
    setting: Setting,
    create_algorithm: Callable[..., GeneticAlgorithm],
    recipe_of: Callable[[Any, int], Recipe],
    *,
    initial_trials: Sequence[Trial],
) -> Search:
    """Yields the generations of a pymoo algorithm as batches; each evaluated individual carries its ``trial``.

    Args:
        setting: Setting of the method.
        create_algorithm: Creates the algorithm, given a ``sampling`` operator.
        recipe_of: Makes the recipe of an individual, given a seed.
        initial_trials: Trials of an earlier run used as the first population, not charged to the budget. If they
            outnumber the population, pymoo's survival operator selects among them.
    """
    rng = setting.rng()
    space = setting.space
    initial = Population.create(
        *(_with_outcome(Individual(X=encode_variables(space, trial.recipe)), trial) for trial in initial_trials)
    )
    algorithm = create_algorithm(sampling=_InitialPopulation(initial))
    problem = Problem(vars=space_variables(space), n_obj=2)
    algorithm.setup(problem, termination=("n_gen", np.inf), seed=draw_seed(rng), verbose=False)
    while (population := algorithm.ask()) is not None and len(population):
        unevaluated = [individual for individual in population if not individual.evaluated]
        if unevaluated:  # an empty batch would end the search
            trials = yield [recipe_of(individual, draw_seed(rng)) for individual in unevaluated]
            for individual, trial in zip(unevaluated, trials, strict=True):
                _with_outcome(individual, trial)
        algorithm.evaluator.n_eval += len(unevaluated)
        with warnings.catch_warnings():  # pymoo's NSGA-III switches off all warnings of the process
            algorithm.tell(infills=population)


class _InitialPopulation(MixedVariableSampling):  # type: ignore[misc] # pymoo ships no types
    """Samples the first population: the initial individuals, completed by random ones."""

    def __init__(self, initial: Population) -> None:
        super().__init__()
        self.initial = initial

    def do(self, problem: Problem, n_samples: int, *args: object, **kwargs: Any) -> Population:  # noqa: ANN401
        missing = n_samples - len(self.initial)
        if missing < 0:
            survival = kwargs["algorithm"].survival
            return survival.do(problem, self.initial, *args, n_survive=n_samples, **kwargs)
        return Population.merge(self.initial, super().do(problem, missing, *args, **kwargs))


def _with_outcome(individual: Any, trial: Trial) -> Any:  # noqa: ANN401 - pymoo ships no types
    """Marks the individual as evaluated, with the trial's objectives; returns it."""
    individual.F = np.array(trial.objectives or DIVERGED_OBJECTIVES)
    individual.evaluated.update({"F", "G", "H"})
    individual.set("trial", trial)
    return individual
