"""What commands print: the table of results, and commands that can be pasted as they stand."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from frontsearch.comparison import Comparison
from frontsearch.report import BenchmarkTables, indicator_rows, verdict

SCRIPT = "frontsearch"
JSON_SCHEMA = 1
# Columns that a narrow terminal goes without, first those that it misses least; the report has all.
LEAST_NEEDED = ("seconds", "epochs", "below exact", "trials", "front size", "test hypervolume")
COUNTS = range(len(LEAST_NEEDED) + 1)
FILE_WIDTH = 400  # more than the widest table needs


def console() -> Console:
    """A console for stdout, wide enough for the table when stdout is a file or a pipe."""
    found = Console(highlight=False)
    if not found.is_terminal:
        found.width = FILE_WIDTH
    return found


def print_line(text: str = "") -> None:
    """Prints a line as it is, so that a path or a command in it is never wrapped."""
    console().print(text, markup=False, soft_wrap=True)


def print_sentence(text: str) -> None:
    """Prints a sentence, which a terminal breaks between words."""
    terminal = console()
    terminal.print(text, markup=False, soft_wrap=not terminal.is_terminal)


def print_table(comparison: Comparison) -> None:
    """Prints a row per method, the verdict and the notes; a narrow terminal shows only the columns that fit."""
    terminal = console()
    terminal.print(_fitting(comparison, terminal))
    for sentence in (verdict(comparison), *comparison.notes):
        print_sentence(sentence)


def _fitting(comparison: Comparison, terminal: Console) -> Table:
    """The first table whose titles and figures stay whole in the terminal, or the narrowest one."""
    rows = indicator_rows(comparison, short=True)
    table = Table()
    for candidate in (indicator_rows(comparison), *(_without(rows, LEAST_NEEDED[:count]) for count in COUNTS)):
        table = _table(candidate)
        if terminal.measure(table, options=terminal.options.update(width=FILE_WIDTH)).maximum <= terminal.width:
            break
    return table


def _without(rows: Sequence[Sequence[str]], titles: Sequence[str]) -> list[tuple[str, ...]]:
    kept = [place for place, title in enumerate(rows[0]) if title not in titles]
    return [tuple(row[place] for place in kept) for row in rows]


def print_row(title: str, text: str, *, width: int) -> None:
    """Prints a title and its text beside it, whose lines a terminal breaks between words."""
    terminal = console()
    lines = wrap(text, max(terminal.width - width, 20), break_on_hyphens=False) if terminal.is_terminal else [text]
    for place, line in enumerate(lines):
        print_line(f"{title if place == 0 else '':<{width}}{line}")


def print_json(content: Mapping[str, Any]) -> None:
    """Prints one JSON object for a script; ``schema`` grows when a key changes its meaning."""
    print(json.dumps({"schema": JSON_SCHEMA, **content}, indent=2, allow_nan=False))  # noqa: T201


def padded(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table whose columns stand below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def print_benchmark(tables: BenchmarkTables) -> None:
    """Prints sizes and times of a network."""
    for rows in filter(None, (tables.sizes, tables.timings)):
        for line in (*padded(rows), ""):
            print_line(line)
    for sentence in tables.sentences:
        print_sentence(sentence)


def _table(rows: Sequence[Sequence[str]]) -> Table:
    header, *body = rows
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, title in enumerate(header):
        first = number == 0
        table.add_column(title, justify="left" if first else "right", no_wrap=first, overflow="fold")
    for row in body:
        table.add_row(*map(Text, row))
    return table


def pasteable(command: str) -> str:
    """A ``frontsearch ...`` command as it works in this shell: with the script's path where that is not on PATH."""
    return f"{_script()}{command.removeprefix(SCRIPT)}"


def _script() -> str:
    ours = Path(sys.executable).with_name(SCRIPT)
    on_path = shutil.which(SCRIPT)
    if not ours.exists() or (on_path and Path(on_path) == ours):
        return SCRIPT
    return shlex.quote(str(ours.relative_to(Path.cwd())) if ours.is_relative_to(Path.cwd()) else os.fspath(ours))
