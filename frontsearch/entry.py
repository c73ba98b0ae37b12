"""Where the program begins, so that Ctrl-C is answered in the seconds in which everything else is imported."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

MPI_COMMAND = "mpiexec -n 3 python -m mpi4py.futures -m frontsearch.study NAME --mpi"
INTERRUPTED = "Interrupted; what had finished is kept, and running the same command again continues."


def main() -> None:
    """The ``frontsearch`` console script."""
    _begin("main")


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _begin("main_study")


@contextmanager
def importing() -> Iterator[None]:
    """With Ctrl-C ending the process where it stands: inside an import it may be taken for a failed one, or be lost."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # and not ignored, as of a command in a script's background
        signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _begin(command: str) -> None:
    # Nearly all that is made here stays, and the search for garbage among it took a third of reading a long ledger.
    gc.set_threshold(100_000, 20, 100)
    with importing():
        module = import_module("frontsearch.cli")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # as a cluster or a container ends a process
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        getattr(module, command)()
    finally:  # all is said, and an impatient Ctrl-C would be answered by the interpreter's own words
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(130)
