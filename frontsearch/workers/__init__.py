"""Workers: who trains. This process, processes on this machine, a Dask cluster or an MPI job.

In: recipes, through a ``concurrent.futures`` executor. Out: their trials. Read ``worker.py`` first; ``pool.py`` is
the process pool, ``remote.py`` what travels to a machine without our files.
"""

from frontsearch.workers.dask import dask_cluster
from frontsearch.workers.devices import device_of
from frontsearch.workers.mpi import mpi_cluster
from frontsearch.workers.process import prepare_process
from frontsearch.workers.remote import Cluster, RemoteExecutor, Size
from frontsearch.workers.worker import WorkerSetup, certify, evaluate, local_executor

__all__ = [
    "Cluster", "RemoteExecutor", "Size", "WorkerSetup", "certify", "dask_cluster", "device_of", "evaluate",
    "local_executor", "mpi_cluster", "prepare_process",
]  # fmt: skip
