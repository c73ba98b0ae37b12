"""A small study that a campaign disturbs, with an output folder, a TMPDIR and a log of trainings of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
STUDIES = {name: HERE / f"{name}.toml" for name in ("logged_digits", "built_in_digits")}
JOBS = 2
PATIENCE = 300  # seconds, after which a study that neither ends nor goes on counts as hanging
CHECKOUT = HERE.parents[1]


@dataclass
class Disturbed:
    """A study that may be begun again and again in the same folder.

    Attributes:
        study: Path of the study file.
        folder: Where everything of this study lies.
        options: Options of every command.
        out: Output folder.
        lost: How many trainings the disturbances so far may have cost.
    """

    study: Path
    folder: Path
    options: tuple[str, ...] = ("--jobs", str(JOBS))
    out: Path | None = None
    lost: int = 0

    def __post_init__(self):
        self.out = self.out or self.folder / "out"
        self.scratch.mkdir(parents=True, exist_ok=True)

    @property
    def scratch(self):
        """TMPDIR of every process of this study, by which they are known."""
        return self.folder / "tmp"

    @property
    def environment(self):
        """What a process of this study needs beside this process's environment."""
        path = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
        return {"TMPDIR": str(self.scratch), "STARTED": str(self.folder / "started"), "PYTHONPATH": path}

    def begin(self):
        """Starts the study's command in a process group of its own."""
        command = [sys.executable, "-m", "frontsearch.study", self.study, "--quiet", "--out", self.out, *self.options]
        with (self.folder / "stderr").open("wb") as stderr:
            return subprocess.Popen(
                command, stdout=subprocess.DEVNULL, stderr=stderr, cwd=self.folder, start_new_session=True,
                env=os.environ | self.environment,
            )  # fmt: skip

    def ended(self, process):
        """The exit code and what the command said on stderr; a hanging one is killed."""
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            kill_group(process)
            code = "none, it hangs"
        return code, self.said()

    def said(self):
        """What the last command said on stderr."""
        return (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")

    def finish(self):
        """Runs the command to its end."""
        return self.ended(self.begin())

    def started(self):
        """How many trainings have started, of a study that logs them."""
        log = self.folder / "started"
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def last_to_start(self):
        """Process id of the worker that started a training last, of a study that logs them."""
        return int((self.folder / "started").read_text(encoding="utf-8").splitlines()[-1])

    def recorded(self):
        """How many trainings the journal has."""
        journal = self.out / "ledger.journal"
        return journal.read_bytes().count(b'"key":') if journal.exists() else 0

    def processes(self):
        """Ids of the living processes that have this study's TMPDIR, however they were started."""
        mark, found = f"TMPDIR={self.scratch}".encode(), []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                if mark in (entry / "environ").read_bytes().split(b"\0") and state_and_parent(entry)[0] != "Z":
                    found.append(int(entry.name))
        return found


def state_and_parent(entry):
    """State of a process and the id of its parent, from its folder in /proc."""
    state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
    return state, int(parent)


def workers(process):
    """Ids of a coordinator's worker processes."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            is_child = state_and_parent(entry)[1] == process.pid
            if is_child and b"spawn_main" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return sorted(found)


def kill_group(process, number=signal.SIGKILL):
    """Sends a signal to a command and everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def wait_until(happened, process, *, poll=0.002):
    """Waits until something has happened; False if the process ended before, or after a long time."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if process.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(poll)
    return True
