import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import lasso_study
import pytest
import strategies
from hypothesis import given
from rich.console import Console

from frontsearch.cli.interruption import INTERRUPTED
from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.front import Front
from frontsearch.measures import CLASSIFICATION
from frontsearch.progress import show_progress
from frontsearch.progress.bars import notebook_bars, progress_bars
from frontsearch.progress.run_progress import FrontSoFar
from frontsearch.study.run_state import RunState

BOX = Box(low=(0.0, 0.0), high=(10.0, 10.0))
ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def run_state(name="path", repeat=0, *, spent=0.0, **state):
    """A run that has spent this much of its ten epochs."""
    return RunState(name=name, repeat=repeat, budget=10.0, method=None, spent=spent, **state)


def test_the_front_so_far_is_the_front_of_the_trials_so_far():
    check_front_so_far()


@given(strategies.trial_lists)
def check_front_so_far(trials):
    so_far = FrontSoFar(BOX)
    for number, trial in enumerate(trials, start=1):
        so_far.add(trial)
        front = Front.of_trials(trials[:number])
        assert len(so_far) == len(front.trials)
        assert so_far.hypervolume == pytest.approx(hypervolume(front.points, box=BOX), abs=1e-12)


# -- plain lines ---------------------------------------------------------------------------------------------------


def shown(capsys, *, quiet):
    first, second = run_state(spent=2.5), run_state("smgd", 3)
    with show_progress([first, second], box=BOX, measures=CLASSIFICATION, quiet=quiet) as on_trial:
        on_trial(first, strategies.trial(0, (5, 5)))
        on_trial(second, strategies.trial(1, None))
        on_trial(first, strategies.trial(2, (8, 2)))
    return capsys.readouterr()


def test_where_there_is_no_terminal_each_trial_is_a_line(capsys):
    output = shown(capsys, quiet=False)
    assert output.out == ""
    assert output.err.splitlines() == [
        "path/0  2.5 of 10 epochs  cross entropy 5.0000, l1 5  front size 1, hypervolume 0.2500",
        "smgd/3  0 of 10 epochs  diverged  front size 0, hypervolume 0.0000",
        "path/0  2.5 of 10 epochs  cross entropy 8.0000, l1 2  front size 2, hypervolume 0.3100",
    ]


def test_quiet_shows_nothing(capsys):
    assert shown(capsys, quiet=True) == ("", "")


# -- a terminal ----------------------------------------------------------------------------------------------------


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def __call__(self):
        return self.now


@contextmanager
def terminal(runs, *, height=24, width=100):
    """A callback that draws on a terminal, its clock, and a list for the last frame: rows of cells without the bars."""
    clock, screen, rows = Clock(), io.StringIO(), []
    console = Console(file=screen, force_terminal=True, width=width, height=height, get_time=clock)
    with progress_bars(runs, box=BOX, console=console) as on_trial:
        yield on_trial, clock, rows
    frame = ESCAPES.sub("", screen.getvalue()).rpartition("time left")[2]
    rows += [re.split(r"\s*[━╸╺]+\s*|\s{2,}", line.strip()) for line in frame.strip().splitlines()]


def test_a_single_run_has_one_line():
    run = run_state(training_started=True)
    with terminal([run]) as (on_trial, clock, rows):
        run.spent, clock.now = 2.0, 30.0
        on_trial(run, strategies.trial(0, (5, 5)))
    assert rows == [["path/0", "2 of 10", "1", "0.2500", "0:02:00"]]


def test_several_runs_have_a_line_each_and_a_total():
    first, second = run_state(training_started=True), run_state("smgd", 3)
    with terminal([first, second]) as (on_trial, clock, rows):
        first.spent, clock.now = 5.0, 60.0
        on_trial(first, strategies.trial(0, (5, 5)))
    assert rows == [
        ["path/0", "5 of 10", "1", "0.2500", "0:01:00"],
        ["smgd/3", "0 of 10", "0", "0.0000", "-:--:--"],
        ["0 of 2 ended", "5 of 20", "0:03:00"],
    ]


