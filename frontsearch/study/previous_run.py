"""``PreviousRun``: completed trials of an earlier run, used as the first population of another study's searches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from frontsearch.errors import UserError
from frontsearch.folder import Folder, changed_checkpoint
from frontsearch.front import Front
from frontsearch.ledger import INITIAL_TRIALS, Ledger, LocatedRuns
from frontsearch.methods import METHODS, AcceptsInitialTrials, Method, Setting, without_debiasing
from frontsearch.study.config import folder_named
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class PreviousRun:
    """Completed trials of an earlier run (or of all runs of an earlier study), used as a first population.

    Attributes:
        path: Path of the run, as the user gave it.
        folder: Output folder of its study.
        trials: The completed trials in the order recorded, each once.
    """

    path: str
    folder: Folder
    trials: tuple[Trial, ...]

    @classmethod
    def at(cls, path: str, *, fingerprint: str) -> "PreviousRun":
        """The earlier run at this path.

        Args:
            path: A study's output folder, FOLDER, or below it FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            fingerprint: Expected fingerprint of the run's task; a mismatch raises.

        Raises:
            UserError: When there is no such run, or it was trained on another task.
        """
        located = LocatedRuns.at(str(folder_named(path).path), option="--seed-from")
        for run in located.runs:
            if run.task != fingerprint:
                raise UserError(
                    f"--seed-from must be a run on the same task (data, split, network and penalised weights); {path} "
                    f"was on {run.task} and not {fingerprint}."
                )
        completed = [trial for run in located.runs for trial in run.trials if trial.objectives is not None]
        unique = {trial.key: trial for trial in completed}
        return cls(path=path, folder=located.folder, trials=tuple(unique.values()))

    def check_usable(self, methods: Mapping[str, Method], setting: Setting) -> None:
        """Checks that the study's methods can use the trials.

        Args:
            methods: Methods of the study by name.
            setting: Their setting, with these trials as its initial trials.

        Raises:
            UserError: When no method accepts initial trials, or one that does can use none of these.
        """
        plain = {name: without_debiasing(method) for name, method in methods.items()}
        accepting = {name: method for name, method in plain.items() if isinstance(method, AcceptsInitialTrials)}
        if not accepting:
            able = ", ".join(name for name, method in METHODS.items() if issubclass(method, AcceptsInitialTrials))
            raise UserError(f"--seed-from needs a method that accepts initial trials: one of {able}.")
        for name, method in accepting.items():
            if not method.usable_initial_trials(setting):
                raise UserError(
                    f"No trial of {self.path} can be used by {name}: it must have completed and, for a search, be from "
                    "scratch, lie in [space] and agree with [training] in everything else; --methods leaves a method "
                    "out."
                )

    def copy_into(self, folder: Folder, ledger: Ledger) -> None:
        """Records the trials in another study's ledger and copies the checkpoints that its trainings may start from.

        Raises:
            UserError: When the ledger or the folder cannot be written to, or the ledger has initial trials of another
                run.
        """
        if {trial.key for trial in ledger.trials(INITIAL_TRIALS, 0)} - {trial.key for trial in self.trials}:
            raise UserError(
                f"The storage already has initial trials of the study {ledger.name} that are not from {self.path}; "
                "give this study another name or another --storage."
            )
        for trial in self.trials:
            ledger.record(INITIAL_TRIALS, 0, trial)
        changed = {trial.key for trial in self.trials if changed_checkpoint(trial, self.folder)}
        folder.copy_checkpoints(self.folder, checkpoint_keys(self.trials) - changed)


def checkpoint_keys(trials: Iterable[Trial]) -> set[str]:
    """Keys of the trials on the front. A folder keeps only their checkpoints, so trainings can start only from them."""
    return {trial.key for trial in Front.of_trials(trials).trials}


def resolve_seed_from(requested: str | None, study_file: Mapping[str, Any]) -> str | None:
    """The earlier run that a study begins with; it cannot change once the output folder has a study file.

    Args:
        requested: Path from the study or the command line; None takes the one in the folder's study file.
        study_file: Content of the folder's study file; empty if there is none.

    Raises:
        UserError: When the study in the folder began with another run, or with none.
    """
    recorded: str | None = study_file.get("seed_from")
    if not study_file or requested is None:
        return requested or recorded
    if recorded is None or folder_named(recorded).path.resolve() != folder_named(requested).path.resolve():
        began = "without" if recorded is None else f"with --seed-from {recorded}, not"
        raise UserError(f"The study in this folder began {began} --seed-from {requested}; choose another with --out.")
    return recorded
