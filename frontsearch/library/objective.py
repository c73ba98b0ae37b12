"""``optuna_objective``: trainings as the objective function of an Optuna study."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import BaseTrial

from frontsearch.errors import check
from frontsearch.library.trainings import Training, checked_trainer, record, stand_in_metrics
from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints


def optuna_objective(
    task: Task,
    space: Mapping[str, Entry] | Space,
    *,
    template: Recipe = Recipe(),
    checkpoints: Checkpoints | Path | str | None = None,
) -> Callable[[BaseTrial], tuple[float, float]]:
    """A callable for ``study.optimize`` that trains what a trial suggests and returns ``(loss, l1)``.

    The study needs two directions, both ``minimize``. The user attributes of a trial are the training's ``key``, which
    names its checkpoint, its ``recipe`` as :meth:`Recipe.fields` gives it, ``status``, ``epochs`` and the metrics on
    all splits.

    A training that diverges raises ``optuna.TrialPruned``: samplers then avoid its values, and ``best_trials`` leaves
    it out. Its metrics are those of the untrained network with seed 0, because Optuna evaluates the constraints of
    pruned trials too and ends the study where one is missing or NaN.

    With the template's seed 0, the trial's number is the seed of its training; any other seed of the template gives
    every number another one. So calling the objective again with a finished or a fixed trial reproduces its values.
    Threads (``n_jobs``) train one at a time. To train in parallel, run several processes on one storage, or use
    ``frontsearch study --jobs``.

    During a training the process has one torch and one NumPy thread and flushes subnormal numbers to zero; afterwards,
    the earlier settings are restored. A thread that first uses torch during a training keeps one thread, and the
    training of a GPU's task leaves the generator of the GPU seeded.

    Args:
        task: Task to train on.
        space: Recipe fields to search, with the values each may take.
        template: Recipe that supplies all other fields.
        checkpoints: Folder in which the weights of every training are kept; None keeps none.

    Raises:
        ValueError: If a recipe of the space is invalid or too short for the task's data; if ``checkpoints``
            cannot be made a folder; or, when called, if the study does not minimise two values.

    Examples:
        >>> import optuna
        >>> from frontsearch import Range, Recipe, digits
        >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
        >>> space = {"l1_weight": Range(low=1e-3, high=1e-1, log=True)}
        >>> objective = optuna_objective(digits(network="linear"), space, template=Recipe(epochs=0.1))
        >>> sampler = optuna.samplers.NSGAIISampler(population_size=2, seed=1)
        >>> study = optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
        >>> study.optimize(objective, n_trials=4)
        >>> len(study.best_trials) > 0
        True
    """
    trainer, searched = checked_trainer(task, space, template, checkpoints=checkpoints)
    train = Training(trainer)
    stand_in = cache(lambda: stand_in_metrics(task))

    def objective(trial: BaseTrial) -> tuple[float, float]:
        if isinstance(trial, optuna.Trial):
            _check_directions(trial.study)
            # Optuna's NSGA-II assigns a trial to a generation only when its relative parameters are sampled.
            _ = trial.relative_params
        outcome = train(searched.decode(template, searched.suggest(trial), seed=_seed(template.seed, trial.number)))
        for name, value in record(outcome, stand_in).items():
            trial.set_user_attr(name, value)
        if outcome.objectives is None:
            raise optuna.TrialPruned(f"The training diverged after {outcome.epochs:g} epochs.")
        return outcome.objectives

    return objective


def _seed(root: int, number: int) -> int:
    """The seed of a trial's training; drawn from 63 bits, so that no two roots share one."""
    if root == 0:
        return number
    return int(np.random.SeedSequence(root, spawn_key=(number,)).generate_state(1, np.uint64)[0]) >> 1


def _check_directions(study: optuna.Study) -> None:
    found = [direction.name.lower() for direction in study.directions]
    rule = (
        "['minimize', 'minimize'] when the study is created, for the loss and l1, as other objectives need a function "
        "of your own that calls a `Trainer`"
    )
    check("directions", found, rule, holds=found == ["minimize", "minimize"])
