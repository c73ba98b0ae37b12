"""Killed studies leave nothing in the temporary folder, in shared memory or among the processes."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import digits_study
import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux's lists of processes")


def members(group):
    """Ids of the living processes of a group; the group's id is that of the coordinator."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group, *_ = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(process_group) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def training(process, out):
    """Waits until two workers train."""
    until = time.monotonic() + 120
    while len(list(out.glob("checkpoints/*"))) < 2:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.fixture
def study(tmp_path):
    """A study of digits that goes on for minutes."""
    path = digits_study.write(tmp_path)
    path.write_text(path.read_text().replace("epochs = 8", "epochs = 1e5", 1))
    return path


@pytest.fixture
def start(study, tmp_path, monkeypatch):
    """Starts the study with two workers, in a group and with a temporary folder of its own."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    started = []

    def starting(out):
        command = [sys.executable, "-m", "frontsearch.study", str(study), "--quiet", "--out", str(out), "--jobs", "2"]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]

    yield starting
    for process in started:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def left(folder):
    """What is in the temporary folder, but for torch's cache of compiled networks, which is meant to stay."""
    return [path for path in (folder / "temporary").iterdir() if not path.name.startswith("torchinductor_")]


def shared_memory(pids):
    """Semaphores and shared memory of Python and torch that no process uses, and what is named after one of these."""
    used = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            used |= set(re.findall(r"/dev/shm/(\S+)", maps.read_text()))  # noqa: S108 - where Linux keeps them
    own = {str(pid) for pid in pids}
    names = {path.name for path in Path("/dev/shm").iterdir()}  # noqa: S108 - where Linux keeps them
    unused = {name for name in names - used if name.startswith(("sem.mp-", "psm_", "torch_"))}
    return unused | {name for name in names if own & set(re.split(r"\D+", name))}


def test_a_group_that_is_killed_again_and_again_leaves_nothing_behind(start, tmp_path):
    before, pids = shared_memory([]), []
    for attempt in range(3):
        process = start(tmp_path / "out")
        training(process, tmp_path / "out") if attempt else time.sleep(1.0)  # once while everything starts
        pids += members(process.pid)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert left(tmp_path) == []
    until = time.monotonic() + 60  # other programs on this machine take a moment to remove theirs; nobody removes ours
    while left_over := shared_memory(pids) - before:
        assert time.monotonic() < until, left_over
        time.sleep(0.1)


def test_workers_end_within_seconds_of_their_coordinator_and_leave_nothing_behind(start, tmp_path):
    process = start(tmp_path / "out")
    training(process, tmp_path / "out")
    assert len(members(process.pid)) >= 3
    process.kill()
    process.wait()
    until = time.monotonic() + 10
    while members(process.pid):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert process.stderr.read() == ""
    assert left(tmp_path) == []


def listening():
    """Inodes of all sockets that accept connections."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    unix = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A"} | {row[6] for row in unix if row[3] == "00010000"}


def sockets(pid):
    links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}


def test_workers_take_work_from_their_coordinator_alone(start, tmp_path):
    process = start(tmp_path / "out")
    training(process, tmp_path / "out")
    found = {pid: sockets(pid) for pid in members(process.pid)}
    coordinator = found.pop(process.pid)
    assert all(not (inodes & listening()) for inodes in (coordinator, *found.values()))  # nobody can connect
    workers = [inodes for inodes in found.values() if inodes]
    assert [len(inodes) for inodes in workers] == [1, 1]  # one pipe, whose other end the coordinator has
    assert len(coordinator) == 2
    assert not workers[0] & workers[1]
