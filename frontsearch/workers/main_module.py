"""Starting processes without running the main script again."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATHS = ("__file__", "__spec__")  # from which multiprocessing finds the main module to import in a new process

_lock = threading.Lock()  # each thread of a pool starts a process


@contextmanager
def without_main_module() -> Iterator[None]:
    """Processes started in the block do not import the main module.

    Trainings need nothing of it: a task's own functions are pickled by value. A script would otherwise have to keep its
    search behind ``if __name__ == "__main__"``, and a notebook has no file to import.
    """
    with _lock:
        main = sys.modules["__main__"]
        kept = {name: value for name in PATHS if (value := getattr(main, name, None)) is not None}
        try:
            for name in kept:
                setattr(main, name, None)
            yield
        finally:
            for name, value in kept.items():
                setattr(main, name, value)
