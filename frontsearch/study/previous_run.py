"""The trials of a former run, with which another study's searches begin."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError
from frontsearch.folder import Folder
from frontsearch.front import Front
from frontsearch.ledger import INITIAL_TRIALS, Ledger, LocatedRuns
from frontsearch.methods import METHODS, AcceptsInitialTrials, Method, Setting, undebiased
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class PreviousRun:
    """What completed of a former run, or of all runs of its study.

    Attributes:
        run: The run as it was named.
        folder: Where it is.
        trials: In the order recorded, each once.
    """

    run: str
    folder: Folder
    trials: tuple[Trial, ...]

    @classmethod
    def at(cls, run: str, *, fingerprint: str) -> "PreviousRun":
        """The former run of this name, on the task with this fingerprint.

        Args:
            run: A study's output folder, or what is named below it: FOLDER/METHOD or FOLDER/METHOD/REPEAT.
            fingerprint: Of the task on which the trials have to have been trained.

        Raises:
            UserError: When there is no such run, or it trained another task.
        """
        found = LocatedRuns.at(run, option="--seed-from")
        for record in found.runs:
            if record.task != fingerprint:
                raise UserError(
                    f"--seed-from must be a run on the same task (data, split, network and penalised weights); {run} "
                    f"was on {record.task} and not {fingerprint}."
                )
        trials = [trial for record in found.runs for trial in record.trials if trial.objectives is not None]
        return cls(run=run, folder=found.folder, trials=tuple({trial.key: trial for trial in trials}.values()))

    def check(self, methods: Mapping[str, Method], setting: Setting) -> None:
        """Holds the trials against the methods that are to begin with them.

        Raises:
            UserError: When no method takes a first population, or one that does can begin with none of these trials.
        """
        plain = {name: undebiased(method) for name, method in methods.items()}
        takers = {name: method for name, method in plain.items() if isinstance(method, AcceptsInitialTrials)}
        if not takers:
            able = ", ".join(name for name, method in METHODS.items() if issubclass(method, AcceptsInitialTrials))
            raise UserError(f"--seed-from needs a method that takes a first population, which are {able}.")
        for name, method in takers.items():
            if not method.usable(setting):
                raise UserError(
                    f"Of {self.run} no trial fits {name}: it must have completed, and for a search it must lie in "
                    "[space] and be from scratch and as [training] says in everything else; --methods leaves one out."
                )

    def lend(self, folder: Folder, ledger: Ledger) -> None:
        """Notes the trials in another study's ledger and copies what weights it may ask for.

        Raises:
            UserError: When either cannot be written, or the ledger has the seeds of another run.
        """
        if {trial.key for trial in ledger.trials(INITIAL_TRIALS, 0)} - {trial.key for trial in self.trials}:
            raise UserError(
                f"The storage has other seeds of the study {ledger.name} than {self.run}; give this one another name "
                "or another --storage."
            )
        for trial in self.trials:
            ledger.record(INITIAL_TRIALS, 0, trial)
        folder.borrow(self.folder, weights_of(self.trials))


def weights_of(trials: Iterable[Trial]) -> set[str]:
    """Keys of those first trials from which a training may start: a folder keeps the weights of its fronts."""
    return {trial.key for trial in Front.of_trials(trials).trials}


def origin(asked: str | None, there: Mapping[str, Any]) -> str | None:
    """The run that a study begins with, which is settled once its folder has a study file.

    Args:
        asked: What the study or the command line says; None leaves it to the folder.
        there: What the folder's study file says.

    Raises:
        UserError: When the folder's study began with another run, or with none.
    """
    before: str | None = there.get("seed_from")
    if not there or asked is None:
        return asked or before
    if before is None or Path(before).resolve() != Path(asked).resolve():
        began = "without" if before is None else f"with --seed-from {before}, not"
        raise UserError(f"The study in this folder began {began} --seed-from {asked}; choose another with --out.")
    return before
