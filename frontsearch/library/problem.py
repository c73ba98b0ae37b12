"""``pymoo_problem``: trainings as a pymoo problem with mixed variables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pymoo.core.problem import ElementwiseProblem

from frontsearch.methods import DIVERGED_OBJECTIVES, decode_variables, space_variables
from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Trainer
from frontsearch.workers import prepare_process


class TrainingProblem(ElementwiseProblem):  # type: ignore[misc]  # pymoo ships no types
    """Minimises ``(cross_entropy, l1)`` of a training over the fields of a search space.

    Fields on a log scale are pymoo variables in log10. The number of earlier trainings is the seed of each training. A
    training that diverges has objectives ``(1e12, 1e12)``, because pymoo cannot rank infinities.
    """

    def __init__(self, trainer: Trainer, space: Space, template: Recipe) -> None:
        super().__init__(vars=space_variables(space), n_obj=2)
        self.trainer, self.space, self.template = trainer, space, template
        self.trainings = 0

    def _evaluate(self, x: Mapping[str, Any], out: dict[str, Any], *_: object, **__: object) -> None:
        prepare_process()  # at every call, because pymoo may evaluate in another process or thread
        recipe = self.space.decode(self.template, decode_variables(self.space, x), seed=self.trainings)
        self.trainings += 1
        out["F"] = np.array(self.trainer(recipe).objectives or DIVERGED_OBJECTIVES)


def pymoo_problem(task: Task, space: Mapping[str, Entry] | Space, *, template: Recipe = Recipe()) -> TrainingProblem:
    """A problem with mixed variables for pymoo's ``minimize``, whose objectives are ``(cross_entropy, l1)``.

    The algorithm needs pymoo's mixed-variable sampling, mating and duplicate elimination, as in the example.

    Each training changes settings of its process and does not reset them: one torch thread, subnormal numbers flushed
    to zero, freed memory kept for reuse.

    Args:
        task: Task to train on.
        space: Recipe fields to search, with the values each may take.
        template: Recipe that supplies all other fields.

    Raises:
        ValueError: If the space searches the l1 weight or l1 scale that the template's descent does not use, or if the
            task's ``chain`` does not describe its network.

    Examples:
        >>> from pymoo.algorithms.moo.nsga2 import NSGA2
        >>> from pymoo.core.mixed import MixedVariableDuplicateElimination, MixedVariableMating, MixedVariableSampling
        >>> from pymoo.optimize import minimize
        >>> from frontsearch import Range, Recipe, digits
        >>> space = {"l1_weight": Range(low=1e-3, high=1e-1, log=True)}
        >>> problem = pymoo_problem(digits(network="linear"), space, template=Recipe(epochs=0.1))
        >>> duplicates = MixedVariableDuplicateElimination()
        >>> algorithm = NSGA2(
        ...     pop_size=2,
        ...     sampling=MixedVariableSampling(),
        ...     mating=MixedVariableMating(eliminate_duplicates=duplicates),
        ...     eliminate_duplicates=duplicates,
        ... )
        >>> result = minimize(problem, algorithm, ("n_gen", 2), seed=1)
        >>> problem.trainings
        4
    """
    searched = space if isinstance(space, Space) else Space(space)
    searched.check(template)
    return TrainingProblem(Trainer(task), searched, template)
