"""Ctrl-C, also in the seconds in which everything else is imported."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = "Interrupted; what had finished is kept, and running the same command again continues."


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


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(130)
