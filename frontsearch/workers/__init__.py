"""Workers: who trains. This process, processes on this machine, a Dask cluster or an MPI job.

In: recipes, through a ``concurrent.futures`` executor. Out: their trials. Read ``worker.py`` first; ``pool.py`` is
the process pool, ``remote.py`` what travels to a machine without our files.
"""

from frontsearch.workers.dask import dask_cluster
from frontsearch.workers.devices import device_of
from frontsearch.workers.mpi import mpi_cluster
from frontsearch.workers.process import prepare_process
from frontsearch.workers.remote import Cluster, Errands, Size
from frontsearch.workers.worker import Workshop, certify, evaluate, workers

__all__ = [
    "Cluster", "Errands", "Size", "Workshop", "certify", "dask_cluster", "device_of", "evaluate", "mpi_cluster",
    "prepare_process", "workers",
]  # fmt: skip