def test_the_time_left_counts_down_between_trials():
    run = run_state(training_started=True)
    with terminal([run]) as (on_trial, clock, rows):
        run.spent, clock.now = 2.0, 30.0
        on_trial(run, strategies.trial(0, (5, 5)))
        clock.now = 100.0
    assert rows[0][-1] == "0:00:50"


def test_trials_from_the_ledger_do_not_count_for_the_time_left():
    run = run_state()
    with terminal([run]) as (on_trial, clock, rows):
        run.spent, clock.now = 4.0, 1.0
        on_trial(run, strategies.trial(0, (5, 5)))
        run.training_started, run.spent, clock.now = True, 6.0, 11.0
        on_trial(run, strategies.trial(1, (4, 4)))
    assert rows == [["path/0", "6 of 10", "1", "0.3600", "0:00:20"]]


def test_a_method_that_finishes_before_its_budget_has_no_time_left():
    runs = [run_state(training_started=True), run_state("smgd", training_started=True)]
    with terminal(runs) as (on_trial, clock, rows):
        clock.now = 30.0
        for run, done in zip(runs, (4.0, 8.0), strict=True):
            run.spent, run.finished = done, done == 4.0
            on_trial(run, strategies.trial(0, (5, 5)))
    assert rows[0] == ["path/0", "4 of 10", "1", "0.2500", "0:00:00"]
    assert rows[2] == ["1 of 2 ended", "12 of 20", "0:00:05"]


def test_a_short_terminal_shows_the_unfinished_runs_with_the_latest_trials():
    """Finished runs are shown only where there is room; the order is always the study's."""
    runs = [run_state(repeat=repeat, training_started=True) for repeat in range(30)]
    with terminal(runs, height=10) as (on_trial, clock, rows):
        for repeat in (*range(30), 3, 12, 7):
            runs[repeat].spent, clock.now = 1.0, clock.now + 1
            runs[repeat].finished = repeat in {3, 28}
            on_trial(runs[repeat], strategies.trial(0, (5, 5)))
    assert [row[0] for row in rows] == [*(f"path/{repeat}" for repeat in (7, 12, 24, 25, 26, 27, 29)), "2 of 30 ended"]


def test_a_short_terminal_shows_the_last_finished_runs_once_all_have_finished():
    runs = [run_state(repeat=repeat, training_started=True, finished=True) for repeat in range(30)]
    with terminal(runs, height=6) as (on_trial, _, rows):
        for run in runs:
            on_trial(run, strategies.trial(0, (5, 5)))
    assert [row[0] for row in rows] == ["path/27", "path/28", "path/29", "30 of 30 ended"]


def test_nothing_is_cut_at_eighty_columns():
    run = RunState(
        name="dichotomic-stochastic", repeat=4, budget=16600.0, method=None, spent=12345.5, training_started=True
    )
    with terminal([run], width=80) as (on_trial, clock, rows):
        clock.now = 3600.0
        on_trial(run, strategies.trial(0, (5, 5)))
    assert rows == [["dichotomic-stochastic/4", "12345.5 of 16600", "1", "0.2500", "0:20:41"]]


# -- a notebook ----------------------------------------------------------------------------------------------------


class Cell:
    """The output of a notebook's cell: what it shows, and how often it was drawn."""

    def __init__(self):
        self.content, self.times = {}, 0

    def update(self, content, *, raw):
        assert raw
        self.content, self.times = content, self.times + 1

    def display(self, content, *, raw, display_id):
        assert display_id
        self.update(content, raw=raw)
        return self


def test_a_notebook_shows_the_last_state_even_after_an_interruption(monkeypatch):
    cell, run = Cell(), run_state(training_started=True)
    monkeypatch.setattr("IPython.display.display", cell.display)
    with suppress(KeyboardInterrupt), notebook_bars([run], box=BOX) as on_trial:
        for number in range(100):
            run.spent = number / 20
            on_trial(run, strategies.trial(number, (5, 5)))
        raise KeyboardInterrupt
    last = cell.content["text/plain"].splitlines()[-1]
    assert re.split(r"\s*[━╸╺]+\s*|\s{2,}", last)[:4] == ["path/0", "4.95 of 10", "1", "0.2500"]
    assert cell.times < 20  # a notebook keeps every message
    assert cell.content["text/html"].count("path/0") == 1
    assert "\x1b" not in "".join(cell.content.values())


