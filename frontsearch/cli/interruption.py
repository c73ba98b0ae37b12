"""Ctrl-C while modules are being imported, which takes seconds."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = "Interrupted. Finished trainings are kept; run the same command again to continue."


@contextmanager
def importing() -> Iterator[None]:
    """Lets Ctrl-C end the process at once: raised inside an import, it may be lost or look like a failed import."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # unless Ctrl-C is ignored, as in a script's background commands
        signal.signal(signal.SIGINT, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _exit(_number: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(130)
