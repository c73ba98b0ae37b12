"""``search``: a study of a task that a program made, from its methods to its networks."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from frontsearch.errors import check, is_count, told_to_python
from frontsearch.folder import Folder
from frontsearch.library.checks import check_methods, check_recipe, check_space, check_target, check_task, checked_path
from frontsearch.library.result import Result
from frontsearch.progress import show_notes
from frontsearch.recipe import Recipe
from frontsearch.space import Entry, Space
from frontsearch.study import Session, StudyConfig, study_of
from frontsearch.tasks import Task
from frontsearch.workers import prepared_process

Methods = str | Sequence[str] | Mapping[str, Mapping[str, Any]]
START_FIELDS = ("descent", "l1_weight", "l1_scale", "seed")  # of a recipe, which every method chooses itself


@told_to_python()
def search(
    task: Task,
    *,
    method: Methods = "path",
    epochs: float,
    out: str | Path | None = None,
    jobs: int = 1,
    seed: int = 1,
    repeats: int = 1,
    training: Recipe | None = None,
    deadline: float | None = None,
    space: Mapping[str, Entry] | Space | None = None,
    l1_weights: tuple[float, float] | None = None,
    reference_point: tuple[float, float] | None = None,
    target: Mapping[str, float] | None = None,
    storage: str | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> Result:
    """Searches for a front of networks and returns it, with everything a study writes in an output folder.

    The same call continues an interrupted search and returns a finished one at once. With several ``jobs`` the task
    travels to worker processes: lambdas, and functions and classes of the script or notebook itself, travel by value;
    modules that they import must be installed or lie beside the script.

    Args:
        task: The task.
        method: Name of a method, several names, or options by name, as in ``[methods]`` of a study file.
        epochs: Budget of each method and repeat, in passes over the training examples.
        out: Output folder; None makes a temporary one.
        jobs: Number of worker processes; 1 trains in this process.
        seed: Root of all random seeds.
        repeats: Number of runs of each method.
        training: Recipe of a training, where its method does not change it; its descent and seed are the method's.
            None derives it from budget and data.
        deadline: Seconds after which a training in a worker process counts as hanging, as in ``[training]`` of a study
            file; None is ten times the median, at least ten minutes. It changes no result.
        space: Recipe fields that hyperparameter searches vary; None takes l1 weight, threshold and learning rate.
        l1_weights: Smallest and largest l1 weight; None derives them from the task.
        reference_point: Worst loss and l1 of interest, the corner of the hypervolume; None derives it from the task.
        target: What ``path`` and ``gmp`` aim at, by one of four names: ``sparsity``, at least so high a share of
            zeros; ``nonzeros``, at most so many weights; ``error_increase``, a validation error at most so many
            percentage points above the lowest; ``metric_gap``, a first metric at most so much worse than the best, in
            its own unit, or a loss where there is no metric. None searches the whole front.
        storage: URL of an Optuna storage; None keeps a journal in the folder.
        device: Where to train: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        quiet: Whether to show no progress.

    Raises:
        UserError: If an argument is out of range or arguments do not go together, before any training.

    Examples:
        >>> from frontsearch import Task, search
        >>> from sklearn.datasets import load_wine
        >>> from torch import nn
        >>> inputs, targets = load_wine(return_X_y=True)
        >>> splits = {"train": ((inputs - inputs.mean(0)) / inputs.std(0), targets)}
        >>> build = lambda: nn.Sequential(nn.Linear(13, 16), nn.ReLU(), nn.Linear(16, 3))
        >>> result = search(Task(name="wine", splits=splits, build=build), epochs=40, quiet=True)
        >>> network = result.pick(max_error_increase=2.0).network()
        >>> type(network).__name__, len(result.front) > 1
        ('Sequential', True)
    """
    check_task(task)
    check_target(target)
    check("jobs", jobs, "a whole number, at least 1", holds=is_count(jobs))
    check(
        "storage", storage, "the URL of an Optuna storage, or None", holds=storage is None or isinstance(storage, str)
    )
    config = study_of_task(
        task, method=method, epochs=epochs, seed=seed, repeats=repeats, training=training, deadline=deadline,
        space=space, l1_weights=l1_weights, reference_point=reference_point, target=target,
    )  # fmt: skip
    if out is None:
        out = tempfile.mkdtemp(prefix=f"frontsearch-{config.name}-")
        show_notes([f"Results are kept in the temporary folder {out}. `out` names one that stays."], quiet=quiet)
    folder = Folder(checked_path("out", out))
    session = Session(config=config, folder=folder, task=task, storage=storage, jobs=jobs, device=device, quiet=quiet)
    with prepared_process():
        comparison = session.run()
    return Result(task=task, folder=folder.path, comparison=comparison)


def study_of_task(
    task: Task,
    *,
    method: Methods,
    training: Recipe | None = None,
    deadline: float | None = None,
    space: Mapping[str, Entry] | Space | None = None,
    **given: object,
) -> StudyConfig:
    """The study that :func:`search` runs for these arguments; those that are None are left to the study.

    Raises:
        UserError: If an argument is out of range or arguments do not go together.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", task.name).strip("._-")[:100] or "task"
    content = {
        "name": name, "task": {"python": task.name}, "methods": _options(method), "space": _entries(space),
        "training": _training(training, deadline), **given,
    }  # fmt: skip
    return study_of({key: value for key, value in content.items() if value is not None})


def _options(method: Methods) -> dict[str, Any]:
    check_methods(method)
    if isinstance(method, str):
        return {method: {}}
    return {name: dict(method[name]) if isinstance(method, Mapping) else {} for name in method}


def _training(recipe: Recipe | None, deadline: float | None) -> dict[str, Any]:
    """A recipe and a deadline as the table ``[training]`` has them."""
    table = {} if deadline is None else {"deadline": deadline}
    if recipe is None:
        return table
    check_recipe("training", recipe)
    fields = recipe.fields()
    return table | {
        name: value for name, value in fields.items() if name not in START_FIELDS and not name.startswith("start")
    }


def _entries(space: Mapping[str, Entry] | Space | None) -> dict[str, Any] | None:
    if space is None:
        return None
    check_space(space)
    entries = space.entries if isinstance(space, Space) else space
    return {name: asdict(entry) for name, entry in entries.items()}
