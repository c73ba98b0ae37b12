"""The loop of pymoo's evolutionary algorithms, and their operators for populations with trials.

Methods import this module when a search begins: pymoo takes longer to import than most commands.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from pymoo.algorithms.base.genetic import GeneticAlgorithm
from pymoo.algorithms.moo.nsga2 import binary_tournament
from pymoo.core.duplicate import NoDuplicateElimination
from pymoo.core.individual import Individual
from pymoo.core.mixed import MixedVariableMating, MixedVariableSampling
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.operators.selection.tournament import TournamentSelection

from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.pymoo_variables import DIVERGED_OBJECTIVES, encode_variables, space_variables
from frontsearch.recipe import Recipe
from frontsearch.trial import Trial


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


class MatingWithParents(MixedVariableMating):  # type: ignore[misc] # pymoo ships no types
    """pymoo's mating of mixed variables with one child per pair; each child carries its ``parents``."""

    def __init__(self) -> None:
        tournament = TournamentSelection(func_comp=binary_tournament)
        super().__init__(selection=tournament, eliminate_duplicates=NoDuplicateElimination())

    def _do(self, problem: Problem, pop: Population, n_offsprings: int, **kwargs: object) -> Population:
        pairs = self.selection(problem, pop, n_offsprings, 2, **kwargs)
        children = super()._do(problem, pairs, n_offsprings, parents=True, **kwargs)
        for child, pair in zip(children, pairs, strict=True):
            child.set("parents", pair)
        return children


def _with_outcome(individual: Any, trial: Trial) -> Any:  # noqa: ANN401 - pymoo ships no types
    """Marks the individual as evaluated, with the trial's objectives; returns it."""
    individual.F = np.array(trial.objectives or DIVERGED_OBJECTIVES)
    individual.evaluated.update({"F", "G", "H"})
    individual.set("trial", trial)
    return individual
