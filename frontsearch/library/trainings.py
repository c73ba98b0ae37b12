"""What both searches share: the checks before the first training, the training, and what is kept with its trial."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from frontsearch.errors import check
from frontsearch.library.checks import check_recipe, check_space, check_task, checked_path
from frontsearch.names import EPOCHS, KEY, RECIPE, STATUS
from frontsearch.recipe import Field, Recipe
from frontsearch.space import Entry, Space
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer, untrained_metrics
from frontsearch.trial import Trial
from frontsearch.workers import prepared_process

Record = dict[str, Field | dict[str, Field]]


@dataclass(frozen=True)
class Training:
    """Trains a recipe and leaves the settings of the process as they were; a class, as Ray calls no other kind."""

    trainer: Callable[[Recipe], Trial]

    def __call__(self, recipe: Recipe) -> Trial:
        """The trial of a recipe."""
        with prepared_process():
            return self.trainer(recipe)


def checked_trainer(
    task: Task, space: Mapping[str, Entry] | Space, template: Recipe, *, checkpoints: Checkpoints | Path | str | None
) -> tuple[Trainer, Space]:
    """A trainer and the space, once every recipe of it is known to be valid.

    Raises:
        ValueError: If an argument is of another kind, a recipe of the space is invalid or too short for the task's
            data, or ``checkpoints`` cannot be made a folder.
    """
    check_task(task)
    check_space(space)
    check_recipe("template", template)
    if not isinstance(checkpoints, Checkpoints | None):
        checkpoints = Checkpoints(checked_path("checkpoints", checkpoints).resolve())
    trainer, searched = Trainer(task, checkpoints), space if isinstance(space, Space) else Space(space)
    check("space", space, "a choice of at least one recipe field", holds=bool(searched.entries))
    searched.check(template, trainer.check)
    if checkpoints is not None:
        _make_folder(checkpoints.folder)
    return trainer, searched


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"`checkpoints` must be a folder or the path of a new one; found {folder}: {error}."
        ) from error


def stand_in_metrics(task: Task) -> Mapping[str, float]:
    """The metrics that stand for those of a training that diverged: of the untrained network with seed 0."""
    with prepared_process():
        return untrained_metrics(task)


def record(trial: Trial, stand_in: Callable[[], Mapping[str, float]]) -> Record:
    """What is kept with a trial, by name: key, recipe, status, epochs and metrics, or ``stand_in`` if it has none."""
    return {
        KEY: trial.key, RECIPE: trial.recipe.fields(), STATUS: trial.status.value, EPOCHS: trial.epochs,
        **(trial.metrics or stand_in()),
    }  # fmt: skip
