"""Ledgers of earlier versions: they are read, but not continued.

Some recorded the plain sum of absolute weights as l1, which is measured anew when they are read. Others had a trainer
that gave recipes other last bits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from frontsearch.errors import UserError, option
from frontsearch.folder import Folder
from frontsearch.ledger import trainer_of
from frontsearch.names import L1, L1_RAW
from frontsearch.recipe import TRAINER
from frontsearch.study.config import StudyConfig
from frontsearch.trial import Run, Trial


def is_earlier(trial: Trial) -> bool:
    """Whether a version recorded the trial that knew only the plain sum."""
    return trial.objectives is not None and L1_RAW not in trial.metrics


def recorded_trainer(trials: Iterable[Trial], fingerprint: str) -> int:
    """The version of the trainer that trained these trials on the task with this fingerprint; all have the same."""
    first = next(iter(trials), None)
    return (first and trainer_of(first.recipe, first.key, fingerprint)) or TRAINER


def check_continuable(trials: Iterable[Trial], config: StudyConfig, folder: Folder, *, fingerprint: str) -> None:
    """Raises if trainings of this version would join those of an earlier one.

    Args:
        trials: Trials in the ledger, or those that a run begins with.
        config: The study.
        folder: Its output folder.
        fingerprint: Fingerprint of the task.

    Raises:
        UserError: If an earlier version recorded a trial and its l1 is not the plain sum, or had an earlier trainer.
    """
    trials = tuple(trials)
    reason = ""
    if any(map(is_earlier, trials)) and not _Measure(config, folder).scale.is_plain:
        reason = "whose l1 is the plain sum"
    elif recorded_trainer(trials, fingerprint) != TRAINER:
        reason = "which trained with other last bits"
    if reason:
        raise UserError(
            f"The ledger of {config.name} must be of this version to be continued; in {folder.path} it has trials of "
            f"an earlier one, {reason}. Train into another {option('out')}, or read it with `frontsearch report`."
        )


def measured_anew(runs: Sequence[Run], config: StudyConfig, folder: Folder) -> tuple[Run, ...]:
    """The runs with the l1 of earlier trials measured from their checkpoints, and the plain sum as ``l1_raw``.

    Earlier trials without a checkpoint keep only ``l1_raw`` and have no objectives, so they are on no front.
    """
    if not any(is_earlier(trial) for run in runs for trial in run.trials):
        return tuple(runs)
    measure = _Measure(config, folder)
    return tuple(
        replace(run, trials=tuple(measure(trial) if is_earlier(trial) else trial for trial in run.trials))
        for run in runs
    )


class _Measure:
    """Measures the l1 of trials; loads the study's task for it."""

    def __init__(self, config: StudyConfig, folder: Folder) -> None:
        from frontsearch.scale import canonical_scale  # noqa: PLC0415 - most ledgers do not need torch to be read
        from frontsearch.study.loading import load_task  # noqa: PLC0415 - the same
        from frontsearch.training import Checkpoints  # noqa: PLC0415 - the same

        self.task, self.checkpoints = load_task(config), Checkpoints(folder.checkpoints)
        self.scale = canonical_scale(self.task)

    def __call__(self, trial: Trial) -> Trial:
        """The trial with its l1 in the canonical scale."""
        loss, raw = trial.objectives or (0.0, 0.0)
        if self.scale.is_plain:
            return replace(trial, metrics={**trial.metrics, L1_RAW: raw})
        try:
            state, _ = self.checkpoints.load(trial.key)
        except UserError:
            others = {name: value for name, value in trial.metrics.items() if name != L1}
            return replace(trial, objectives=None, metrics={**others, L1_RAW: raw})
        network = self.task.network(0)
        network.load_state_dict(state)
        l1 = self.scale.balance(network).least
        return replace(trial, objectives=(loss, l1), metrics={**trial.metrics, L1: l1, L1_RAW: raw})
