"""The trainer as a pymoo problem with mixed variables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pymoo.core.problem import ElementwiseProblem

from frontsearch.methods import DIVERGED, values, variables
from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Trainer
from frontsearch.workers import prepare_process


class TrainingProblem(ElementwiseProblem):  # type: ignore[misc]  # pymoo ships no types
    """Minimises ``(cross_entropy, l1)`` of a training over the variables of a space.

    Entries on a log scale are pymoo variables in log10. Trainings are seeded by how many came before; one that
    diverges is worth ``(1e12, 1e12)``, which pymoo, unlike an infinity, can rank.
    """

    def __init__(self, trainer: Trainer, space: Space, template: Recipe) -> None:
        super().__init__(vars=variables(space), n_obj=2)
        self.trainer, self.space, self.template = trainer, space, template
        self.trainings = 0

    def _evaluate(self, x: Mapping[str, Any], out: dict[str, Any], *_: object, **__: object) -> None:
        prepare_process()  # here, as this may be another process by now, or another thread
        recipe = self.space.decode(self.template, values(self.space, x), seed=self.trainings)
        self.trainings += 1
        out["F"] = np.array(self.trainer(recipe).objectives or DIVERGED)


def pymoo_problem(task: Task, space: Mapping[str, Entry] | Space, *, template: Recipe = Recipe()) -> TrainingProblem:
    """A pymoo ``Problem`` with mixed variables that ``minimize(problem, NSGA2(...))`` accepts.

    The algorithm needs pymoo's mixed-variable sampling, mating and duplicate elimination.

    Each training sets its process up for good: one torch thread, subnormal numbers flushed, freed memory kept.

    Args:
        task: What is trained on.
        space: Which recipe fields are searched, each within what.
        template: The recipe whose other fields all trainings share.

    Raises:
        ValueError: When the space searches what the template's descent has not, or the task's ``chain`` is none.
    """
    searched = space if isinstance(space, Space) else Space(space)
    searched.check(template)
    return TrainingProblem(Trainer(task), searched, template)
