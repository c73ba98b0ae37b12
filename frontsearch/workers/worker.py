"""The trainer in this process or in several others, behind an executor."""

import contextlib
import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.errors import UserError
from frontsearch.folder import Curves
from frontsearch.recipe import Offspring, Recipe, WeightedSum
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer, certificate, full_gradient
from frontsearch.trial import Trial
from frontsearch.workers.pool import ProcessPool
from frontsearch.workers.process import prepare_process
from frontsearch.workers.shared_task import SharedTask, shared_task


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSetup:
    """What a process needs to become a trainer; picklable.

    Attributes:
        task: Name of a built-in task.
        options: The task's options.
        device: Where data and networks live.
        checkpoints: Folder of the checkpoints.
        curves: Folder of the learning curves.
        compile: Whether torch compiles the networks.
    """

    task: str
    options: Mapping[str, Any]
    device: str
    checkpoints: Path
    curves: Path
    compile: bool = False

    def trainer(self, task: Task) -> Trainer:
        """The trainer in this process, of the task when it has been loaded."""
        prepare_process(self.device)
        checkpoints, curves = Checkpoints(self.checkpoints), Curves(self.curves)
        return Trainer(task.to(self.device), checkpoints, curves, compile=self.compile)


_trainers: list[Trainer] = []  # this process's one trainer, once it is a worker


def install_trainer(trainer: Trainer) -> None:
    """Makes this trainer the one of this process."""
    _trainers[:] = [trainer]


def evaluate(recipes: Sequence[Recipe]) -> tuple[Trial, ...]:
    """The recipes' trials, from this worker's trainer; crosses in one batched forward pass."""
    trainer = _trainers[0]
    if all(isinstance(recipe.start, Offspring) for recipe in recipes):
        return trainer.evaluate_offspring(recipes)
    return tuple(trainer(recipe) for recipe in recipes)


def certify(trial: Trial) -> float | None:
    """The certificate of a trial's network; None where its checkpoint is gone or its gradient is not finite."""
    trainer = _trainers[0]
    network = trainer.task.network(0).to(trainer.task.splits["train"].inputs.device)
    try:
        parameters, _ = trainer.load_checkpoint(trial.key)
    except UserError:
        return None
    network.load_state_dict(parameters)
    descent = trial.recipe.descent
    l1_weight = descent.l1_weight if isinstance(descent, WeightedSum) else None
    found = certificate(*full_gradient(trainer.task, network), l1_weight)
    return found if math.isfinite(found) else None


@contextlib.contextmanager
def local_executor(workshop: WorkerSetup, task: Task, jobs: int) -> Iterator[Executor]:
    """An executor for :func:`evaluate` and :func:`certify` on ``jobs`` processes, or in this one if it is the only one.

    Leaving by an exception ends the workers at once: what they were training is lost, nothing else.

    Args:
        workshop: What every process needs.
        task: The workshop's, loaded.
        jobs: How many processes.
    """
    if jobs == 1:
        install_trainer(workshop.trainer(task))
        yield SerialExecutor()
        return
    with shared_task(task) as mapped:
        crew = ProcessPool(jobs, initializer=_begin, initargs=(workshop, mapped))
        try:
            yield crew
        except BaseException:
            crew.terminate()
            raise
        crew.shutdown()


class SerialExecutor(Executor):
    """An executor that does the work when it is submitted."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - Executor's signature
        """A future that is done already; Ctrl-C and the like are raised at once."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future carries every exception to whoever asks for its result
            future.set_exception(error)
        return future


def _begin(workshop: WorkerSetup, mapped: SharedTask) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked
    threading.Thread(target=_end_with_parent, daemon=True).start()
    install_trainer(workshop.trainer(mapped.task()))


def _end_with_parent() -> None:
    """A pool's worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
