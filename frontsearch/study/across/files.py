"""``read_front``: fronts found by other programs, imported from CSV files; every number in them is checked."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from frontsearch.comparison import ImportedFront, Point
from frontsearch.errors import LARGEST, UserError, one_line
from frontsearch.folder import read_text
from frontsearch.measures import ERROR_RATE, Measures
from frontsearch.names import (
    CERTIFICATE,
    CROSS_ENTROPY,
    EPOCHS_SPENT,
    GROUP_L1,
    L1,
    METHOD,
    MULTIPLY_ADDS,
    NONZEROS,
    REPEAT,
    SECONDS_SPENT,
    SPARSITY,
    UNITS,
    on_split,
)  # fmt: skip
from frontsearch.study.across.consistency import TaskProperty
from frontsearch.trial import Outcome

TASK_COLUMNS = ("fingerprint", "split", "penalised", "l1_reduction")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFile:
    """The fronts in a CSV file.

    Attributes:
        path: Path of the file, as the user gave it.
        fronts: The fronts, one for each method and repeat, in the order of the file.
        duplicates: Number of rows that were left out because an earlier row has the same numbers.
        task_properties: Properties of the task and of the measurement that the rows state, each once.
    """

    path: Path
    fronts: tuple[ImportedFront, ...]
    duplicates: int
    task_properties: tuple[TaskProperty, ...]

    @property
    def label(self) -> str:
        """The file's name for people."""
        return one_line(self.path.stem)

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row of a file, with file and line number for error messages."""

    where: str
    line: int
    cells: Mapping[str, str]

    def number(self, name: str, limits: tuple[float, float] = (0.0, LARGEST)) -> float:
        """The number in a column, which must lie within the limits."""
        text, (low, high) = self.cells.get(name, ""), limits
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise UserError(
                f"{self.where}, column {name}: must be a number from {low:g} to {high:g}; found {text[:50]!r}."
            )
        return value

    def numbers(self, columns: Mapping[str, tuple[float, float]]) -> dict[str, float]:
        """The numbers in those of these columns that are not empty, which must lie within the limits."""
        return {name: self.number(name, limits) for name, limits in columns.items() if self.cells.get(name)}

    def count(self, name: str) -> int:
        """The whole number in a column, 0 if it is empty; a spreadsheet may have written 3 as 3.0."""
        value = self.number(name) if self.cells.get(name) else 0.0
        if not value.is_integer():
            raise UserError(f"{self.where}, column {name}: must be a whole number; found {self.cells[name][:50]!r}.")
        return int(value)

    def point(self, measures: Measures) -> Point:
        """The point of the row; its loss is on the split that is minimised."""
        loss = measures.loss
        column = loss.key if loss.key in self.cells else CROSS_ENTROPY  # the name of every loss in earlier versions
        complexity = measures.complexity.key
        objectives = (self.number(column), self.number(complexity))
        metrics = {
            loss.on(measures.objective): objectives[0],
            complexity: objectives[1],
            **self.numbers(_limits(measures)),
        }
        if self.cells.get(on_test := on_split("test", column)):
            metrics[loss.on("test")] = self.number(on_test)
        if NONZEROS in metrics:
            metrics[NONZEROS] = self.count(NONZEROS)
        spent = self.numbers(dict.fromkeys((EPOCHS_SPENT, SECONDS_SPENT, CERTIFICATE), (0.0, LARGEST)))
        return Point(
            trial=Outcome(key=f"#{self.line}", objectives=objectives, metrics=metrics),
            epochs_spent=spent.get(EPOCHS_SPENT),
            seconds_spent=spent.get(SECONDS_SPENT),
            certificate=spent.get(CERTIFICATE),
        )


def read_front(path: Path, measures: Measures) -> ImportedFile:
    """Reads fronts from a CSV file with one point in each row.

    The columns of the loss, by its own name or ``cross_entropy``, and ``l1`` are required. Optional ones are ``method``
    (by default the file's name), ``repeat``, the other columns of ``fronts.csv``, and those in ``TASK_COLUMNS``, which
    state the task and how it was measured. Other columns are ignored.

    Args:
        path: Path of the file, which must be UTF-8 text.
        measures: Loss and metrics of the task.

    Raises:
        UserError: When the file cannot be read, has no rows or lacks a column, or a number is missing or out of range.
    """
    rows = _rows(path, measures.objectives)
    points: dict[tuple[str, int], dict[object, Point]] = {}
    for row in rows:
        run = (one_line(row.cells.get(METHOD, "")) or one_line(path.stem), row.count(REPEAT))
        point = row.point(measures)
        values = tuple(point.trial.metrics.items())
        points.setdefault(run, {}).setdefault(values, point)
    fronts = tuple(
        ImportedFront(method=method, repeat=repeat, points=tuple(distinct.values()))
        for (method, repeat), distinct in points.items()
    )
    duplicates = len(rows) - sum(len(front.points) for front in fronts)
    return ImportedFile(path=path, fronts=fronts, duplicates=duplicates, task_properties=_task_properties(rows))


def _limits(measures: Measures) -> dict[str, tuple[float, float]]:
    """The optional columns with sizes and metrics, and the limits of their numbers."""
    metrics = {
        column: (0.0, 1.0) if measure == ERROR_RATE else (-LARGEST, LARGEST)
        for column, measure in measures.columns.items()
        if measure != measures.loss
    }
    return {**dict.fromkeys((NONZEROS, UNITS, MULTIPLY_ADDS), (0.0, LARGEST)), SPARSITY: (0.0, 1.0), **metrics}


def _task_properties(rows: Sequence[_Row]) -> tuple[TaskProperty, ...]:
    first: dict[tuple[str, str], TaskProperty] = {}
    for row in rows:
        for name in TASK_COLUMNS:
            if value := row.cells.get(name, ""):
                first.setdefault((name, value), TaskProperty(source=row.where, name=name, value=value))
    return tuple(first.values())


def _rows(path: Path, required: Sequence[str]) -> list[_Row]:
    try:
        rows = _parsed(path, io.StringIO(read_text(path), newline=""), required)
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"--import {path} must be a CSV file in UTF-8; it cannot be read: {error}.") from error
    if not rows:
        raise UserError(f"--import {path} must have a header and at least one row; found none.")
    return rows


def _parsed(path: Path, stream: Iterable[str], required: Sequence[str]) -> list[_Row]:
    reader, rows = csv.reader(stream, skipinitialspace=True, strict=True), []
    names = [name.strip() for name in next(filter(None, reader), [])]
    _check_columns(path, names, required)
    for cells in filter(None, reader):
        where = f"{path}, line {reader.line_num}"
        if len(cells) > len(names):
            raise UserError(f"{where}: must have at most {len(names)} cells, one for each column; found {len(cells)}.")
        by_column = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        rows.append(_Row(where=where, line=reader.line_num, cells=by_column))
    return rows


def _check_columns(path: Path, names: Sequence[str], required: Sequence[str]) -> None:
    for name in required if names else ():
        if name not in names and not (name not in {L1, GROUP_L1} and CROSS_ENTROPY in names):
            nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise UserError(
                f"--import {path} must have a column {name!r}; the nearest of its columns is {nearest[:50]!r}."
            )
    name, count = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 0)
    if count > 1:
        raise UserError(f"--import {path} must have each column once; found {name[:50]!r} more than once.")
