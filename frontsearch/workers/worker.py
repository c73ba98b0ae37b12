"""Executors that run trainings in this process or in several processes of this machine."""

import contextlib
import math
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError
from frontsearch.folder import Curves
from frontsearch.measures import Complexity
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer, network_certificate
from frontsearch.trial import Trial
from frontsearch.workers.deadlines import Deadlines
from frontsearch.workers.deaths import out_of_memory, surviving, tried_twice
from frontsearch.workers.pool import ProcessPool
from frontsearch.workers.process import prepare_process
from frontsearch.workers.shared_task import SharedTask, shared_task


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSetup:
    """Picklable settings from which a worker process makes its trainer.

    Attributes:
        task: Name of a built-in task, or the factory of one, ``module:function``.
        options: Options of the task.
        module_folder: Folder in which a factory's module is looked for first.
        start: Content of the file of trained weights that replace the untrained network's, if there is one.
        complexity: What replaces the task's own complexity, if anything.
        device: Torch device for data and networks.
        checkpoints: Folder for checkpoints.
        curves: Folder for learning curves.
        compile: Whether torch compiles the networks.
    """

    task: str
    options: Mapping[str, Any]
    device: str
    checkpoints: Path
    curves: Path
    module_folder: Path | None = None
    start: bytes | None = None
    complexity: Complexity | None = None
    compile: bool = False

    def trainer(self, task: Task) -> Trainer:
        """Prepares this process and makes its trainer for the loaded task."""
        prepare_process(self.device)
        checkpoints, curves = Checkpoints(self.checkpoints), Curves(self.curves)
        return Trainer(task.to(self.device), checkpoints, curves, compile=self.compile)


_trainers: list[Trainer] = []  # holds the trainer of this process once it is a worker
_faults: list[UserError] = []  # holds what kept this process from becoming one


def install_trainer(trainer: Trainer) -> None:
    """Sets the trainer that :func:`evaluate` and :func:`certify` use in this process."""
    _trainers[:] = [trainer]


def _trainer() -> Trainer:
    for fault in _faults:
        raise fault
    return _trainers[0]


def evaluate(recipes: Sequence[Recipe]) -> tuple[Trial, ...]:
    """Trains recipes with this process's trainer and returns their trials."""
    return _trainer().train(recipes)


def certify(trial: Trial) -> float | None:
    """The certificate of a trial's network; None if its checkpoint is missing or it has no finite gradient.

    It is None for a task with a transform as well: the certificate would be of another loss than was minimised.
    """
    trainer = _trainer()
    if trainer.task.transform is not None:
        return None
    network = trainer.task.network(0).to(trainer.task.device)
    try:
        parameters, _ = trainer.load_checkpoint(trial.key)
    except UserError:
        return None
    network.load_state_dict(parameters)
    descent = trial.recipe.descent
    l1_weight = descent.l1_weight if isinstance(descent, WeightedSum) else None
    try:
        residual = network_certificate(trainer.task, network, trainer.scale, l1_weight=l1_weight)
    except Exception as error:  # trainings need no gradient in evaluation mode, so some networks have none
        if out_of_memory(error):
            raise
        return None
    return residual if math.isfinite(residual) else None


@contextlib.contextmanager
def local_executor(setup: WorkerSetup, task: Task, jobs: int, *, deadline: float | None = None) -> Iterator[Executor]:
    """An executor for :func:`evaluate` and :func:`certify` on ``jobs`` processes, or in this process if ``jobs`` is 1.

    If the block raises, worker processes are terminated at once; only the trainings they are running are lost.

    Args:
        setup: Settings for the trainer of every process.
        task: The task that ``setup`` names, already loaded.
        jobs: Number of processes.
        deadline: Seconds that a training may take in a worker process; None learns it from finished trainings. It does
            not apply to this process, in which nothing can end a training that hangs.
    """
    if jobs == 1:
        install_trainer(setup.trainer(task))
        try:
            yield SerialExecutor()
        finally:
            _trainers.clear()  # it holds the data
        return
    with shared_task(task) as shared:
        pool = ProcessPool(
            jobs, initializer=_initialise_worker, initargs=(setup, shared), deadlines=Deadlines(deadline)
        )
        try:
            yield pool
        except BaseException:
            pool.terminate()
            raise
        pool.shutdown()


class SerialExecutor(Executor):
    """An executor that runs each call in this thread, at once, when it is submitted; twice if memory runs out."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - Executor's signature
        """A future that is already done; Ctrl-C is raised here rather than stored in it."""
        future: Future[Any] = Future()
        try:
            future.set_result(tried_twice(partial(surviving, partial(fn, *args, **kwargs))))
        except Exception as error:  # noqa: BLE001 - the future raises it when asked for its result
            future.set_exception(error)
        return future


def _initialise_worker(setup: WorkerSetup, shared: SharedTask) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for systems that cannot block signals
    if setup.module_folder:  # the pickled task names the functions and classes of its module
        sys.path.insert(0, str(setup.module_folder))
    try:
        install_trainer(setup.trainer(shared.load()))
    except UserError as fault:  # raised by the first training, as a process that fails at its start looks killed
        _faults.append(fault)
