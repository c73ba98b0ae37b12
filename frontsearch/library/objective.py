"""The trainer as a plain Optuna objective."""

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

    The study needs two directions, both ``minimize``. Metrics of all splits become user attributes of the trial, and a
    training that diverges raises ``optuna.TrialPruned``. The trial's number seeds its training, so that a finished or a
    fixed trial gives what a live one of its number did. Threads (``n_jobs``) take turns; to train side by side, give
    several processes one storage, or use frontsearch's own ``--jobs``.

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
    trainer = Trainer(task)

    def objective(trial: BaseTrial) -> tuple[float, float]:
        prepare_process()  # anew, as some of it holds for one thread alone
        if isinstance(trial, optuna.Trial):
            # Optuna's NSGA-II counts a trial to a generation only once it has drawn for it as a whole.
            _ = trial.relative_params
        outcome = trainer(searched.decode(template, searched.suggest(trial), seed=trial.number))
        for name, value in outcome.metrics.items():
            trial.set_user_attr(name, value)
        if outcome.objectives is None:
            raise optuna.TrialPruned(f"The training diverged after {outcome.epochs:g} epochs.")
        return outcome.objectives

    return objective
