"""The other processes of an MPI job."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from frontsearch.errors import UserError
from frontsearch.workers.remote import Cluster, Send, Size

PARTING_SECONDS = 3  # in which the first process says why it ends, and lets go of what it holds


def mpi_cluster(command: str) -> Cluster:
    """The processes of this MPI job but for the first one, which is this one.

    MPI ends a job as a whole when one of its processes dies; what had finished is recorded by then.

    Args:
        command: The command that begins such a job, for the error message.

    Raises:
        UserError: When mpi4py is not installed or did not begin this process, or the job has no other process.
    """
    if find_spec("mpi4py") is None:
        raise UserError("--mpi needs mpi4py, which is not installed; pip install 'frontsearch[mpi]' brings it.")
    if "mpi4py.futures" not in sys.orig_argv or _processes() < 2:
        raise UserError(f"--mpi must be begun by MPI with two processes at least, as by: {command}")
    return _joined


def _processes() -> int:
    from mpi4py import MPI  # noqa: PLC0415 - an extra, and importing it begins MPI

    return MPI.COMM_WORLD.size


@contextmanager
def _joined() -> Iterator[tuple[Send, Size]]:
    """The processes, of which each does one errand at a time."""
    from mpi4py.futures import MPIPoolExecutor  # noqa: PLC0415

    executor = MPIPoolExecutor()
    try:
        yield executor.submit, lambda: executor.num_workers
    except BaseException as error:
        executor.shutdown(wait=False, cancel_futures=True)
        _abort_soon(130 if isinstance(error, KeyboardInterrupt) else 2)
        raise
    executor.shutdown()


def _abort_soon(code: int) -> None:
    """Ends the whole job if it has not ended by itself soon: what a process trains cannot be interrupted by another."""
    from mpi4py import MPI  # noqa: PLC0415

    abort = threading.Timer(PARTING_SECONDS, MPI.COMM_WORLD.Abort, [code])
    abort.daemon = True
    abort.start()
