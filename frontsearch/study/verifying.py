"""Checks everything that a study left: its records, their keys and digests, its checkpoints and its learning curves."""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from frontsearch.errors import UserError
from frontsearch.folder import Curves, Folder, changed_checkpoint, changed_curve, is_left_behind
from frontsearch.front import Front
from frontsearch.ledger import INITIAL_TRIALS
from frontsearch.study.config import StudyConfig
from frontsearch.study.recorded_runs import read_ledger, recorded_runs
from frontsearch.trial import Run, Trial

TOLERANCE = 1e-4  # relative, of figures computed on another machine or device


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What was checked and what does not fit.

    Attributes:
        trials: Number of trials that the ledger has.
        checkpoints: Number of checkpoints that are those that their trainings wrote.
        curves: Number of learning curves that are.
        unknown: Number of trials of earlier versions, which recorded no digests.
        evaluated: Number of networks whose figures were computed again.
        faults: A sentence on everything that does not fit.
    """

    trials: int
    checkpoints: int
    curves: int
    unknown: int
    evaluated: int
    faults: tuple[str, ...]


def verify(config: StudyConfig, folder: Folder, *, storage: str | None = None, evaluate: bool = False) -> Verification:
    """Checks the folder of a study that was run; nothing in it is changed.

    Args:
        config: The study, as it was run.
        folder: Its output folder.
        storage: URL of the Optuna storage; None is the journal in the folder.
        evaluate: Whether to compute the figures of the networks on the fronts again from their checkpoints.

    Raises:
        UserError: When there is no ledger, or the task cannot be loaded to evaluate networks.
    """
    ledger = read_ledger(folder, config, storage=storage)
    runs = recorded_runs(config, ledger, folder)
    trials = {trial.key: trial for trial in (*ledger.recorded, *ledger.trials(INITIAL_TRIALS, 0))}
    changed = list(filter(None, (changed_checkpoint(trial, folder) for trial in trials.values())))
    changed_too = list(filter(None, (changed_curve(trial, folder) for trial in trials.values())))
    front = {trial.key: trial for run in runs for trial in Front.of_trials(run.trials).trials}
    kept = [trial for key, trial in front.items() if folder.weights.find(key)]
    sound = [trial for trial in kept if not changed_checkpoint(trial, folder)] if evaluate else []
    return Verification(
        trials=len(trials),
        checkpoints=sum(bool(of.checkpoint_sha256 and folder.weights.find(key)) for key, of in trials.items())
        - len(changed),
        curves=sum(bool(of.curve_sha256 and folder.learning_curves.find(key)) for key, of in trials.items())
        - len(changed_too),
        unknown=sum(trial.objectives is not None and not trial.checkpoint_sha256 for trial in trials.values()),
        evaluated=len(sound),
        faults=(
            *ledger.set_aside, *_unfinished(runs), *changed, *changed_too, *_damaged_curves(trials.values(), folder),
            *_missing(front, runs, folder), *_leftovers(trials, folder), *_other_figures(sound, config, folder),
        ),
    )  # fmt: skip


def _unfinished(runs: Iterable[Run]) -> Iterator[str]:
    for run in runs:
        if not run.finished:
            yield f"The run {run.method}/{run.repeat} is not finished; running the study's command again continues it."


def _damaged_curves(trials: Iterable[Trial], folder: Folder) -> Iterator[str]:
    """Those of earlier versions, which recorded no digest to compare with."""
    for trial in trials:
        if not trial.curve_sha256:
            try:
                Curves(folder.curves).load(trial.key)
            except UserError as error:
                yield str(error)


def _missing(front: Iterable[str], runs: Iterable[Run], folder: Folder) -> Iterator[str]:
    parents = [parent for run in runs for trial in run.trials for parent in trial.recipe.parents]
    for key in dict.fromkeys((*parents, *front)):
        if folder.weights.find(key) is None:
            what = "from which other trainings started" if key in parents else "on a front"
            yield f"The checkpoint of trial {key}, {what}, is missing from {folder.checkpoints}."


def _leftovers(keys: Collection[str], folder: Folder) -> Iterator[str]:
    for path in sorted(path for of in (folder.checkpoints, folder.curves, folder.benchmarks) for path in of.glob("*")):
        if path.stem not in keys:
            yield f"{path} belongs to no trial that is left; a killed process or another study may have written it."
    temporary = [path for place in (folder.path, *folder.path.glob("*/")) for path in place.glob(".*")]
    for path in sorted((*filter(is_left_behind, temporary), *folder.path.glob("ledger.journal.lock"))):
        yield f"{path} is what a killed process left; it can be deleted."


def _other_figures(trials: Sequence[Trial], config: StudyConfig, folder: Folder) -> Iterator[str]:
    """Which figures of these trials differ from those of the networks in their checkpoints."""
    if not trials:
        return
    from frontsearch.study.loading import load_task  # noqa: PLC0415 - imports torch, which other checks do not need
    from frontsearch.training import Checkpoints, metrics_of  # noqa: PLC0415 - the same

    task, checkpoints = load_task(config), Checkpoints(folder.checkpoints)
    for trial in trials:
        network = task.network(0)
        try:
            network.load_state_dict(checkpoints.load(trial.key)[0])
        except (RuntimeError, UserError):
            yield f"The checkpoint of trial {trial.key} must be of this study's network; it is damaged or of another."
            continue
        found = metrics_of(task, network)
        for name in sorted(trial.metrics.keys() & found.keys()):
            if not math.isclose(trial.metrics[name], found[name], rel_tol=TOLERANCE, abs_tol=TOLERANCE):
                yield f"Trial {trial.key} has the {name} {trial.metrics[name]:g}, and its checkpoint {found[name]:g}."
