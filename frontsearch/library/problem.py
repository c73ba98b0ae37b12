"""``pymoo_problem``: trainings as a pymoo problem with mixed variables."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, Self

import numpy as np
from pymoo.core.problem import Problem

from frontsearch.library.trainings import Training, checked_trainer, record, stand_in_metrics
from frontsearch.methods import DIVERGED_OBJECTIVES, decode_variables, space_variables
from frontsearch.names import KEY
from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer
from frontsearch.trial import Trial


class TrainingProblem(Problem):  # type: ignore[misc]  # pymoo ships no types
    """Minimises ``(loss, l1)`` of a training over the fields of a search space.

    A recipe is trained once, however often its point is evaluated, and copies of the problem share data and trials.

    Attributes:
        trainer: Trains a recipe.
        trials: The trial of each recipe trained so far.
    """

    def __init__(self, trainer: Trainer, space: Space, template: Recipe) -> None:
        super().__init__(vars=space_variables(space), n_obj=2)
        self.trainer, self.space, self.template, self.task = trainer, space, template, trainer.task
        self.trials: dict[Recipe, Trial] = {}

    @property
    def trainings(self) -> int:
        """The number of trainings so far."""
        return len(self.trials)

    def recipe(self, variables: Mapping[str, Any]) -> Recipe:
        """The recipe of a point; its seed is a hash of its other fields and the template's seed."""
        values = decode_variables(self.space, variables)
        unseeded = self.space.decode(self.template, values, seed=self.template.seed)
        return replace(unseeded, seed=int(unseeded.key("")[:15], 16))

    def _evaluate(
        self, x: Sequence[Mapping[str, Any]], out: dict[str, np.ndarray[Any, Any]], *_: object, **__: object
    ) -> None:
        recipes = [self.recipe(variables) for variables in x]
        new = [recipe for recipe in dict.fromkeys(recipes) if recipe not in self.trials]
        self.trials.update(zip(new, self.elementwise_runner(Training(self.trainer), new), strict=True))
        trials = [self.trials[recipe] for recipe in recipes]
        out["F"] = np.array([trial.objectives or DIVERGED_OBJECTIVES for trial in trials])
        records = [record(trial, lambda: self._stand_in) for trial in trials]
        for name in dict.fromkeys(name for one in records for name in one):
            out[name] = np.array([one.get(name, np.nan) for one in records])
        out[KEY] = np.array([_Key(trial.key) for trial in trials], dtype=object)

    @cached_property
    def _stand_in(self) -> Mapping[str, float]:
        return stand_in_metrics(self.task)

    def __deepcopy__(self, _: object) -> Self:
        return copy(self)  # pymoo's `save_history` copies the problem once a generation


class _Key(str):
    """A trial's key, which pymoo must not convert to a number even if it looks like one."""

    __slots__ = ()

    def __float__(self) -> NoReturn:
        raise TypeError("A key is no number.")


def pymoo_problem(
    task: Task,
    space: Mapping[str, Entry] | Space,
    *,
    template: Recipe = Recipe(),
    checkpoints: Checkpoints | Path | str | None = None,
) -> TrainingProblem:
    """A problem with mixed variables for pymoo's ``minimize``, whose objectives are ``(loss, l1)``.

    The algorithm needs pymoo's mixed-variable sampling, mating and duplicate elimination, as in the example. Real
    fields on a log scale are pymoo variables in log10. A point of your own, as ``evaluate`` takes it, is a dictionary
    with a value of each variable; one outside of the space raises a ValueError.

    Each individual carries the training's ``key``, which names its checkpoint, its ``recipe`` as :meth:`Recipe.fields`
    gives it, ``status``, ``epochs`` and the metrics on all splits: ``individual.get("key")``. A training that diverges
    has objectives ``(1e12, 1e12)``, because pymoo cannot rank infinities, and the metrics of the untrained network with
    seed 0.

    The seed of a training is a hash of its recipe and the template's seed. So a point has the same value whenever and
    wherever it is evaluated: pymoo's ``elementwise_runner`` changes the time and not the front. A recipe is trained
    once.

    During a training the process has one torch and one NumPy thread and flushes subnormal numbers to zero; afterwards,
    the earlier settings are restored. A thread that first uses torch during a training keeps one thread, and the
    training of a GPU's task leaves the generator of the GPU seeded.

    Args:
        task: Task to train on.
        space: Recipe fields to search, with the values each may take.
        template: Recipe that supplies all other fields.
        checkpoints: Folder in which the weights of every training are kept; None keeps none.

    Raises:
        ValueError: If a recipe of the space is invalid or too short for the task's data; or if ``checkpoints``
            cannot be made a folder.

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
    trainer, searched = checked_trainer(task, space, template, checkpoints=checkpoints)
    return TrainingProblem(trainer, searched, template)
