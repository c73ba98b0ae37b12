"""Ctrl-C and SIGTERM while modules are being imported, which takes seconds."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = "Interrupted. Finished trainings are kept; run the same command again to continue."


@contextmanager
def importing() -> Iterator[None]:
    """Lets an interrupt end the process at once: raised inside an import, it may be lost or look like a failed one."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    # Others stay: Ctrl-C is ignored in a script's background commands, for example.
    raising = [number for number, handler in handlers.items() if handler is signal.default_int_handler]
    for number in raising:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in raising:
            signal.signal(number, signal.default_int_handler)


def _exit(_number: int, _frame: FrameType | None) -> None:
    os.write(sys.stderr.fileno(), f"{INTERRUPTED}\n".encode())
    os._exit(130)
