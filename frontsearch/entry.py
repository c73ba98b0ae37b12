"""Where the program begins, so that Ctrl-C is answered in the seconds in which everything else is imported."""

import gc
import os
import signal
import sys
from importlib import import_module
from types import FrameType

INTERRUPTED = "Interrupted; what had finished is kept, and running the same command again continues."


def main() -> None:
    """The ``frontsearch`` console script."""
    _begin("main")


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _begin("main_study")


def _begin(command: str) -> None:
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # and not ignored, as of a command in a script's background
        signal.signal(signal.SIGINT, _end)
    # Nearly all that is made here stays, and the search for garbage among it took a third of reading a long ledger.
    gc.set_threshold(100_000, 20, 100)
    module = import_module("frontsearch.cli")
    signal.signal(signal.SIGINT, before)
    getattr(module, command)()


def _end(_number: int, _frame: FrameType | None) -> None:
    """Ends the process where it stands: an exception inside an import may be taken for a failed one, or be lost."""
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(130)
