"""The table of results fits the terminal: all its columns where they have room, fewer where they have not."""

from io import StringIO

import hand_made
import pytest
from rich.console import Console

from frontsearch.cli import printing
from frontsearch.report import indicator_rows


def printed(comparison, monkeypatch, *, width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(printing, "console", lambda: console)
    printing.print_table(comparison)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100, 120, 140, 200])
def test_no_title_is_broken_and_the_columns_are_those_that_fit(monkeypatch, width):
    comparison = hand_made.classes()
    header = printed(comparison, monkeypatch, width=width)[0]
    full, short = (indicator_rows(comparison, short=short)[0] for short in (False, True))
    assert header.split() == " ".join(full if width >= 140 else short).split()


def test_a_file_has_all_columns_and_whole_sentences(capsys):
    comparison = hand_made.classes()
    printing.print_table(comparison)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == " ".join(indicator_rows(comparison)[0]).split()
    assert lines[len(comparison.methods) + 2 :] == list(comparison.notes)
