"""Ctrl-C and SIGTERM while modules are imported end the command with its sentence, as later."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frontsearch.cli.interruption import INTERRUPTED, importing


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process has loaded is seen in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_imports_ends_with_130_and_the_sentence(tmp_path, number):
    command = [sys.executable, "-m", "frontsearch.study", "lasso", "--quiet", "--out", tmp_path]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while "numpy" not in Path(f"/proc/{process.pid}/maps").read_text():
        assert time.monotonic() < deadline
    process.send_signal(number)
    assert (process.communicate(timeout=60)[1], process.returncode) == (f"{INTERRUPTED}\n", 130)


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
