"""A Dask scheduler and two workers of one's own, each a process."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


@contextmanager
def serving():
    """The address of a scheduler that knows nothing of frontsearch; its workers are begun anew when they are killed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        where = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        scheduler = _begin("scheduler", "--port", "0", "--scheduler-file", str(file), cwd=folder, env=where)
        try:
            address = _address(file)
            with working(address, number=2):
                yield address
        finally:
            scheduler.terminate()
            scheduler.wait(60)


@contextmanager
def working(address, *, number=1):
    """With so many more workers at this scheduler."""
    path = os.pathsep.join(
        filter(None, (str(HERE), str(HERE / "workers"), str(HERE.parent), os.environ.get("PYTHONPATH")))
    )
    options = (address, "--nworkers", str(number), "--nthreads", "1")
    with tempfile.TemporaryDirectory() as folder:
        workers = _begin("worker", *options, cwd=folder, env=os.environ | {"PYTHONPATH": path})
        try:
            yield
        finally:
            workers.terminate()
            workers.wait(60)


def _begin(what, *options, cwd, env):
    command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard", "--host", "127.0.0.1", *options]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=cwd, env=env, **quiet)


def _address(file):
    until = time.monotonic() + 120
    while not (file.exists() and '"address"' in file.read_text()):
        assert time.monotonic() < until
        time.sleep(0.1)
    return next(line for line in file.read_text().split('"') if line.startswith("tcp://"))
