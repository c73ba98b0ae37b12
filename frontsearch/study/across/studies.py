"""``FinishedStudy``: a study's output folder, read for a comparison across studies."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from frontsearch.errors import UserError, one_line
from frontsearch.folder import Folder
from frontsearch.ledger import LocatedRuns, hide_password
from frontsearch.study.across.consistency import TaskProperty
from frontsearch.study.across.files import is_foreign
from frontsearch.study.config import StudyConfig, folder_named, locate_study, names_study, read_study
from frontsearch.study.damage import damage_notes
from frontsearch.study.notes import earlier_notes, study_notes
from frontsearch.study.recorded_runs import read_ledger, recorded_runs
from frontsearch.trial import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedStudy:
    """A study and those of its runs that are to be compared.

    Attributes:
        folder: Output folder of the study.
        config: The study as it was run last.
        runs: The runs, in the order of the study's own report.
        certificates: Optimality gaps by trial key.
        notes: Sentences on what makes its methods hard to compare.
    """

    folder: Folder
    config: StudyConfig
    runs: tuple[Run, ...]
    certificates: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Path of the folder, as the user gave it."""
        return self.folder.path

    @property
    def source(self) -> str:
        """The same path as text."""
        return str(self.path)

    @property
    def label(self) -> str:
        """The folder's name for people."""
        return one_line(self.path.resolve().name)

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the runs' methods, each once."""
        return tuple(dict.fromkeys(run.method for run in self.runs))

    @property
    def note(self) -> str:
        """A note for the report: the study's name and its budget."""
        return f"study {self.config.name}, {self.config.epochs:g} epochs a run"

    @property
    def task_properties(self) -> tuple[TaskProperty, ...]:
        """Properties of the study's task; in a study l1 is always a sum."""
        task = self.config.task
        properties = {
            "task": task.name,
            **task.model_dump(exclude={"name", "factory", "python", "penalised", "objective"}),
            "penalised": task.penalised,
            "split": self.config.objective,
            "l1_reduction": "sum",
            "fingerprint": self.config.fingerprint,
        }
        return tuple(
            TaskProperty(source=str(self.path), name=name, value=str(value)) for name, value in properties.items()
        )

    def renamed(self, names: Mapping[str, str]) -> list[Run]:
        """The runs with new names of their methods."""
        return [replace(run, method=names[run.method]) for run in self.runs]


def finished_studies(runs: Sequence[str]) -> tuple[FinishedStudy, ...]:
    """The studies of the runs at these paths; each study and each run once.

    Raises:
        UserError: When there is no run at a path, or it cannot be read.
    """
    if not runs:
        raise UserError("At least one finished run must be named.")
    by_folder: dict[Path, list[LocatedRuns]] = {}
    for path in runs:
        if is_foreign(path):
            raise UserError(f"RUN must be a study that was run; give {hide_password(path)} with --import instead.")
        located = _located(path)
        by_folder.setdefault(located.folder.path.resolve(), []).append(located)
    return tuple(_study(in_folder) for in_folder in by_folder.values())


def _located(run: str) -> LocatedRuns:
    """The runs at a path; a study's file or name stands for its output folder."""
    folder = locate_study(run)[1] if names_study(run) else folder_named(run)
    return LocatedRuns.at(str(folder.path), option="RUN")


def _study(in_folder: Sequence[LocatedRuns]) -> FinishedStudy:
    folder = in_folder[0].folder
    named = {(run.method, run.repeat) for located in in_folder for run in located.runs}
    if not named:
        raise UserError(f"{folder.path} has no runs: its ledger is empty; was the study interrupted before it trained?")
    config = read_study(str(folder.study))
    ledger = read_ledger(folder, config)
    runs = {(run.method, run.repeat): run for run in recorded_runs(config, ledger, folder)}
    for located in in_folder:
        _check_in_study(located, runs)
    all_runs = any(located.whole_folder for located in in_folder)
    return FinishedStudy(
        folder=folder,
        config=config,
        runs=tuple(run for place, run in runs.items() if all_runs or place in named),
        certificates=ledger.certificates,
        notes=(*damage_notes(ledger), *study_notes(config, ledger), *earlier_notes(runs.values())),
    )


def _check_in_study(located: LocatedRuns, runs: Collection[tuple[str, int]]) -> None:
    """Refuses runs that the ledger has from an earlier command and that the folder's study no longer has."""
    named = [(run.method, run.repeat) for run in located.runs]
    missing = [f"{method}/{repeat}" for method, repeat in named if (method, repeat) not in runs]
    if missing and not located.whole_folder:
        raise UserError(
            f"RUN: {located.folder.study} was written by a later command and has no {missing[0]}, so that run's budget "
            "and options are no longer known; run the study again with that method and as many repeats."
        )
