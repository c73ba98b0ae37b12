"""``csv_table``: a table from a CSV file, with a header or, as numpy writes it, without."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from frontsearch.errors import UserError
from frontsearch.folder import read_text
from frontsearch.study.across.table import Row, Table

OTHER_SEPARATORS = frozenset(";\t|")


class Strict(csv.excel):
    """CSV as spreadsheets write it, with blanks after commas allowed and mistakes refused."""

    skipinitialspace = True
    strict = True


def csv_table(path: Path) -> Table:
    """The table in a CSV file.

    A first line of numbers alone is a row: the columns are then called 0, 1, 2, ... The # with which numpy begins a
    header is left out.

    Args:
        path: Path of the file, which must be UTF-8 text.

    Raises:
        UserError: When the file cannot be read.
    """
    try:
        text = read_text(path)
        header = [name.strip() for name in next(filter(None, csv.reader(_lines(text), Strict)), [])]
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from error
    if _is_row(header):
        columns = tuple(map(str, range(len(header))))
        return Table(source=str(path), columns=columns, rows=_rows(path, text, columns, headers=0))
    if len(header) == 1 and (found := set(header[0]) & OTHER_SEPARATORS):
        raise UserError(
            f"--import {path} must have cells separated by commas; found {header[0][:50]!r}, which has {min(found)!r}."
        )
    columns = tuple(name.removeprefix("#").lstrip() if not place else name for place, name in enumerate(header))
    return Table(source=str(path), columns=columns, rows=_rows(path, text, columns, headers=1))


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")  # line ends within quotes stay as they are


def _is_row(cells: Sequence[str]) -> bool:
    """Whether the first line is a row; 0, 1, 2, ... are a header that pandas writes for an array."""
    return bool(cells) and cells != list(map(str, range(len(cells)))) and all(map(_is_number, cells))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(path: Path, text: str, columns: Sequence[str], *, headers: int) -> Iterator[Row]:
    reader = csv.reader(_lines(text), Strict)
    try:
        for cells in islice(filter(None, reader), headers, None):
            where = f"{path}, line {reader.line_num}"
            if len(cells) > len(columns):
                raise UserError(
                    f"{where}: must have at most {len(columns)} cells, one for each column; found {len(cells)}."
                )
            texts = (cell.strip() for cell in cells)
            yield Row(where=where, key=f"#{reader.line_num}", cells=dict(zip(columns, texts, strict=False)))
    except csv.Error as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UserError:
    return UserError(f"--import {path} must be a CSV file in UTF-8; it cannot be read: {error}.")
