"""Fronts from outside, imported from CSV files with named columns, of which every figure is checked."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from frontsearch.comparison import Imported, Point
from frontsearch.errors import UserError, one_line
from frontsearch.names import (
    CERTIFICATE,
    CROSS_ENTROPY,
    EPOCHS_SPENT,
    L1,
    METHOD,
    NONZEROS,
    OBJECTIVES,
    REPEAT,
    SECONDS_SPENT,
    SPARSITY,
    TEST_CROSS_ENTROPY,
    TEST_ERROR,
    VALIDATION_ERROR,
    on_split,
)  # fmt: skip
from frontsearch.study.across.alike import Statement
from frontsearch.trial import Outcome

SHARES = frozenset({SPARSITY, VALIDATION_ERROR, TEST_ERROR})
METRICS = (NONZEROS, SPARSITY, VALIDATION_ERROR, TEST_CROSS_ENTROPY, TEST_ERROR)
MOST = 1e30  # beyond which sums and ratios of figures might be infinite
STATED = ("fingerprint", "split", "penalised", "l1_reduction")


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFile:
    """What a CSV file has.

    Attributes:
        path: Of the file.
        fronts: One for each method and repeat that it names, in its order.
        repeated: How many rows were left out because an earlier one has the same figures.
        statements: What its rows say of the task and of how they were measured, each once.
    """

    path: Path
    fronts: tuple[Imported, ...]
    repeated: int
    statements: tuple[Statement, ...]

    @property
    def label(self) -> str:
        """Its name for people."""
        return one_line(self.path.stem)

    @property
    def methods(self) -> tuple[str, ...]:
        """The names in its column ``method``, each once."""
        return tuple(dict.fromkeys(front.method for front in self.fronts))

    @property
    def note(self) -> str:
        """What a reader should know of it."""
        points = sum(len(front.points) for front in self.fronts)
        words = [f"imported: {points} points"]
        if self.repeated:
            words.append(f"{self.repeated} rows that repeat one of them were left out")
        if all(statement.what != "fingerprint" for statement in self.statements):
            words.append("the file does not say of which task")
        return "; ".join(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """A row of a file and where it stands there."""

    where: str
    number: int
    cells: Mapping[str, str]

    def figure(self, name: str) -> float:
        """The number in a column."""
        text, most = self.cells.get(name, ""), 1.0 if name in SHARES else MOST
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value <= most:
            raise UserError(f"{self.where}, column {name}: must be a number from 0 to {most:g}; found {text[:50]!r}.")
        return value

    def figures(self, names: Iterable[str]) -> dict[str, float]:
        """The numbers in those of these columns that have one."""
        return {name: self.figure(name) for name in names if self.cells.get(name)}

    def count(self, name: str) -> int:
        """The whole number in a column, which a spreadsheet may have written as 3.0; 0 where there is none."""
        value = self.figure(name) if self.cells.get(name) else 0.0
        if not value.is_integer():
            raise UserError(f"{self.where}, column {name}: must be a whole number; found {self.cells[name][:50]!r}.")
        return int(value)

    def point(self, split: str) -> Point:
        """Its network, whose cross entropy is of this split."""
        objectives = (self.figure(CROSS_ENTROPY), self.figure(L1))
        metrics = {on_split(split, CROSS_ENTROPY): objectives[0], L1: objectives[1], **self.figures(METRICS)}
        if NONZEROS in metrics:
            metrics[NONZEROS] = self.count(NONZEROS)
        spent = self.figures((EPOCHS_SPENT, SECONDS_SPENT, CERTIFICATE))
        return Point(
            trial=Outcome(key=f"#{self.number}", objectives=objectives, metrics=metrics),
            epochs_spent=spent.get(EPOCHS_SPENT),
            seconds_spent=spent.get(SECONDS_SPENT),
            certificate=spent.get(CERTIFICATE),
        )


def read_front(path: Path, *, split: str) -> ImportedFile:
    """The points of a CSV file, one a row.

    It has the columns ``cross_entropy`` (nats per example) and ``l1``, and any of ``method`` (by default the file's
    name), ``repeat``, those of ``METRICS``, ``epochs_spent``, ``seconds_spent`` and ``certificate``; those of
    ``STATED`` say of which task the figures are and how they were measured. Other columns are for people.

    Args:
        path: Of the file, which is UTF-8 text.
        split: The split that its cross entropy is of.

    Raises:
        UserError: When the file cannot be read, has no rows or lacks a column, or a figure is no number it can be.
    """
    rows = _rows(path)
    points: dict[tuple[str, int], dict[object, Point]] = {}
    for row in rows:
        run = (one_line(row.cells.get(METHOD, "")) or one_line(path.stem), row.count(REPEAT))
        point = row.point(split)
        figures = tuple(point.trial.metrics.items())
        points.setdefault(run, {}).setdefault(figures, point)
    fronts = tuple(
        Imported(method=method, repeat=repeat, points=tuple(found.values()))
        for (method, repeat), found in points.items()
    )
    repeated = len(rows) - sum(len(front.points) for front in fronts)
    return ImportedFile(path=path, fronts=fronts, repeated=repeated, statements=_statements(rows))


def _statements(rows: Sequence[_Row]) -> tuple[Statement, ...]:
    first: dict[tuple[str, str], Statement] = {}
    for row in rows:
        for what in STATED:
            if value := row.cells.get(what, ""):
                first.setdefault((what, value), Statement(where=row.where, what=what, value=value))
    return tuple(first.values())


def _rows(path: Path) -> list[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = _parsed(path, stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"--import {path} must be a CSV file in UTF-8; it cannot be read: {error}.") from error
    if not rows:
        raise UserError(f"--import {path} must have a header and at least one row; found none.")
    return rows


def _parsed(path: Path, stream: Iterable[str]) -> list[_Row]:
    reader, rows = csv.reader(stream, skipinitialspace=True, strict=True), []
    names = [name.strip() for name in next(filter(None, reader), [])]
    _check_columns(path, names)
    for cells in filter(None, reader):
        where = f"{path}, line {reader.line_num}"
        if len(cells) > len(names):
            raise UserError(f"{where}: must have a cell a column, {len(names)}; found {len(cells)}.")
        found = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        rows.append(_Row(where=where, number=reader.line_num, cells=found))
    return rows


def _check_columns(path: Path, names: Sequence[str]) -> None:
    for name in OBJECTIVES if names else ():
        if name not in names:
            nearest = get_close_matches(name, names, n=1, cutoff=0.0)[0]
            raise UserError(
                f"--import {path} must have a column {name!r}; nearest of its {len(names)} is {nearest[:50]!r}."
            )
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise UserError(f"--import {path} must have each column once; found {twice[0]!r} more often.")
