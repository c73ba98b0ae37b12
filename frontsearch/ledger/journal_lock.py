"""``JournalLock``: a journal's lock that Ctrl-C cannot leave behind."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from optuna.storages.journal import JournalFileOpenLock

# A killed command leaves its lock, and that the next one takes it over after some seconds is no news to anybody.
logging.getLogger(JournalFileOpenLock.__module__).setLevel(logging.ERROR)

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)  # the command line treats both alike


class JournalLock(JournalFileOpenLock):
    """Optuna's lock, taken whole or not at all.

    An interrupt between the making of the lock's file and the block that removes it would leave the file, and the next
    writer would wait until it counts as old.
    """

    def acquire(self) -> bool:
        """Takes the lock; an interrupt in the meantime is raised once it has been given back."""
        acquired = False
        try:
            with _delayed_interrupts():
                acquired = super().acquire()
        except BaseException:
            if acquired:
                self.release()
            raise
        return acquired


@contextmanager
def _delayed_interrupts() -> Iterator[None]:
    """Raises interrupts that arrive in the block at its end; only a main thread receives any."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []
    handlers = {number: handler for number in INTERRUPTS if (handler := signal.getsignal(number)) is not None}
    for number in handlers:
        signal.signal(number, lambda found, _: received.append(found))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if received:
            signal.raise_signal(received[0])
