"""Runs trainings on the other processes of an MPI job."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from frontsearch.errors import UserError
from frontsearch.workers.remote import Cluster, Send, Size

ABORT_SECONDS = 3  # that the first process has to print its error and release its lease


def mpi_cluster(command: str) -> Cluster:
    """A cluster of all processes of this MPI job but the first one, which runs the study.

    If one process dies, MPI ends the whole job; trainings that have finished by then are recorded.

    Args:
        command: A command that starts such a job, for the error message.

    Raises:
        UserError: If mpi4py is not installed or did not start this process, or the job has only one process.
    """
    if find_spec("mpi4py") is None:
        raise UserError("--mpi needs mpi4py, which is not installed; pip install 'frontsearch[mpi]' brings it.")
    if "mpi4py.futures" not in sys.orig_argv or _processes() < 2:
        raise UserError(f"--mpi needs a job of at least two processes started by MPI, for example: {command}")
    return Cluster(f"MPI cluster at {socket.gethostname()}", _connection)


def _processes() -> int:
    from mpi4py import MPI  # noqa: PLC0415 - an optional dependency, and importing it initialises MPI

    return MPI.COMM_WORLD.size


@contextmanager
def _connection() -> Iterator[tuple[Send, Size]]:
    """Yields ``(send, size)``: ``send`` submits a training, ``size`` counts the processes; each runs one at a time."""
    from mpi4py.futures import MPIPoolExecutor  # noqa: PLC0415

    executor = MPIPoolExecutor()
    try:
        # A deadline is of no use: what runs in another process cannot be ended but with the whole job.
        yield lambda training, _: executor.submit(training), lambda: executor.num_workers
    except BaseException as error:
        executor.shutdown(wait=False, cancel_futures=True)
        _abort_soon(130 if isinstance(error, KeyboardInterrupt) else 2)
        raise
    executor.shutdown()


def _abort_soon(code: int) -> None:
    """Ends the whole job unless it ends by itself soon; a training in another process cannot be interrupted."""
    from mpi4py import MPI  # noqa: PLC0415

    abort = threading.Timer(ABORT_SECONDS, MPI.COMM_WORLD.Abort, [code])
    abort.daemon = True
    abort.start()
