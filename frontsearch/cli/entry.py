"""Where the program begins, so that Ctrl-C is answered in the seconds in which everything else is imported."""

import gc
import signal
from importlib import import_module

from frontsearch.cli.interruption import importing


def main() -> None:
    """The ``frontsearch`` console script."""
    _begin("main")


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _begin("main_study")


def _begin(command: str) -> None:
    # Nearly all that is made here stays, and the search for garbage among it took a third of reading a long ledger.
    gc.set_threshold(100_000, 20, 100)
    with importing():
        module = import_module("frontsearch.cli.app")
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # as a cluster or a container ends a process
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        getattr(module, command)()
    finally:  # all is said, and an impatient Ctrl-C would be answered by the interpreter's own words
        signal.signal(signal.SIGINT, signal.SIG_IGN)
