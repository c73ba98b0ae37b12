"""Trainings on machines that share no files with this one: checkpoints are sent along and returned."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from frontsearch.errors import UserError
from frontsearch.folder import Curves, LearningCurve, is_left_behind, temporary_name
from frontsearch.measures import Complexity
from frontsearch.tasks import Task, make_task
from frontsearch.training import Checkpoints, Trainer
from frontsearch.trial import Trial
from frontsearch.workers.deadlines import Deadline, Deadlines
from frontsearch.workers.deaths import MAX_DEATHS, WorkerDied, failed_twice, surviving
from frontsearch.workers.devices import device_of
from frontsearch.workers.process import prepare_process
from frontsearch.workers.worker import WorkerSetup, install_trainer

_lock = threading.Lock()


class RemoteOutcome(NamedTuple):
    """Result of a remote training, with the files that it wrote.

    Attributes:
        result: Trials, or a certificate.
        checkpoints: Content of the new checkpoints, by trial key.
        curves: New learning curves, by trial key.
    """

    result: Any
    checkpoints: Mapping[str, bytes]
    curves: Mapping[str, LearningCurve]


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteTraining:
    """A picklable training job for a worker that shares no files with the coordinator.

    It carries the recipes and the checkpoints to start from; the worker loads the data itself.

    Attributes:
        function: :func:`frontsearch.workers.evaluate` or :func:`frontsearch.workers.certify`.
        argument: Its argument: recipes, or a trial.
        task: Name of a built-in task, or the factory of one, ``module:function``.
        options: Names and values of the task's options.
        module_folder: Folder in which a factory's module is looked for first, if the worker has such a folder.
        start: Content of the file of trained weights that replace the untrained network's, if there is one.
        fingerprint: Expected fingerprint of the worker's task; a mismatch raises.
        device: Value of ``--device``, which the worker resolves on its own machine.
        compile: Whether torch compiles the networks.
        checkpoints: Content of the checkpoints to start from, by trial key.
    """

    function: Callable[[Any], Any]
    argument: Any
    task: str
    options: tuple[tuple[str, Any], ...]
    module_folder: Path | None
    start: bytes | None
    complexity: Complexity | None
    fingerprint: str
    device: str
    compile: bool
    checkpoints: Mapping[str, bytes]

    def __call__(self, on_epoch: Callable[[], None] = lambda: None) -> RemoteOutcome:
        """Runs the job in this process, one at a time, as torch's seed and settings are shared by all threads.

        Args:
            on_epoch: Called before each epoch. An exception it raises stops the training.

        Raises:
            UserError: If the training fails, or this machine lacks the data or the device; the message names it.
            WorkerDied: If memory runs out.
        """
        try:
            with _lock, _scratch_folder() as folder:
                return surviving(self._run, folder, on_epoch)
        except UserError as error:
            raise UserError(f"A worker on {socket.gethostname()} could not run a training: {error}") from error

    def _run(self, folder: Path, on_epoch: Callable[[], None]) -> RemoteOutcome:
        device = device_of(self.device)
        checkpoints, curves = Checkpoints(folder / "checkpoints"), Curves(folder / "curves")
        prepare_process(device)  # for every job, as some of the settings apply to one thread only
        task = _load_task(
            self.task, self.options, self.module_folder, start=self.start,
            complexity=self.complexity, fingerprint=self.fingerprint, device=device,
        )  # fmt: skip
        install_trainer(Trainer(task, checkpoints, curves, compile=self.compile, on_epoch=on_epoch))
        for key, content in self.checkpoints.items():
            checkpoints.write_bytes(key, content)
        result = self.function(self.argument)
        new = checkpoints.keys() - set(self.checkpoints)
        new_curves = {key: curves.load(key) for key in new}
        return RemoteOutcome(
            result=result,
            checkpoints={key: checkpoints.read_bytes(key) for key in new},
            curves={key: curve for key, curve in new_curves.items() if curve},
        )


@lru_cache(maxsize=2)  # for two studies that share a cluster
def _load_task(
    name: str,
    options: tuple[tuple[str, Any], ...],
    folder: Path | None,
    *,
    start: bytes | None,
    complexity: Complexity | None,
    fingerprint: str,
    device: str,
) -> Task:
    task = make_task(name, dict(options), folder=folder, start=start, complexity=complexity)
    if task.fingerprint != fingerprint:
        raise UserError(
            f"its task {name} has the fingerprint {task.fingerprint} and the study's has {fingerprint}, so its data, "
            "splits, network or penalised weights differ; does it have another version of frontsearch or of the data?"
        )
    return task.to(device)


# Sends a training and its deadline; the future raises BrokenExecutor if two workers died over it, and WorkerDied if one
# ran out of memory.
Send = Callable[[RemoteTraining, Deadline], Future[RemoteOutcome]]
Size = Callable[[], int]  # the number of jobs that the cluster can currently run at a time


class Cluster(NamedTuple):
    """Workers that share no files with this machine.

    Attributes:
        name: What reports call it.
        connect: Connects to it within a block, and yields how to send a training and how many it can take.
    """

    name: str
    connect: Callable[[], AbstractContextManager[tuple[Send, Size]]]


class RemoteExecutor(Executor):
    """An executor for :func:`evaluate` and :func:`certify` on workers that see no folder of this machine.

    Args:
        send: Function that sends a job to a worker.
        setup: Settings of the trainings; results are written to its folders, which are on this machine.
        fingerprint: Fingerprint of the task.
        deadline: Seconds that a training may take; None learns it from finished trainings.
    """

    def __init__(self, send: Send, setup: WorkerSetup, fingerprint: str, *, deadline: float | None = None) -> None:
        self._deadlines = Deadlines(deadline)
        self._send, self._setup, self._fingerprint = send, setup, fingerprint
        self._checkpoints, self._curves = Checkpoints(setup.checkpoints), Curves(setup.curves)

    def submit(self, fn: Callable[[Any], Any], /, argument: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401 - no keywords
        """A future of ``fn(argument)`` that is done once checkpoints and learning curves have been written here."""
        try:
            checkpoints = self._needed_checkpoints(argument)
        except UserError as error:
            failed: Future[Any] = Future()
            failed.set_exception(error)
            return failed
        setup = self._setup
        training = RemoteTraining(
            function=fn, argument=argument, task=setup.task, options=tuple(sorted(setup.options.items())),
            module_folder=setup.module_folder, start=setup.start, complexity=setup.complexity,
            fingerprint=self._fingerprint, device=setup.device, compile=setup.compile, checkpoints=checkpoints,
        )  # fmt: skip
        result: Future[Any] = Future()
        self._send_until_done(training, result, tries=MAX_DEATHS)
        return result

    def _send_until_done(self, training: RemoteTraining, result: Future[Any], *, tries: int) -> None:
        """Sends a training, and again if its worker runs out of memory, until ``result`` is done."""

        def on_done(sent: Future[RemoteOutcome]) -> None:
            try:
                if tries > 1 and isinstance(sent.exception(), WorkerDied):
                    self._send_until_done(training, result, tries=tries - 1)
                else:
                    result.set_result(self._write_results(sent))
            except WorkerDied as death:
                result.set_exception(failed_twice(str(death)))
            except BaseException as error:  # noqa: BLE001 - a worker's Ctrl-C is raised where its result is asked for
                result.set_exception(error)

        self._send(training, partial(self._deadlines.of, training.argument)).add_done_callback(on_done)

    def _needed_checkpoints(self, argument: Any) -> dict[str, bytes]:  # noqa: ANN401 - recipes or a trial
        if isinstance(argument, Trial):  # without its checkpoint the certificate is None
            keys = {argument.key} & self._checkpoints.keys()
        else:
            keys = {parent for recipe in argument for parent in recipe.parents}
        return {key: self._checkpoints.read_bytes(key) for key in keys}

    def _write_results(self, done: Future[RemoteOutcome]) -> Any:  # noqa: ANN401 - trials or a certificate
        outcome = done.result()
        for key, content in outcome.checkpoints.items():
            self._checkpoints.write_bytes(key, content)
        for key, curve in outcome.curves.items():
            self._curves.save(key, curve)
        self._deadlines.learn(outcome.result)
        return outcome.result


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """A new folder in the temporary one, deleted at the end; so are those that killed workers have left there."""
    temporary = Path(tempfile.gettempdir())
    for path in filter(is_left_behind, temporary.glob(".frontsearch-*")):
        shutil.rmtree(path, ignore_errors=True)
    folder = temporary / temporary_name()
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
