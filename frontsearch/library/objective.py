"""``optuna_objective``: trainings as the objective function of an Optuna study."""

from collections.abc import Callable, Mapping

import optuna
from optuna.trial import BaseTrial

from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Trainer
from frontsearch.workers import prepare_process


def optuna_objective(
    task: Task, space: Mapping[str, Entry] | Space, *, template: Recipe = Recipe()
) -> Callable[[BaseTrial], tuple[float, float]]:
    """A callable for ``study.optimize`` that trains what a trial suggests and returns ``(cross_entropy, l1)``.

    The study needs two directions, both ``minimize``. Metrics on all splits are stored as user attributes of the trial.
    A training that diverges raises ``optuna.TrialPruned``. The trial's number is the seed of its training, so calling
    the objective again with a finished or a fixed trial reproduces its values. Threads (``n_jobs``) train one at a
    time. To train in parallel, run several processes on one storage, or use ``frontsearch study --jobs``.

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
    searched = space if isinstance(space, Space) else Space(space)
    searched.check(template)
    trainer = Trainer(task)

    def objective(trial: BaseTrial) -> tuple[float, float]:
        prepare_process()  # at every call, because some settings hold for one thread only
        if isinstance(trial, optuna.Trial):
            # Optuna's NSGA-II assigns a trial to a generation only when its relative parameters are sampled.
            _ = trial.relative_params
        outcome = trainer(searched.decode(template, searched.suggest(trial), seed=trial.number))
        for name, value in outcome.metrics.items():
            trial.set_user_attr(name, value)
        if outcome.objectives is None:
            raise optuna.TrialPruned(f"The training diverged after {outcome.epochs:g} epochs.")
        return outcome.objectives

    return objective
