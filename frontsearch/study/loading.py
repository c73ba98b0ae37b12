"""Loads the task that a study names, and checks that the study can train it."""

from collections.abc import Mapping
from dataclasses import replace

from frontsearch.errors import UserError, inside, key
from frontsearch.folder import read_regular
from frontsearch.names import ERROR
from frontsearch.recipe import Pruning, Recipe
from frontsearch.study.config import InputsTable, MeasuresTable, PythonTask, StudyConfig
from frontsearch.target import ERROR_INCREASE, Target
from frontsearch.tasks import Task, input_weights, make_task
from frontsearch.training import Trainer


def load_task(config: StudyConfig) -> Task:
    """The study's task, with its data loaded.

    Raises:
        UserError: When it cannot be made, or the fingerprint in the study file is another one.
    """
    if isinstance(config.task, PythonTask):
        raise UserError(
            f"The task {config.task.python} was made in a Python program: train, report and export there, as with "
            "`result.pick().export('network.onnx')`, a file that `frontsearch bench network.onnx` measures; "
            "`frontsearch export --dense` writes weights alone."
        )
    task = make_task(
        config.task.name,
        task_options(config),
        folder=config.module_folder,
        start=start_weights(config),
        complexity=config.complexity,
    )
    check_fingerprint(config, task)
    return task


def check_fingerprint(config: StudyConfig, task: Task) -> None:
    """Raises a UserError unless the task is the one that the study was made with."""
    if config.fingerprint not in {None, task.fingerprint}:
        raise UserError(
            f"The study {config.name} was made with the task {config.fingerprint}; this {task.name} is "
            f"{task.fingerprint}: its data, split, network or penalised weights differ."
        )


def start_weights(config: StudyConfig) -> bytes | None:
    """The content of the file of weights that trainings start from, if the study names one.

    Raises:
        UserError: When it cannot be read.
    """
    try:
        return read_regular(config.start) if config.start else None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"`start`, {config.start}, could not be read: {reason}.") from error


def task_options(config: StudyConfig) -> dict[str, object]:
    """The options of the study's task, by name."""
    return config.task.model_dump(exclude={"name", "factory"})


def measures_of(task: Task) -> MeasuresTable:
    """What a task measures, for the resolved study file."""
    metrics = {name: metric.direction for name, metric in task.metrics.items()}
    trained, loss = task.network.trained is not None, task.measures.loss.label
    content = {"objective": task.objective_split, "trained": trained, "loss": loss, "metrics": metrics}
    return MeasuresTable.model_validate({**content, "complexity": task.complexity})


def inputs_of(task: Task) -> InputsTable | None:
    """The columns of a task's inputs, for the resolved study file; None if it is unknown how networks read them."""
    weights = input_weights(task)
    return InputsTable(weights=weights, feature_names=task.feature_names) if weights else None


def check_trainable(config: StudyConfig, task: Task) -> None:
    """Raises a UserError unless every recipe of the study goes together with the task's data and network."""
    trainer, template = Trainer(task), config.template()
    trainer.check(template)
    try:
        config.search_space().check(template, trainer.check)
    except ValueError as error:
        raise UserError(f"{inside('space')} {error}") from error
    for name in config.methods:
        _check_lengths(config.lengths(name), trainer, template)
    if config.target is not None:
        _check_target(config.target, task)


def _check_lengths(lengths: Mapping[str, float], trainer: Trainer, template: Recipe) -> None:
    """Raises a UserError if the options of a method leave a training too short, which may only come late in a run."""
    for option, epochs in lengths.items():
        if option.endswith("`evaluation_epochs`"):
            continue  # the price of an evaluation, which takes no steps
        try:
            trainer.check(replace(template, epochs=epochs, pruning=Pruning()))
        except UserError as error:
            raise UserError(f"{option}: {error}") from error


def _check_target(target: Target, task: Task) -> None:
    """Raises a UserError unless the target can be measured on the task and leaves something to remove."""
    criterion = task.measures.criterion
    if target.metric == ERROR_INCREASE and criterion.key != ERROR:
        raise UserError(
            f"{key('target')} {target} needs a task whose first metric is {ERROR!r}; {task.name} is judged by its "
            f"{criterion.label}. Aim at a gap of that, in its own unit, such as metric_gap=0.02."
        )
    sizes = (weight.numel() for name, weight in task.network(0).named_parameters() if name in task.penalised)
    prunable = sum(sizes)
    if target.limits_size and not 0 < target.nonzeros(prunable) < prunable:
        raise UserError(
            f"{key('target')} must leave and remove at least one of the {prunable:,} penalised weights of "
            f"{task.name}; found {target}."
        )
