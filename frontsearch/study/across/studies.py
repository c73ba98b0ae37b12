"""``FinishedStudy``: a study's output folder as a comparison across runs takes it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from frontsearch.errors import UserError, one_line
from frontsearch.folder import Folder
from frontsearch.ledger import LocatedRuns
from frontsearch.study.across.alike import Statement
from frontsearch.study.config import StudyConfig, read_study
from frontsearch.study.recorded_runs import initial_trials_note, read_ledger, recorded_runs
from frontsearch.trial import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedStudy:
    """A study and those of its runs that are to be compared.

    Attributes:
        folder: Its output folder.
        config: The study as it was run last.
        runs: In the order of the study's own report.
        certificates: Of its trials, by key.
        seeded: Which of its methods began with what a former run had paid for; empty where none did.
    """

    folder: Folder
    config: StudyConfig
    runs: tuple[Run, ...]
    certificates: Mapping[str, float]
    seeded: str

    @property
    def path(self) -> Path:
        """Of the folder, as it was named."""
        return self.folder.path

    @property
    def label(self) -> str:
        """The folder's name for people."""
        return one_line(self.path.resolve().name)

    @property
    def methods(self) -> tuple[str, ...]:
        """Of its runs, each once."""
        return tuple(dict.fromkeys(run.method for run in self.runs))

    @property
    def note(self) -> str:
        """What a reader should know of it."""
        return f"study {self.config.name}, {self.config.epochs:g} epochs a run"

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What its figures are of; l1 is always a plain sum here."""
        task = self.config.task
        said = {
            "task": task.name,
            **task.model_dump(exclude={"name", "penalised", "objective"}),
            "penalised": task.penalised,
            "split": task.objective,
            "l1_reduction": "sum",
            "fingerprint": self.config.fingerprint,
        }
        return tuple(Statement(where=str(self.path), what=what, value=str(value)) for what, value in said.items())

    def renamed(self, names: Mapping[str, str]) -> list[Run]:
        """Its runs under these names of their methods."""
        return [replace(run, method=names[run.method]) for run in self.runs]


def finished_studies(runs: Sequence[str]) -> tuple[FinishedStudy, ...]:
    """The studies of the runs at these paths, each once, with each of their runs once.

    Raises:
        UserError: When there is nothing at a path, or what is there cannot be read.
    """
    if not runs:
        raise UserError("At least one finished run must be named.")
    by_folder: dict[Path, list[LocatedRuns]] = {}
    for path in runs:
        if Path(path).suffix == ".csv":
            raise UserError(f"RUN must be a study's output folder; the CSV file {path} needs an --import of its own.")
        finished = LocatedRuns.at(path, option="RUN")
        by_folder.setdefault(finished.folder.path.resolve(), []).append(finished)
    return tuple(_study(found) for found in by_folder.values())


def _study(found: Sequence[LocatedRuns]) -> FinishedStudy:
    folder = found[0].folder
    named = {(record.method, record.repeat) for one in found for record in one.runs}
    whole = any(one.whole_folder for one in found)
    if not named:
        raise UserError(f"{folder.path} has no runs: its ledger is empty; was the study interrupted before it trained?")
    config = read_study(str(folder.study))
    if config.reference_point is None:
        raise UserError(
            f"{folder.study} must be the resolved study that a run leaves behind; it has no reference_point."
        )
    ledger = read_ledger(folder, config)
    runs = {(run.method, run.repeat): run for run in recorded_runs(config, ledger)}
    for one in found:
        _check_planned(one, runs)
    kept = tuple(run for place, run in runs.items() if whole or place in named)
    return FinishedStudy(
        folder=folder,
        config=config,
        runs=kept,
        certificates=ledger.certificates,
        seeded=initial_trials_note(config, ledger),
    )


def _check_planned(found: LocatedRuns, runs: Collection[tuple[str, int]]) -> None:
    """A folder's ledger keeps what other commands trained in it, under another study than the one it has now."""
    places = [(record.method, record.repeat) for record in found.runs]
    others = [f"{method}/{repeat}" for method, repeat in places if (method, repeat) not in runs]
    if others and not found.whole_folder:
        raise UserError(
            f"RUN: {found.folder.study} is of a later command and has no {others[0]}, whose budget and options are not "
            "known any more; run its study again with that method and that many repeats."
        )
