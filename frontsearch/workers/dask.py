"""Runs trainings on the workers of a Dask cluster.

Trainings travel as Python pickles, and unpickling executes arbitrary code: use only a scheduler and a network that you
trust.
"""

import contextlib
import logging
import operator
import pickle
import threading
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Future
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from frontsearch.errors import UserError
from frontsearch.workers.pool import DIED_TWICE, MAX_DEATHS
from frontsearch.workers.remote import Cluster, RemoteOutcome, RemoteTraining, Send, Size, chained

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 5  # after which a scheduler counts as unreachable
WORKERS_SECONDS = 20  # after which a cluster counts as having no workers: they may still be starting, or restarting
WORKER_EVENTS = "all"  # topic under which a scheduler publishes events about its workers


def dask_cluster(address: str) -> Cluster:
    """A cluster with its scheduler at an address such as ``tcp://127.0.0.1:8786``; does not connect yet.

    Raises:
        UserError: If Dask is not installed or the address is malformed.
    """
    if find_spec("distributed") is None:
        raise UserError("--dask needs Dask, which is not installed; pip install 'frontsearch[dask]' brings it.")
    if not _is_valid_address(address):
        raise UserError(
            f"--dask must be the address of a Dask scheduler, such as tcp://127.0.0.1:8786; found {address!r}."
        )
    return partial(_connection, address)


def _is_valid_address(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"tcp", "tls"} and bool(parts.hostname and parts.port) and address.isprintable()
    except ValueError:
        return False


@contextlib.contextmanager
def _connection(address: str) -> Iterator[tuple[Send, Size]]:
    """Yields ``(send, size)``: ``send`` submits a training, ``size`` counts the workers; each runs one at a time.

    When the block ends, trainings that still run are cancelled; each stops at the end of its epoch.

    Raises:
        UserError: If no scheduler answers, or it has no workers.
    """
    client = _client(address)
    try:
        sender = _Sender(client, address)
        try:
            yield sender.send, sender.size
        finally:
            sender.close()
    finally:
        client.close()


def _client(address: str) -> "Client":
    from distributed import Client  # noqa: PLC0415 - an optional dependency that takes a second to import

    for name in ("distributed", "distributed.client"):  # their messages are replaced by one sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connected: Future[Client] = Future()
    # In a thread, as Dask waits forever for a server that accepts the connection and then sends nothing.
    threading.Thread(target=_connect, args=(Client, address, connected), daemon=True).start()
    try:
        client = connected.result(CONNECT_SECONDS + 1)
    except (OSError, ValueError) as error:
        reason = _first_line(error) if str(error) else "a server accepts the connection but sends nothing"
        raise UserError(f"--dask: no Dask scheduler answers at {address}: {reason}.") from error
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except (OSError, TimeoutError) as error:
        client.close()
        raise UserError(
            f"--dask: the scheduler at {address} has no workers; start each with: dask worker {address} --nthreads 1"
        ) from error
    return client


def _connect(client_class: "type[Client]", address: str, connected: "Future[Client]") -> None:
    try:
        connected.set_result(client_class(address, timeout=CONNECT_SECONDS, set_as_default=False))
    except Exception as error:  # noqa: BLE001 - the future raises it in the waiting thread
        connected.set_exception(error)


class _Sender:
    """Sends trainings to a cluster and counts the workers that died over each.

    How often a scheduler retries the work of dead workers depends on its own settings. Here a training fails after two
    deaths, which are counted from the events that the scheduler publishes.
    """

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self._address = client, address
        self._executor = client.get_executor()
        self._running: dict[str, Future[RemoteOutcome]] = {}
        self._deaths: Counter[str] = Counter()
        self._timer = threading.Timer(0, self._cancel_without_workers)  # restarted whenever a worker leaves
        self._has_no_workers = False
        self._workers: set[str] = set()
        client.subscribe_topic(WORKER_EVENTS, self._on_event)
        self._workers |= client.nthreads().keys()

    def size(self) -> int:
        """The current number of workers, which may grow during a study; at least one."""
        return max(1, len(self._workers))

    def send(self, training: RemoteTraining) -> Future[RemoteOutcome]:
        """A future of the training's outcome.

        The future raises ``BrokenExecutor`` if two workers died over the training, and ``UserError`` if the scheduler
        or all workers are gone or a worker lacks a package.
        """
        from toolz import pipe  # noqa: PLC0415 - comes with Dask

        key = f"frontsearch-{uuid.uuid4().hex}"
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # checkpoints are large
            # Pickled here and unpickled by functions that Dask depends on: the scheduler needs no frontsearch or torch.
            work = pickle.dumps(partial(_run, key, training))
            sent = self._executor.submit(pipe, work, pickle.loads, operator.call, key=key)
        self._running[key] = sent
        return chained(sent, partial(self._outcome, key))

    def close(self) -> None:
        """Cancels all running trainings."""
        self._client.unsubscribe_topic(WORKER_EVENTS)
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
        if details.get("expected"):
            return
        for key in [key for key in details["processing-tasks"] if key in self._running]:
            self._deaths[key] += 1
            if self._deaths[key] == MAX_DEATHS:  # in a thread, as the client cannot cancel in an event handler
                threading.Thread(target=self._running[key].cancel, daemon=True).start()

    def _cancel_without_workers(self) -> None:
        """Cancels all trainings if no workers are left; the scheduler would wait for new ones forever."""
        with contextlib.suppress(OSError):  # if the scheduler is gone, everything is cancelled already
            if self._running and not self._client.nthreads():
                self._has_no_workers = True
                for sent in list(self._running.values()):
                    sent.cancel()

    def _outcome(self, key: str, sent: Future[RemoteOutcome]) -> RemoteOutcome:
        from distributed import KilledWorker  # noqa: PLC0415

        del self._running[key]
        if self._deaths.pop(key, 0) >= MAX_DEATHS:
            raise BrokenExecutor(DIED_TWICE)
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
                f"A worker of the Dask scheduler at {self._address} could not run a training: {_first_line(error)}; "
                "install the same frontsearch[dask] in its environment."
            ) from error
        except KilledWorker as error:
            raise BrokenExecutor(DIED_TWICE) from error


def _run(key: str, training: RemoteTraining) -> RemoteOutcome:
    """Runs a training on a worker; once cancelled, it stops before its next epoch."""
    from distributed import get_worker  # noqa: PLC0415

    tasks = get_worker().state.tasks

    def on_epoch() -> None:
        if key not in tasks or tasks[key].state == "cancelled":
            raise CancelledError

    return training(on_epoch)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
