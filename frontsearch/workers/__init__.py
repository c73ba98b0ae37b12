"""Workers: run trainings in this process, in processes of this machine, on a Dask cluster or in an MPI job.

In: recipes, submitted to a ``concurrent.futures`` executor. Out: futures of their trials. Read ``worker.py`` first.
``pool.py`` is the process pool; ``remote.py`` sends trainings to machines that share no files with this one, through
``dask.py`` or ``mpi.py``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frontsearch.workers.dask import dask_cluster
    from frontsearch.workers.devices import device_of
    from frontsearch.workers.mpi import mpi_cluster
    from frontsearch.workers.process import prepare_process, prepared_process
    from frontsearch.workers.remote import Cluster, RemoteExecutor, Size
    from frontsearch.workers.worker import WorkerSetup, certify, evaluate, local_executor

# Imported on first use: a process of a pool needs neither Dask nor MPI, and begins before torch is imported.
_MODULES = {
    "dask": ("dask_cluster",),
    "devices": ("device_of",),
    "mpi": ("mpi_cluster",),
    "process": ("prepare_process", "prepared_process"),
    "remote": ("Cluster", "RemoteExecutor", "Size"),
    "worker": ("WorkerSetup", "certify", "evaluate", "local_executor"),
}

__all__ = [
    "Cluster", "RemoteExecutor", "Size", "WorkerSetup", "certify", "dask_cluster", "device_of", "evaluate",
    "local_executor", "mpi_cluster", "prepare_process", "prepared_process",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Imports the module of a public name on first use."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"frontsearch.workers.{module}"), name)
    raise AttributeError(f"module 'frontsearch.workers' has no attribute {name!r}")
