"""The process that a pool starts: it runs the jobs that come through its pipe and ends with its parent."""

import contextlib
import gc
import multiprocessing
import os
import pickle
import threading
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from frontsearch.workers.deaths import surviving

READY = b"ready"  # the first message of a process, after its initializer


class WorkerTraceback(Exception):  # noqa: N818 - shown as the cause of the error, as the process pools of Python do
    """The traceback of an error in a worker process, as text."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of a job, with its traceback, which exceptions lose when they are pickled."""

    error: BaseException
    traceback: str


def serve(pipe: Connection, initializer: bytes) -> None:
    """Runs the first job, the initializer, then others until the pipe is closed at the other end; all are pickled."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    gc.disable()  # what is imported stays; looking for garbage among it takes a tenth of a worker's start
    _call(initializer)
    gc.enable()
    with contextlib.suppress(EOFError, ConnectionError):  # the parent closed the pipe, or has ended
        pipe.send_bytes(READY)
        while True:
            pipe.send_bytes(_reply(pipe.recv_bytes()))


def _exit_with_parent() -> None:
    """Ends this process, whatever it is doing, if its parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _reply(job: bytes) -> bytes:
    """What a job returns or raises, pickled."""
    try:
        return pickle.dumps(surviving(_call, job))
    except BaseException as error:  # noqa: BLE001 - the parent raises it
        return _raised(error)


def _call(job: bytes) -> Any:  # noqa: ANN401 - any job
    function, args = pickle.loads(job)  # noqa: S301 - from the parent, through a pipe that only the two of them have
    return function(*args)


def _raised(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    try:
        pickled = pickle.dumps(Raised(error, text))
        pickle.loads(pickled)  # noqa: S301 - pickled above; some exceptions cannot be unpickled
    except Exception:  # noqa: BLE001 - whatever its class does
        return pickle.dumps(Raised(RuntimeError(f"{type(error).__name__}: {error}"), text))
    return pickled
