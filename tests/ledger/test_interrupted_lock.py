"""Ctrl-C while a journal's lock is taken leaves no lock behind."""

import os
import signal
import subprocess
import sys

import pytest
from optuna.storages.journal import JournalFileOpenLock

from frontsearch.ledger.journal_lock import JournalLock


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_between_making_the_file_and_returning_gives_the_lock_back(tmp_path, monkeypatch, number):
    path, make = tmp_path / "journal", os.open
    path.touch()

    def interrupted(*arguments, **options):
        made = make(*arguments, **options)
        if str(arguments[0]).endswith(".lock"):
            signal.raise_signal(number)
        return made

    before = signal.signal(number, signal.default_int_handler)
    try:
        monkeypatch.setattr(os, "open", interrupted)
        with pytest.raises(KeyboardInterrupt):
            JournalLock(str(path), 5).acquire()
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        monkeypatch.undo()
        signal.signal(number, before)
    assert not list(tmp_path.glob("*.lock"))
    assert JournalFileOpenLock(str(path), 5).acquire()  # at once


def test_a_lock_that_a_killed_command_left_is_taken_over_without_a_word(tmp_path):
    (tmp_path / "journal").touch()
    (tmp_path / "journal.lock").touch()
    # Optuna logs to the stderr of the moment that it is imported in; four seconds are the fewest it does not warn of.
    program = "from frontsearch.ledger.journal_lock import JournalLock; print(JournalLock('journal', 4).acquire())"
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
