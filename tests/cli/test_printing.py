"""The table of results fits the terminal: all its columns where they have room, fewer where they have not."""

import re
from io import StringIO
from types import SimpleNamespace

import hand_made
import pytest
from rich.console import Console

from frontsearch.cli import printing
from frontsearch.cli.commands import compare_runs
from frontsearch.report import indicator_rows
from frontsearch.study import CrossStudyComparison


def printed(comparison, monkeypatch, *, width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(printing, "console", lambda: console)
    printing.print_table(comparison)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [100, 120, 140, 180, 400])
def test_no_title_is_broken_and_the_columns_are_those_that_fit(monkeypatch, width):
    comparison = hand_made.classes()
    header = printed(comparison, monkeypatch, width=width)[0]
    full, short = (indicator_rows(comparison, short=short)[0] for short in (False, True))
    assert header.split() == " ".join(full if width >= 180 else short).split()


@pytest.mark.parametrize("width", [40, 60, 70, 80, 90, 200])
@pytest.mark.parametrize("repeats", [1, 5, 9])
def test_with_long_names_and_many_repeats_columns_are_left_out_but_none_is_broken(monkeypatch, width, repeats):
    runs = [
        hand_made.run(method, *(hand_made.trial(n + 1, (0.1 + n / 50, 90.0 - n)) for n in range(30)), repeat=repeat)
        for method in ("path", "dichotomic-stochastic")
        for repeat in range(repeats)
    ]
    comparison = hand_made.compared(*runs)
    lines = printed(comparison, monkeypatch, width=width)
    titles = re.split(r"\s{2,}", lines[0].strip())
    assert set(titles) <= {*indicator_rows(comparison)[0]}
    assert titles[:2] == ["method", "hypervolume"]
    for row, line in zip(indicator_rows(comparison)[1:], lines[1:], strict=False):
        assert set(line.split()) <= set(row), "a figure is broken"


@pytest.mark.parametrize("width", [40, 80])
def test_a_row_breaks_between_words_below_its_title(monkeypatch, width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(printing, "console", lambda: console)
    printing.print_row("Recipe", "learning_rate 0.1, " * 20, width=8)
    lines = console.file.getvalue().splitlines()
    assert len(lines) > 3
    assert all(len(line) <= width for line in lines)
    assert [line[:8].strip() for line in lines] == ["Recipe", *[""] * (len(lines) - 1)]
    assert " ".join(" ".join(line[8:] for line in lines).split()) == ("learning_rate 0.1, " * 20).strip()


@pytest.mark.parametrize("width", [40, 80])
def test_all_sentences_on_a_comparison_break_between_words(monkeypatch, tmp_path, width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    monkeypatch.setattr(printing, "console", lambda: console)
    runs = [
        hand_made.run(method, hand_made.trial(n, (loss + n / 50, 50.0)), repeat=n)
        for method, loss in (("first", 0.1), ("second", 0.5))
        for n in range(3)
    ]
    across = SimpleNamespace(write=lambda out: hand_made.compared(*runs))
    monkeypatch.setattr(CrossStudyComparison, "at", lambda *paths, **columns: across)
    compare_runs(["one"], [], out=tmp_path)
    *lines, _, report = console.file.getvalue().splitlines()
    told = " ".join(" ".join(lines).split())
    assert "no difference can be significant at 5 %. If they differ as much as so far, " in told
    assert all(len(line) <= width for line in lines)
    assert report.startswith("Report:")


def test_a_file_has_all_columns_and_whole_sentences(capsys):
    comparison = hand_made.classes()
    printing.print_table(comparison)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == " ".join(indicator_rows(comparison)[0]).split()
    assert lines[len(comparison.methods) + 2 :] == list(comparison.notes)
