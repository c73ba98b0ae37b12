"""One program at a time writes to a journal, on any file system."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import optuna
import pytest
from optuna.storages.journal import JournalFileOpenLock, JournalFileSymlinkLock

from frontsearch.errors import UserError
from frontsearch.ledger import journal as journal_module
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.storage import open_storage
from frontsearch.space import Space

# No file system without symbolic links can be mounted here, so a system call that refuses stands in for one.
WRITES_WITHOUT_LINKS = """
import os, sys
from pathlib import Path
from frontsearch.ledger.storage import open_storage
def refuse(target, link, **_):
    raise OSError(int(sys.argv[1]), os.strerror(int(sys.argv[1])), target, None, link)
os.symlink = refuse
storage = open_storage(Path("new/ledger.journal"), to_write=True)
storage.set_study_user_attr(0, sys.argv[2], 1) if sys.argv[2:] else storage.create_new_study([1, 1], "mine")
"""

IS_KILLED_WHILE_IT_WRITES = """
import os, signal, sys
from pathlib import Path
from frontsearch.ledger.storage import open_storage
storage = open_storage(Path(sys.argv[1]), to_write=True)
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
storage.create_new_study([1, 1], "mine")
"""


def ledger_at(journal):
    return Ledger(open_storage(journal, to_write=True), "mine", fingerprint="a task", space=Space({}))


def begin_to_write(journal):
    writer = threading.Thread(target=lambda: ledger_at(journal).comparison_study(), daemon=True)
    writer.start()
    return writer


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS])
def test_a_file_system_needs_no_symbolic_links(tmp_path, code):
    command = [sys.executable, "-c", WRITES_WITHOUT_LINKS, str(code)]
    subprocess.run(command, check=True, cwd=tmp_path)
    writers = [subprocess.Popen([*command, name], cwd=tmp_path) for name in ("a", "b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    written = optuna.load_study(
        study_name="mine", storage=open_storage(tmp_path / "new" / "ledger.journal", to_write=False)
    )
    assert written.user_attrs == {"a": 1, "b": 1}
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["ledger.journal"]


@pytest.mark.parametrize("kind", [JournalFileOpenLock, JournalFileSymlinkLock])
def test_a_writer_waits_for_a_program_that_locks_the_journal_in_either_way(tmp_path, kind):
    journal = tmp_path / "ledger.journal"
    open_storage(journal, to_write=True)
    other = kind(str(journal))
    other.acquire()
    writer = begin_to_write(journal)
    writer.join(0.5)
    assert writer.is_alive()
    assert journal.read_bytes() == b""
    other.release()
    writer.join(10)
    assert not writer.is_alive()
    assert journal.read_bytes() != b""


@pytest.mark.parametrize("relative", [False, True])
def test_the_lock_of_a_killed_writer_is_ignored_after_a_while(tmp_path, monkeypatch, relative):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(journal_module, "STALE_SECONDS", 3)
    journal = Path("out/ledger.journal") if relative else tmp_path / "out" / "ledger.journal"
    command = [sys.executable, "-c", IS_KILLED_WHILE_IT_WRITES, str(journal)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert os.path.lexists("out/ledger.journal.lock")
    writer = begin_to_write(journal)
    writer.join(10)
    assert not writer.is_alive()
    assert [file.name for file in journal.parent.iterdir()] == ["ledger.journal"]


def test_a_lock_that_cannot_be_made_is_one_sentence(tmp_path):
    ledger = ledger_at(tmp_path / "new" / "ledger.journal")
    (tmp_path / "new").rename(tmp_path / "away")
    with pytest.raises(UserError, match="Optuna study mine/comparison could not be recorded in the storage"):
        ledger.comparison_study()