# -- a real terminal -----------------------------------------------------------------------------------------------


class Session:
    """The command with a pseudo-terminal as its controlling terminal."""

    def __init__(self, *arguments):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        command = [sys.executable, "-m", "frontsearch.study", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread runs here
        )  # fmt: skip
        os.close(theirs)
        self._terminal, self.seen = ours, ""

    def read(self):
        """Reads what there is; returns False at the end, which Linux signals by an error."""
        try:
            found = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.seen += ESCAPES.sub("", found.decode(errors="replace")).replace("\r", "")
        return bool(found)

    def until(self, holds):
        os.set_blocking(self._terminal, False)
        deadline = time.monotonic() + 180
        while not holds():
            assert time.monotonic() < deadline, self.seen
            assert self.process.poll() is None, self.seen
            self.read()
            time.sleep(0.02)
        os.set_blocking(self._terminal, True)

    def press_ctrl_c(self):
        os.write(self._terminal, b"\x03")

    def end(self):
        while self.read():
            pass
        os.close(self._terminal)
        return self.process.wait(timeout=60)


@contextmanager
def session(*arguments):
    running = Session(*arguments)
    try:
        yield running
    finally:
        running.process.kill()


def test_a_terminal_shows_lines_and_then_the_table(tmp_path):
    study, out = lasso_study.write(tmp_path, "random", "path"), tmp_path / "out"
    with session(study, "--out", out, "--jobs", 1) as running:
        assert running.end() == 0
    bars, _, table = running.seen.rpartition("2 of 2 ended")
    last = bars.rpartition("time left")[2]
    summary = {
        method: figures["hypervolume"]["median"]
        for method, figures in lasso_study.outcome(out)["summary"]["methods"].items()
    }
    for method, volume in summary.items():
        assert re.search(rf"{method}/0 .* 600 of 600 +\d+ +{volume:.4f} +0:00:00", last)
        assert re.search(rf"^{method} +{volume:.4f} ", table, re.MULTILINE)


def imports(pid, library="numpy"):
    """Whether a process has loaded a library and is still importing: numpy is loaded early, torch late."""
    return library in Path(f"/proc/{pid}/maps").read_text()


def children(pid):
    """Number of child processes."""
    count = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            count += int(stat.read_text().rpartition(")")[2].split()[1]) == pid
        except (FileNotFoundError, ProcessLookupError):
            continue
    return count


on_linux = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux has /proc")
MOMENTS = {
    "imports": lambda running: imports(running.process.pid),
    "imports torch": lambda running: imports(running.process.pid, "libtorch"),
    "starts its workers": lambda running: children(running.process.pid) >= 2,
    "trains": lambda running: re.search(r"[1-9]\d* of 1e\+06", running.seen) is not None,
}


@on_linux
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_ends_a_study_with_a_sentence_while_it(moment, tmp_path):
    study, out = lasso_study.write(tmp_path, "random", "path", epochs=1e6), tmp_path / "out"
    with session(study, "--out", out, "--jobs", 2) as running:
        running.until(lambda: MOMENTS[moment](running))
        running.press_ctrl_c()
        assert running.end() == 130
    *before, last = running.seen.strip().splitlines()
    assert last.removeprefix("^C") == INTERRUPTED
    if moment.startswith("imports"):
        assert before == []
    assert "Traceback" not in running.seen


@on_linux
def test_a_command_in_the_background_of_a_script_is_not_interrupted(tmp_path):
    """The shell makes it ignore Ctrl-C, also during its imports."""
    study = lasso_study.write(tmp_path, "random")
    command = [sys.executable, "-m", "frontsearch.study", study, "--out", tmp_path / "out", "--jobs", "1", "--quiet"]
    shell = ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", *command]
    ignoring = subprocess.Popen(shell, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while not imports(ignoring.pid):
        time.sleep(0.02)
    while ignoring.poll() is None:
        ignoring.send_signal(signal.SIGINT)
        time.sleep(0.2)
    assert ignoring.communicate() == (None, b"")
    assert ignoring.returncode == 0
