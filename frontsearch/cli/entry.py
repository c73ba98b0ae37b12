"""The entry points. They import the rest of the program themselves, so that Ctrl-C works from the first second."""

import gc
import signal
from importlib import import_module

from frontsearch.cli.interruption import importing


def main() -> None:
    """The ``frontsearch`` console script."""
    _run("main")


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _run("main_study")


def _run(command: str) -> None:
    # Nearly every object made here is kept; looking for garbage among them took a third of reading a long ledger.
    gc.set_threshold(100_000, 20, 100)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # how a cluster or a container ends a process
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with importing():
        module = import_module("frontsearch.cli.app")
    try:
        getattr(module, command)()
    finally:  # everything is printed; the interpreter would answer an impatient Ctrl-C with a traceback
        signal.signal(signal.SIGINT, signal.SIG_IGN)
