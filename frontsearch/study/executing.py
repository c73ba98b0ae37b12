"""Where a session's trainings happen: in processes of this machine, or on a cluster."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import torch

from frontsearch.folder import hardware
from frontsearch.tasks import Task
from frontsearch.workers import Cluster, RemoteExecutor, Size, WorkerSetup, local_executor


@contextmanager
def executor(
    setup: WorkerSetup, task: Task, *, cluster: Cluster | None, jobs: int | None, deadline: float | None
) -> Iterator[tuple[Executor, Size]]:
    """Yields the executor and how many trainings it should have at once.

    Args:
        setup: Settings of the trainings.
        task: The task, for processes of this machine.
        cluster: Where to train; None is this machine.
        jobs: Number of trainings at once; None is one for each worker of the cluster.
        deadline: Seconds that a training may take; None learns it from finished trainings.
    """
    if cluster:
        with cluster.connect() as (send, size):
            yield RemoteExecutor(send, setup, task.fingerprint, deadline=deadline), lambda: jobs or size()
    else:
        with local_executor(setup, task, jobs or 1, deadline=deadline) as found:
            yield found, lambda: jobs or 1


def machine_of(cluster: Cluster | None, device: str) -> str:
    """The name under which seconds are recorded: of the cluster, or of this machine and its accelerator."""
    if cluster:
        return cluster.name
    accelerator = torch.cuda.get_device_name() if device == "cuda" else device
    return hardware() if device == "cpu" else f"{hardware()}, {accelerator}"
