"""Sends trainings to a Dask cluster, and notices the workers that die or hang over them."""

import contextlib
import operator
import pickle
import threading
import uuid
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import TYPE_CHECKING, Any

from frontsearch.errors import UserError
from frontsearch.workers.deadlines import Deadline
from frontsearch.workers.deaths import KILLED, MAX_DEATHS, failed_twice
from frontsearch.workers.remote import RemoteOutcome, RemoteTraining

if TYPE_CHECKING:
    from distributed import Client

WORKERS_SECONDS = 20  # after which a cluster counts as having no workers: they may still be starting, or restarting
WORKER_EVENTS = "all"  # topic under which a scheduler publishes events about its workers
BEGINNINGS = "frontsearch-beginnings"  # topic under which our workers publish the trainings that they begin
TICK = 1.0  # seconds between two looks at the deadlines


class DaskSender:
    """Sends trainings to a cluster and counts the workers that died over each.

    How often a scheduler retries the work of dead workers depends on its own settings. Here a training fails after two
    deaths, which are counted from the events that the scheduler publishes. A worker that has worked on a training for
    longer than its deadline is restarted, which is a death like any other.
    """

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self._address = client, address
        self._executor = client.get_executor()
        self._running: dict[str, Future[RemoteOutcome]] = {}
        self._deadlines: dict[str, Deadline] = {}
        self._begun: dict[str, tuple[str, float]] = {}  # the worker of each training, and for how long it has worked
        self._deaths: Counter[str] = Counter()
        self._reasons: dict[str, str] = {}
        self._hanging: set[str] = set()  # workers that this program restarts
        self._timer = threading.Timer(0, self._cancel_without_workers)  # restarted whenever a worker leaves
        self._has_no_workers = False
        self._workers: set[str] = set()
        self._closed = threading.Event()
        client.subscribe_topic(WORKER_EVENTS, self._on_event)
        client.subscribe_topic(BEGINNINGS, self._on_beginning)
        self._workers |= client.nthreads().keys()
        threading.Thread(target=self._watch_deadlines, daemon=True).start()

    def size(self) -> int:
        """The current number of workers, which may grow during a study; at least one."""
        return max(1, len(self._workers))

    def send(self, training: RemoteTraining, deadline: Deadline) -> Future[RemoteOutcome]:
        """A future of the training's outcome.

        The future raises ``BrokenExecutor`` if two workers died over the training, and ``UserError`` if the scheduler
        or all workers are gone or a worker lacks a package.
        """
        from toolz import pipe  # noqa: PLC0415 - comes with Dask

        key = f"frontsearch-{uuid.uuid4().hex}"
        self._deadlines[key] = deadline
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # checkpoints are large
            # Pickled here and unpickled by functions that Dask depends on: the scheduler needs no frontsearch or torch.
            work = pickle.dumps(partial(_run, key, training))
            sent = self._executor.submit(pipe, work, pickle.loads, operator.call, key=key)
        self._running[key] = sent
        return _chained(sent, partial(self._outcome, key))

    def close(self) -> None:
        """Cancels all running trainings."""
        self._closed.set()
        for topic in (WORKER_EVENTS, BEGINNINGS):
            self._client.unsubscribe_topic(topic)
        self._timer.cancel()
        self._executor.shutdown(wait=False)

    def _on_event(self, event: tuple[float, Mapping[str, Any]]) -> None:
        details = event[1]
        if details.get("action") == "add-worker":
            self._workers.add(details["worker"])
        if details.get("action") != "remove-worker":
            return
        self._workers.discard(details["worker"])
        self._timer.cancel()
        self._timer = threading.Timer(WORKERS_SECONDS, self._cancel_without_workers)
        self._timer.daemon = True
        self._timer.start()
        if details.get("expected") or details["worker"] in self._hanging:
            return
        for key in [key for key in details["processing-tasks"] if key in self._running]:
            self._count_death(key, KILLED)

    def _count_death(self, key: str, reason: str) -> None:
        self._begun.pop(key, None)
        self._deaths[key] += 1
        self._reasons[key] = reason
        if self._deaths[key] == MAX_DEATHS:  # in a thread, as the client cannot cancel in an event handler
            threading.Thread(target=self._running[key].cancel, daemon=True).start()

    def _on_beginning(self, event: tuple[float, Mapping[str, str]]) -> None:
        if (key := event[1]["key"]) in self._running:
            self._begun[key] = event[1]["worker"], 0.0

    def _watch_deadlines(self) -> None:
        while not self._closed.wait(TICK):
            for key, (worker, before) in list(self._begun.items()):
                deadline = self._deadlines.get(key, _none)()
                waited = (
                    before + TICK
                )  # ticks rather than a clock, as time in which this process is stopped must not count
                self._begun[key] = worker, waited
                if deadline is not None and waited >= deadline and key in self._running:
                    self._count_death(key, f"it took longer than its deadline of {deadline:g} seconds")
                    threading.Thread(target=self._restart, args=(worker,), daemon=True).start()

    def _restart(self, worker: str) -> None:
        """Has a hanging worker killed and started again; one that nothing would start again is sent away."""
        self._hanging.add(worker)
        with contextlib.suppress(OSError, RuntimeError):  # the scheduler or the worker is gone
            try:
                self._client.restart_workers([worker], raise_for_error=False)
            except ValueError:  # it has no nanny
                self._client.retire_workers([worker])

    def _cancel_without_workers(self) -> None:
        """Cancels all trainings if no workers are left; the scheduler would wait for new ones forever."""
        with contextlib.suppress(OSError):  # if the scheduler is gone, everything is cancelled already
            if self._running and not self._client.nthreads():
                self._has_no_workers = True
                for sent in list(self._running.values()):
                    sent.cancel()

    def _outcome(self, key: str, sent: Future[RemoteOutcome]) -> RemoteOutcome:
        from distributed import KilledWorker  # noqa: PLC0415

        del self._running[key], self._deadlines[key]
        self._begun.pop(key, None)
        reason = self._reasons.pop(key, KILLED)
        if self._deaths.pop(key, 0) >= MAX_DEATHS:
            raise failed_twice(reason)
        if sent.cancelled():
            state = f"has had no workers for {WORKERS_SECONDS} seconds" if self._has_no_workers else "is gone"
            raise UserError(
                f"The Dask scheduler at {self._address} {state}; finished trainings are kept, and running the same "
                "command again continues."
            )
        try:
            return sent.result()
        except ImportError as error:
            raise UserError(
                f"A worker of the Dask scheduler at {self._address} could not run a training: {first_line(error)}; "
                "install the same frontsearch[dask] in its environment."
            ) from error
        except KilledWorker as error:
            raise failed_twice(reason) from error


def _run(key: str, training: RemoteTraining) -> RemoteOutcome:
    """Runs a training on a worker; once cancelled, it stops before its next epoch."""
    from distributed import get_worker  # noqa: PLC0415

    worker = get_worker()
    worker.log_event(BEGINNINGS, {"key": key, "worker": worker.address})
    tasks = worker.state.tasks

    def on_epoch() -> None:
        if key not in tasks or tasks[key].state == "cancelled":
            raise CancelledError

    return training(on_epoch)


def _chained(future: Future[Any], convert: Callable[[Future[Any]], Any]) -> Future[Any]:
    """A future of ``convert(future)``, called when ``future`` is done."""
    converted: Future[Any] = Future()

    def on_done(future: Future[Any]) -> None:
        try:
            converted.set_result(convert(future))
        except BaseException as error:  # noqa: BLE001 - a worker's Ctrl-C is raised where its result is asked for
            converted.set_exception(error)

    future.add_done_callback(on_done)
    return converted


def _none() -> None:
    """No deadline, of a training that has ended."""


def first_line(error: BaseException) -> str:
    """The first line of an error's message, or else its type."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
