"""``FinishedStudy``: a study's output folder as a comparison across runs takes it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.across.alike import Statement
from frontsearch.config import StudyConfig, read_study
from frontsearch.errors import UserError, one_line
from frontsearch.finished import Finished
from frontsearch.folder import Folder
from frontsearch.records import Record
from frontsearch.trial import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishedStudy:
    """A study and those of its runs that are to be compared.

    Attributes:
        folder: Its output folder.
        config: The study as it was run.
        records: Of the runs, in the order of the study's own report.
    """

    folder: Folder
    config: StudyConfig
    records: tuple[Record, ...]

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
        return tuple(dict.fromkeys(record.method for record in self.records))

    @property
    def note(self) -> str:
        """What a reader should know of it."""
        return f"study {self.config.name}, {self.config.epochs:g} epochs a run"

    @property
    def certificates(self) -> dict[str, float]:
        """Of its trials, by key."""
        return {key: value for record in self.records for key, value in record.certificates.items()}

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
        }
        told = [Statement(where=str(self.path), what=what, value=str(value)) for what, value in said.items()]
        found = dict.fromkeys(record.task for record in self.records)
        return (*told, *(Statement(where=str(self.path), what="fingerprint", value=task) for task in found))

    def runs(self, names: Mapping[str, str]) -> list[Run]:
        """Its runs under these names of their methods, those that are not over with whatever was recorded."""
        budget = self.config.epochs
        return [
            Run(method=names[record.method], repeat=record.repeat, budget=budget, trials=record.told(budget))
            for record in self.records
        ]

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Its runs that are not over, as a path names them, and how far they are."""
        budget = self.config.epochs
        unfinished = [record for record in self.records if not record.ended(budget)]
        return tuple(
            one_line(
                f"{self.path}/{record.method}/{record.repeat} "
                f"({sum(trial.epochs for trial in record.trials):g} of {budget:g} epochs)"
            )
            for record in unfinished
        )


def finished_studies(runs: Sequence[str]) -> tuple[FinishedStudy, ...]:
    """The studies of the runs at these paths, each once, with each of their runs once.

    Raises:
        UserError: When there is nothing at a path, or what is there cannot be read.
    """
    if not runs:
        raise UserError("At least one finished run must be named.")
    by_folder: dict[Path, list[Finished]] = {}
    for path in runs:
        if Path(path).suffix == ".csv":
            raise UserError(f"RUN must be a study's output folder; the CSV file {path} needs an --import of its own.")
        finished = Finished.at(path, option="RUN")
        by_folder.setdefault(finished.folder.path.resolve(), []).append(finished)
    return tuple(_study(found) for found in by_folder.values())


def _study(found: Sequence[Finished]) -> FinishedStudy:
    folder = found[0].folder
    records = {(record.method, record.repeat): record for one in found for record in one.records}
    if not records:
        raise UserError(f"{folder.path} has no runs: its ledger is empty; was the study interrupted before it trained?")
    config = read_study(str(folder.study))
    if config.reference_point is None:
        raise UserError(
            f"{folder.study} must be the resolved study that a run leaves behind; it has no reference_point."
        )
    order = list(config.methods)
    return FinishedStudy(folder=folder, config=config, records=tuple(_sorted(records.values(), order)))


def _sorted(records: Iterable[Record], methods: Sequence[str]) -> list[Record]:
    """By repeat and then as the study names the methods, those last that it names no more."""
    places = {method: place for place, method in enumerate(methods)}
    return sorted(records, key=lambda record: (record.repeat, places.get(record.method, len(places))))
