"""Ctrl-C, and SIGTERM, by which a cluster or a container ends a process: both interrupt the program alike."""

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

INTERRUPTED = "Interrupted. Finished trainings are kept; run the same command again to continue."
SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTION = 130  # exit code

_codes: list[int] = []  # of this process, once an interruption ends it


def terminate_like_ctrl_c() -> None:
    """Lets SIGTERM raise ``KeyboardInterrupt``, unless this process was told to do otherwise."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def keep_exit_code() -> None:
    """Lets an interruption end with its exit code, wherever Ctrl-C came; to be called before anything is imported.

    After a ``KeyboardInterrupt`` in code that was compiled from a text, as every dataclass of an import is, Python ends
    itself by the signal, whatever the exit code. What is registered first is called last.
    """
    atexit.register(_end_with_code)


def _end_with_code() -> None:
    if _codes and "mpi4py.MPI" not in sys.modules:  # an MPI job would count as broken
        with suppress(OSError, ValueError):  # nobody reads it any more
            sys.stdout.flush()
        os._exit(_codes[0])


def exit_interrupted() -> NoReturn:
    """Ends the process with the sentence and the exit code of an interruption, and all that is registered for its end.

    Raises:
        SystemExit: Always.
    """
    print(INTERRUPTED, file=sys.stderr, flush=True)  # noqa: T201 - the console's own channel
    _codes.append(INTERRUPTION)
    sys.exit(INTERRUPTION)


def ignore_interrupts() -> None:
    """Ignores both signals from now on."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def importing() -> Iterator[None]:
    """Lets both signals end the process at once: raised in an import, they may be lost or look like its failure."""
    before: dict[signal.Signals, Callable[[int, FrameType | None], object]] = {}
    for number in SIGNALS:
        # Unless Ctrl-C is ignored, as in a script's background commands.
        if signal.getsignal(number) is signal.default_int_handler:
            before[number] = signal.default_int_handler
            signal.signal(number, lambda *_: end_interrupted())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_interrupted() -> NoReturn:
    """Ends the process at once, with the sentence and the exit code of an interruption."""
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(INTERRUPTION)
