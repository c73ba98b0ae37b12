"""Workers: run trainings in this process, in processes of this machine, on a Dask cluster or in an MPI job.

In: recipes, submitted to a ``concurrent.futures`` executor. Out: futures of their trials. Read ``worker.py`` first.
``pool.py`` is the process pool; ``remote.py`` sends trainings to machines that share no files with this one, through
``dask.py`` or ``mpi.py``.
"""

from frontsearch.workers.dask import dask_cluster
from frontsearch.workers.devices import device_of
from frontsearch.workers.mpi import mpi_cluster
from frontsearch.workers.process import prepare_process, prepared_process
from frontsearch.workers.remote import Cluster, RemoteExecutor, Size
from frontsearch.workers.worker import WorkerSetup, certify, evaluate, local_executor

__all__ = [
    "Cluster", "RemoteExecutor", "Size", "WorkerSetup", "certify", "dask_cluster", "device_of", "evaluate",
    "local_executor", "mpi_cluster", "prepare_process", "prepared_process",
]  # fmt: skip
