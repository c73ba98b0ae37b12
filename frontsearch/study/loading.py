"""Loads the task that a study names."""

from frontsearch.errors import UserError
from frontsearch.study.config import StudyConfig
from frontsearch.tasks import TASKS, Task


def load_task(config: StudyConfig) -> Task:
    """The study's task, with its data loaded.

    Raises:
        UserError: When the data cannot be loaded, or the fingerprint in the study file is another one.
    """
    task = TASKS[config.task.name](**task_options(config))
    if config.fingerprint not in {None, task.fingerprint}:
        raise UserError(
            f"The study {config.name} was made with the task {config.fingerprint}; this {task.name} is "
            f"{task.fingerprint}: its data, split, network or penalised weights differ."
        )
    return task


def task_options(config: StudyConfig) -> dict[str, object]:
    """The options of the study's task, by name."""
    return config.task.model_dump(exclude={"name"})
