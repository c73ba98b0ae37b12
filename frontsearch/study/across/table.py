"""``Table``: points of fronts found by other programs, one a row, whatever file or database they come from."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from frontsearch.comparison import Point
from frontsearch.errors import LARGEST, UserError
from frontsearch.measures import ERROR_RATE, Measures
from frontsearch.names import (
    CERTIFICATE,
    CROSS_ENTROPY,
    EPOCHS_SPENT,
    GROUP_L1,
    L1,
    MULTIPLY_ADDS,
    NONZEROS,
    SECONDS_SPENT,
    SPARSITY,
    UNITS,
    on_split,
)  # fmt: skip
from frontsearch.trial import Outcome

Columns = Mapping[str, Sequence[str]]  # names that a column may have elsewhere, by ours

LONGEST_NAME = 50  # characters of a name in a sentence
MOST_NAMES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A point with its numbers as text.

    Attributes:
        where: Its place, for error messages.
        key: A key that no other row of the table has.
        cells: Texts by column; a missing one counts as empty.
    """

    where: str
    key: str
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

    def count(self, name: str) -> int:
        """The whole number in a column, 0 if it is empty; a spreadsheet may have written 3 as 3.0."""
        value = self.number(name) if self.cells.get(name) else 0.0
        if not value.is_integer():
            raise UserError(f"{self.where}, column {name}: must be a whole number; found {self.cells[name][:50]!r}.")
        return int(value)

    def point(self, measures: Measures) -> Point:
        """The point of the row; its loss is on the split that is minimised."""
        loss, complexity = measures.loss, measures.complexity.key
        column = loss.key if loss.key in self.cells else CROSS_ENTROPY  # the name of every loss in earlier versions
        objectives = (self.number(column), self.number(complexity))
        metrics = {
            loss.on(measures.objective): objectives[0],
            complexity: objectives[1],
            **self._numbers(_limits(measures)),
        }
        if self.cells.get(on_test := on_split("test", column)):
            metrics[loss.on("test")] = self.number(on_test)
        if NONZEROS in metrics:
            metrics[NONZEROS] = self.count(NONZEROS)
        spent = self._numbers(dict.fromkeys((EPOCHS_SPENT, SECONDS_SPENT, CERTIFICATE), (0.0, LARGEST)))
        return Point(
            trial=Outcome(key=self.key, objectives=objectives, metrics=metrics),
            epochs_spent=spent.get(EPOCHS_SPENT),
            seconds_spent=spent.get(SECONDS_SPENT),
            certificate=spent.get(CERTIFICATE),
        )

    def _numbers(self, columns: Mapping[str, tuple[float, float]]) -> dict[str, float]:
        """The numbers in those of these columns that are not empty, which must lie within the limits."""
        return {name: self.number(name, limits) for name, limits in columns.items() if self.cells.get(name)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """What a file or a database holds.

    Attributes:
        source: What it was read from, as messages name it.
        columns: Names of its columns.
        rows: Its rows; reading one may find a mistake.
    """

    source: str
    columns: tuple[str, ...]
    rows: Iterable[Row]

    def renamed(self, columns: Columns, *, required: Sequence[str]) -> "Table":
        """The table with columns of ours that are copies of its own; a row that has a column already keeps it.

        Args:
            columns: Names that a column may have in the table, by ours; the first that it has counts.
            required: Names of ours without which it is no table of fronts.

        Raises:
            UserError: When it has neither a required name nor any other one for it.
        """
        found = {ours: theirs for ours, names in columns.items() if (theirs := _first(names, self.columns)) is not None}
        for ours in (*required, CROSS_ENTROPY) if self.columns else ():
            if ours in columns and ours not in {*found, *self.columns}:
                option, names = f"--columns {ours}={columns[ours][-1]}", " or ".join(map(repr, columns[ours]))
                raise UserError(f"{option}: --import {self.source} has no column {names}; {self._has()}.")
        rows = (replace(row, cells={**_renamed(row.cells, found), **row.cells}) for row in self.rows)
        added = (ours for ours in found if ours not in self.columns)
        return replace(self, columns=(*self.columns, *added), rows=rows)

    def check(self, required: Sequence[str]) -> None:
        """Checks that it has these columns, and each of its columns once.

        Raises:
            UserError: When it has not.
        """
        for name in required if self.columns else ():
            is_loss = name not in {L1, GROUP_L1}
            if name not in self.columns and not (is_loss and CROSS_ENTROPY in self.columns):
                raise UserError(f"--import {self.source} must have a column {name!r}; {self._remedy(name)}")
        name, count = Counter(filter(None, self.columns)).most_common(1)[0] if any(self.columns) else ("", 0)
        if count > 1:
            raise UserError(
                f"--import {self.source} must have each column once; found {name[:LONGEST_NAME]!r} more than once."
            )

    def _remedy(self, name: str) -> str:
        """The end of the sentence on a missing column: what there is, and the option that names it."""
        originals = {column.lower(): column for column in self.columns}
        for match in get_close_matches(name.lower(), originals, n=1, cutoff=0.75):
            nearest = originals[match]
            return f"the nearest of its columns is {nearest[:LONGEST_NAME]!r}: --columns {name}={_word(nearest)}."
        return f"{self._has()}; name the right one with --columns {name}=COLUMN."

    def _has(self) -> str:
        return f"it has {listed_columns(self.columns)}"


def listed_columns(columns: Iterable[str]) -> str:
    """The names of columns in a sentence, the first ones of many."""
    names = [repr(name[:LONGEST_NAME]) for name in columns if name]
    return ", ".join([*names[:MOST_NAMES], *(["..."] if len(names) > MOST_NAMES else [])]) or "columns without names"


def _first(names: Sequence[str], columns: Sequence[str]) -> str | None:
    return next((name for name in names if name in columns), None)


def _renamed(cells: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    return {ours: cells[theirs] for ours, theirs in columns.items() if theirs in cells}


def _word(name: str) -> str:
    """A name as it is given on the command line."""
    return f"'{name[:LONGEST_NAME]}'" if set(name) & set(" ;'\"$") else name[:LONGEST_NAME]


def _limits(measures: Measures) -> dict[str, tuple[float, float]]:
    """The optional columns with sizes and metrics, and the limits of their numbers."""
    metrics = {
        column: (0.0, 1.0) if measure == ERROR_RATE else (-LARGEST, LARGEST)
        for column, measure in measures.columns.items()
        if measure != measures.loss
    }
    return {**dict.fromkeys((NONZEROS, UNITS, MULTIPLY_ADDS), (0.0, LARGEST)), SPARSITY: (0.0, 1.0), **metrics}
