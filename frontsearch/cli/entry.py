"""The entry points. They import the rest of the program themselves, so that Ctrl-C works from the first moment."""

import gc
from importlib import import_module

from frontsearch.cli.interruption import (
    end_interrupted,
    ignore_interrupts,
    importing,
    keep_exit_code,
    terminate_like_ctrl_c,
)


def main() -> None:
    """The ``frontsearch`` console script."""
    _run("main")


def main_study() -> None:
    """``python -m frontsearch.study``."""
    _run("main_study")


def _run(command: str) -> None:
    try:
        terminate_like_ctrl_c()
        keep_exit_code()
        # Nearly every object made here is kept; looking for garbage among them took a third of reading a long ledger.
        gc.set_threshold(100_000, 20, 100)
        with importing():
            module = import_module("frontsearch.cli.app")
        getattr(module, command)()
    except KeyboardInterrupt:  # between two places that expect it
        end_interrupted()
    finally:  # everything is printed; the interpreter would answer an impatient Ctrl-C with a traceback
        ignore_interrupts()
