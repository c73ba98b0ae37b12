"""Ctrl-C while a journal's lock is taken leaves no lock behind."""

import os
import signal

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
