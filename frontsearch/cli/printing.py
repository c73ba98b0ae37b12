"""What commands print: the table of results, and commands that can be pasted as they stand."""

import os
import shlex
import shutil
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from frontsearch.comparison import Comparison
from frontsearch.report import indicator_rows, verdict

SCRIPT = "frontsearch"
FULL_WIDTH = 140  # columns that the table with all indicators needs


def console() -> Console:
    """A console for stdout, wide enough for the table when stdout is a file or a pipe."""
    found = Console(highlight=False)
    if not found.is_terminal:
        found.width = FULL_WIDTH
    return found


def print_line(text: str = "") -> None:
    """Prints a line as it is, so that a path or a command in it is never wrapped."""
    console().print(text, markup=False, soft_wrap=True)


def print_table(comparison: Comparison) -> None:
    """Prints a row per method, the verdict and the notes."""
    terminal = console()
    header, *rows = indicator_rows(comparison, short=terminal.width < FULL_WIDTH)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for number, title in enumerate(header):
        first = number == 0
        table.add_column(title, justify="left" if first else "right", no_wrap=first, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    terminal.print(table)
    for sentence in (verdict(comparison), *comparison.notes):
        terminal.print(sentence, markup=False)


def pasteable(command: str) -> str:
    """A ``frontsearch ...`` command as it works in this shell: with the script's path where that is not on PATH."""
    return f"{_script()}{command.removeprefix(SCRIPT)}"


def _script() -> str:
    ours = Path(sys.executable).with_name(SCRIPT)
    on_path = shutil.which(SCRIPT)
    if not ours.exists() or (on_path and Path(on_path) == ours):
        return SCRIPT
    return shlex.quote(str(ours.relative_to(Path.cwd())) if ours.is_relative_to(Path.cwd()) else os.fspath(ours))
