"""Whenever Ctrl-C or SIGTERM comes, a command ends with 130, one sentence and no traceback."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import lasso_study
import pytest

from frontsearch.cli.interruption import INTERRUPTED, importing

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's list of signals")

COMMANDS = {
    "frontsearch study": ["-c", "from frontsearch.cli.entry import main; main()", "study"],
    "python -m frontsearch.study": ["-m", "frontsearch.study"],
}
HEAVY = ("typer", "numpy", "optuna", "torch")


def catches(pid, number):
    """Whether a process has a handler for a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", COMMANDS)
def test_at_every_moment_of_the_start(tmp_path, command, number):
    study = lasso_study.write(tmp_path, "random", epochs=1e7)
    for milliseconds in (0, 50, 100, 200, 400, 800, 1600, 3200):
        arguments = [*COMMANDS[command], str(study), "--quiet", "--out", str(tmp_path / "out"), "--jobs", "1"]
        process = subprocess.Popen([sys.executable, *arguments], stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 60
        while not catches(process.pid, signal.SIGTERM):  # Python itself has one for Ctrl-C only
            assert time.monotonic() < until
        time.sleep(milliseconds / 1000)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
        assert (milliseconds, process.returncode, stderr) == (milliseconds, 130, f"{INTERRUPTED}\n")


def test_an_interruption_in_code_made_from_text_ends_with_its_own_exit_code():
    program = """
        import atexit, sys
        from frontsearch.cli import entry, study_command

        def run(*_):
            atexit.register(print, "cleaned up")
            exec("raise KeyboardInterrupt")  # as where a dataclass is made

        study_command.run = run
        sys.argv = ["frontsearch", "study"]
        entry.main()
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "cleaned up\n", f"{INTERRUPTED}\n")


def test_the_handlers_come_before_everything_that_takes_time_to_import():
    program = f"import sys, frontsearch.study.__main__; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_a_signal_that_raises_no_interrupt_is_left_alone(number, handler):
    before = signal.signal(number, handler)
    try:
        with importing():
            assert signal.getsignal(number) is handler
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)
