"""Work for a process that shares no file with this one: weights go along, and come back."""

import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from frontsearch.errors import UserError
from frontsearch.folder import Curves, LearningCurve
from frontsearch.tasks import TASKS, Task
from frontsearch.training import Checkpoints, Trainer
from frontsearch.trial import Trial
from frontsearch.workers.devices import device_of
from frontsearch.workers.process import prepare_process
from frontsearch.workers.worker import WorkerSetup, install_trainer

_turn = threading.Lock()


class RemoteOutcome(NamedTuple):
    """What comes back of an errand.

    Attributes:
        outcome: Of the work itself.
        weights: The checkpoints it made, by trial key.
        curves: Their learning curves, by trial key.
    """

    outcome: Any
    weights: Mapping[str, bytes]
    curves: Mapping[str, LearningCurve]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTraining:
    """Work with everything it needs but the data, which whoever does it has to have; picklable.

    Attributes:
        do: :func:`frontsearch.training.evaluate` or :func:`frontsearch.training.certify`.
        subject: Its argument: recipes, or a trial.
        task: Name of a built-in task.
        options: The task's options, each with its name.
        fingerprint: That the task must have.
        device: As ``--device`` names it; what it means is for whoever does the work to say.
        compile: Whether torch compiles the networks.
        weights: The checkpoints to start from, by trial key.
    """

    do: Callable[[Any], Any]
    subject: Any
    task: str
    options: tuple[tuple[str, Any], ...]
    fingerprint: str
    device: str
    compile: bool
    weights: Mapping[str, bytes]

    def __call__(self, on_epoch: Callable[[], None] = lambda: None) -> RemoteOutcome:
        """What came of it in this process, whose threads take turns: seed and settings of torch are the process's.

        Args:
            on_epoch: Called before every epoch of a training; what it raises ends the work.

        Raises:
            UserError: As the work does, or when this process has not the data or the device; it names this machine.
        """
        try:
            with _turn, TemporaryDirectory(prefix="frontsearch-") as folder:
                return self._done(Path(folder), on_epoch)
        except UserError as error:
            raise UserError(f"A worker on {socket.gethostname()} could not do its part: {error}") from error

    def _done(self, folder: Path, on_epoch: Callable[[], None]) -> RemoteOutcome:
        device, checkpoints, curves = device_of(self.device), Checkpoints(folder / "weights"), Curves(folder / "curves")
        prepare_process(device)  # anew, as some of it holds for one thread alone
        task = _task(self.task, self.options, fingerprint=self.fingerprint, device=device)
        install_trainer(Trainer(task, checkpoints, curves, compile=self.compile, on_epoch=on_epoch))
        for key, content in self.weights.items():
            checkpoints.write_bytes(key, content)
        outcome = self.do(self.subject)
        made = checkpoints.keys() - set(self.weights)
        drawn = {key: curves.load(key) for key in made}
        return RemoteOutcome(
            outcome=outcome,
            weights={key: checkpoints.read_bytes(key) for key in made},
            curves={key: curve for key, curve in drawn.items() if curve},
        )


@lru_cache(maxsize=2)  # of the studies that share a cluster
def _task(name: str, options: tuple[tuple[str, Any], ...], *, fingerprint: str, device: str) -> Task:
    task = TASKS[name](**dict(options))
    if task.fingerprint != fingerprint:
        raise UserError(
            f"its task {name} is {task.fingerprint} and not the study's, {fingerprint}; its data, split, network or "
            "penalised weights differ, or its version of what makes them."
        )
    return task.to(device)


Send = Callable[[RemoteTraining], Future[RemoteOutcome]]  # raises BrokenExecutor where whoever did it died
Size = Callable[[], int]  # how many errands a cluster does at a time, as of now
Cluster = Callable[[], AbstractContextManager[tuple[Send, Size]]]


class RemoteExecutor(Executor):
    """An executor for :func:`evaluate` and :func:`certify` by others, who see no folder of this machine.

    Args:
        send: What has an errand done.
        workshop: What they train; its folders stay here, and what comes back is written to them.
        fingerprint: Of the task.
    """

    def __init__(self, send: Send, workshop: WorkerSetup, fingerprint: str) -> None:
        self._send, self._workshop, self._fingerprint = send, workshop, fingerprint
        self._checkpoints, self._curves = Checkpoints(workshop.checkpoints), Curves(workshop.curves)

    def submit(self, fn: Callable[[Any], Any], /, subject: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401 - no keywords
        """A future of ``fn(subject)``, done when the weights and the curve have been written here."""
        try:
            weights = self._needed(subject)
        except UserError as error:
            refused: Future[Any] = Future()
            refused.set_exception(error)
            return refused
        shop = self._workshop
        errand = RemoteTraining(
            do=fn, subject=subject, task=shop.task, options=tuple(sorted(shop.options.items())),
            fingerprint=self._fingerprint, device=shop.device, compile=shop.compile, weights=weights,
        )  # fmt: skip
        return chained(self._send(errand), self._unpacked)

    def _needed(self, subject: Any) -> dict[str, bytes]:  # noqa: ANN401 - recipes or a trial
        if isinstance(subject, Trial):  # a certificate of weights that are gone is none
            keys = {subject.key} & self._checkpoints.keys()
        else:
            keys = {parent for recipe in subject for parent in recipe.parents}
        return {key: self._checkpoints.read_bytes(key) for key in keys}

    def _unpacked(self, done: Future[RemoteOutcome]) -> Any:  # noqa: ANN401 - trials or a certificate
        brought = done.result()
        for key, content in brought.weights.items():
            self._checkpoints.write_bytes(key, content)
        for key, curve in brought.curves.items():
            self._curves.save(key, curve)
        return brought.outcome


def chained(future: Future[Any], take: Callable[[Future[Any]], Any]) -> Future[Any]:
    """A future of what is taken from another one, or raised over it, once that is done."""
    taken: Future[Any] = Future()

    def done(future: Future[Any]) -> None:
        try:
            taken.set_result(take(future))
        except BaseException as error:  # noqa: BLE001 - a worker's Ctrl-C is raised where its result is asked for
            taken.set_exception(error)

    future.add_done_callback(done)
    return taken
