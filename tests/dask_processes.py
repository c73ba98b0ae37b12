"""Starts a Dask scheduler and workers, each as a process, for the tests."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


@contextmanager
def serving(*, tls=()):
    """The address of a scheduler that cannot import frontsearch, with two workers that restart when they are killed.

    Args:
        tls: Options of scheduler and workers that encrypt their connections.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        options = ("--port", "0", "--scheduler-file", str(file), *tls)
        scheduler = _start("scheduler", *options, cwd=folder, env=environment)
        try:
            address = _address(file)
            with working(address, number=2, tls=tls):
                yield address
        finally:
            scheduler.terminate()
            scheduler.wait(60)


@contextmanager
def working(address, *, number=1, tls=()):
    """Adds ``number`` workers to the scheduler while the block runs."""
    path = os.pathsep.join(
        filter(None, (str(HERE), str(HERE / "workers"), str(HERE.parent), os.environ.get("PYTHONPATH")))
    )
    options = (address, "--nworkers", str(number), "--nthreads", "1", *tls)
    with tempfile.TemporaryDirectory() as folder:
        workers = _start("worker", *options, cwd=folder, env=os.environ | {"PYTHONPATH": path})
        try:
            yield
        finally:
            workers.terminate()
            workers.wait(60)


def _start(role, *options, cwd, env):
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", "--no-dashboard", "--host", "127.0.0.1", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=cwd, env=env, **quiet)


def _address(file):
    deadline = time.monotonic() + 120
    while not (file.exists() and '"address"' in file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return next(line for line in file.read_text().split('"') if line.startswith(("tcp://", "tls://")))
