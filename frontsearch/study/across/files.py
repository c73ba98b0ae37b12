"""``read_front``: fronts found by other programs, imported from their files and databases; every number is checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from frontsearch.comparison import ImportedFront, Point
from frontsearch.errors import UserError, allowed_names, one_line
from frontsearch.ledger import hide_password
from frontsearch.measures import Measures
from frontsearch.names import METHOD, REPEAT
from frontsearch.study.across.array_table import array_table
from frontsearch.study.across.consistency import TaskProperty
from frontsearch.study.across.csv_table import csv_table
from frontsearch.study.across.optuna_table import optuna_table
from frontsearch.study.across.paretobench_table import paretobench_table
from frontsearch.study.across.table import Columns, Row, Table, listed_columns

TASK_COLUMNS = ("fingerprint", "split", "penalised", "l1_reduction")
READERS: Mapping[str, Callable[[Path], Table]] = MappingProxyType({
    ".npy": array_table, ".npz": array_table, ".h5": paretobench_table, ".hdf5": paretobench_table,
})  # fmt: skip
JOURNALS = (".journal", ".log")
DATABASES = (".db", ".sqlite", ".sqlite3")
NO_COLUMNS: Columns = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFile:
    """The fronts in a file or an Optuna storage.

    Attributes:
        source: Path or URL, as the user gave it but without a password.
        label: Short name for people.
        path: Path of the file; None for a database.
        columns: Names of its columns.
        fronts: The fronts, one for each method and repeat, in the order of the file.
        duplicates: Number of rows that were left out because an earlier row has the same numbers.
        task_properties: Properties of the task and of the measurement that the rows state, each once.
    """

    source: str
    label: str
    path: Path | None
    columns: tuple[str, ...]
    fronts: tuple[ImportedFront, ...]
    duplicates: int
    task_properties: tuple[TaskProperty, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, each once."""
        return tuple(dict.fromkeys(front.method for front in self.fronts))

    @property
    def note(self) -> str:
        """A note for the report: the number of points, duplicate rows, and whether the task is known."""
        points = sum(len(front.points) for front in self.fronts)
        words = [f"imported: {points} points"]
        if self.duplicates:
            words.append(f"{self.duplicates} duplicate rows left out")
        if all(stated.name != "fingerprint" for stated in self.task_properties):
            words.append("the file does not state its task")
        return "; ".join(words)


def read_front(source: str | Path, measures: Measures, columns: Columns = NO_COLUMNS) -> ImportedFile:
    """Reads fronts: one point in each row of a CSV file, a numpy or ParetoBench file, or one in each trial of Optuna's.

    The columns of the loss, by its own name or ``cross_entropy``, and ``l1`` are required. Optional ones are ``method``
    (by default the file's name), ``repeat``, the other columns of ``fronts.csv``, and those in ``TASK_COLUMNS``, which
    state the task and how it was measured. Other columns are ignored.

    Args:
        source: Path of a file, ``.npy`` or ``.npz`` of numpy, ``.h5`` or ``.hdf5`` of ParetoBench, ``.journal`` or
            ``.log`` of Optuna and a CSV file in UTF-8 otherwise; or URL of an Optuna storage. ``#STUDY`` after a
            storage names one of its studies.
        measures: Loss and metrics of the task.
        columns: Names that columns may have in the source, by ours; the first that it has counts.

    Raises:
        UserError: When it cannot be read, has no rows or lacks a column, or a number is missing or out of range.
    """
    known = (*measures.front_columns, *TASK_COLUMNS)
    for name in columns:
        if name not in known:
            raise UserError(f"--columns: {name!r} is no column of fronts; {allowed_names(name, known)}")
    original, label, path = _table(str(source))
    table = original.renamed(columns, required=measures.objectives)
    table.check(measures.objectives)
    rows = list(table.rows)
    if not rows:
        raise UserError(f"--import {table.source} must have at least one point; found none.")
    fronts = _fronts(rows, measures, label=label)
    duplicates = len(rows) - sum(len(front.points) for front in fronts)
    return ImportedFile(
        source=table.source, label=label, path=path, columns=original.columns, fronts=fronts, duplicates=duplicates,
        task_properties=_task_properties(rows),
    )  # fmt: skip


def check_all_found(columns: Columns, files: Sequence[ImportedFile]) -> None:
    """Checks that each column's other name, or our own, is in one of the files.

    Raises:
        UserError: When a name is in none, which is a mistake in writing it.
    """
    for ours, names in columns.items():
        for theirs in names:
            if not any({ours, theirs} & {*file.columns} for file in files):
                there = listed_columns(dict.fromkeys(column for file in files for column in file.columns))
                raise UserError(f"--columns {ours}={theirs}: no --import has a column {theirs!r}; there are {there}.")


def is_foreign(source: str) -> bool:
    """Whether this names a file of fronts or an Optuna storage, and no output folder."""
    return _is_storage(source) or Path(source).suffix.lower() in {*READERS, ".csv"}


def _is_storage(source: str) -> bool:
    """Whether this names an Optuna storage and perhaps one of its studies."""
    return "://" in source or Path(source.partition("#")[0]).suffix in JOURNALS


def _table(source: str) -> tuple[Table, str, Path | None]:
    """The table, a short name for it and the path of its file."""
    if "://" in source:
        url, _, study = source.partition("#")
        return optuna_table(url, study), one_line(study or hide_password(url).rpartition("/")[2]), None
    if _is_storage(source):
        file, _, study = source.partition("#")
        return optuna_table(Path(file), study), one_line(study or Path(file).stem), Path(file)
    path = Path(source)
    _check_file(path)
    return READERS.get(path.suffix.lower(), csv_table)(path), one_line(path.stem), path


def _check_file(path: Path) -> None:
    """Says what is given in the place of a file of fronts, if it is none."""
    if path.is_dir():
        raise UserError(f"--import {path} must be a file or an Optuna storage; a folder is named without --import.")
    if not path.exists():
        raise UserError(f"--import {path} must be a file or an Optuna storage; there is no such file.")
    if path.suffix.lower() in DATABASES:
        raise UserError(f"--import {path} must be named by its URL, as databases are: --import sqlite:///{path}.")


def _fronts(rows: Sequence[Row], measures: Measures, *, label: str) -> tuple[ImportedFront, ...]:
    points: dict[tuple[str, int], dict[object, Point]] = {}
    for row in rows:
        run = (one_line(row.cells.get(METHOD, "")) or label, row.count(REPEAT))
        point = row.point(measures)
        values = tuple(point.trial.metrics.items())
        points.setdefault(run, {}).setdefault(values, point)
    return tuple(
        ImportedFront(method=method, repeat=repeat, points=tuple(distinct.values()))
        for (method, repeat), distinct in points.items()
    )


def _task_properties(rows: Sequence[Row]) -> tuple[TaskProperty, ...]:
    first: dict[tuple[str, str], TaskProperty] = {}
    for row in rows:
        for name in TASK_COLUMNS:
            if value := row.cells.get(name, ""):
                first.setdefault((name, value), TaskProperty(source=row.where, name=name, value=value))
    return tuple(first.values())
