"""``pymoo-nsga2``: pymoo's NSGA-II over the shared space, mixed variables, a generation a batch."""

from dataclasses import dataclass

import numpy as np
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
from pymoo.core.problem import Problem

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.methods.pymoo_variables import values, variables
from frontsearch.trial import Trial

# pymoo takes NaN without a word and infinities spoil its crowding distances: a diverged training is merely far away.
DIVERGED = (1e12, 1e12)


@dataclass(frozen=True, kw_only=True)
class PymooNsga2:
    """pymoo's NSGA-II [Deb2002]_ with mixed variables [Blank2020]_, a generation a batch."""

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def search(self, setting: Setting) -> Search:
        """Generations, until pymoo finds no combination of values that its population lacks."""
        rng = setting.rng()
        problem = Problem(vars=variables(setting.space), n_obj=2)
        algorithm = NSGA2(
            pop_size=self.population,
            sampling=MixedVariableSampling(),
            mating=MixedVariableMating(eliminate_duplicates=MixedVariableDuplicateElimination()),
            eliminate_duplicates=MixedVariableDuplicateElimination(),
        )
        algorithm.setup(problem, termination=("n_gen", np.inf), seed=draw_seed(rng), verbose=False)
        while (population := algorithm.ask()) is not None and len(population):
            chosen = [values(setting.space, individual.X) for individual in population]
            trials = yield [setting.space.decode(setting.template, one, seed=draw_seed(rng)) for one in chosen]
            for individual, trial in zip(population, trials, strict=True):
                _evaluated(individual, trial)
            algorithm.evaluator.n_eval += len(population)
            algorithm.tell(infills=population)


def _evaluated(individual: object, trial: Trial) -> None:
    individual.F = np.array(trial.objectives or DIVERGED)  # type: ignore[attr-defined]
    individual.evaluated.update({"F", "G", "H"})  # type: ignore[attr-defined]
