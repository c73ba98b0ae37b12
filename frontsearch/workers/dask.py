"""The workers of a Dask cluster."""

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
from frontsearch.workers.pool import LOST, TRIES
from frontsearch.workers.remote import Cluster, RemoteOutcome, RemoteTraining, Send, Size, chained

if TYPE_CHECKING:
    from distributed import Client

ANSWER_SECONDS = 5  # after which a scheduler is taken for unreachable
WORKERS_SECONDS = 20  # after which a cluster is taken for one without workers: they may begin with the study, or anew
NEWS = "all"  # the topic of what a scheduler tells of its workers


def dask_cluster(address: str) -> Cluster:
    """The cluster whose scheduler is at an address such as ``tcp://127.0.0.1:8786``; nothing is dialled yet.

    Raises:
        UserError: When Dask is not installed or the address is malformed.
    """
    if find_spec("distributed") is None:
        raise UserError("--dask needs Dask, which is not installed; pip install 'frontsearch[dask]' brings it.")
    if not _well_formed(address):
        raise UserError(
            f"--dask must be the address of a Dask scheduler, such as tcp://127.0.0.1:8786; found {address!r}."
        )
    return partial(_joined, address)


def _well_formed(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"tcp", "tls"} and bool(parts.hostname and parts.port) and address.isprintable()
    except ValueError:
        return False


@contextlib.contextmanager
def _joined(address: str) -> Iterator[tuple[Send, Size]]:
    """The workers, of which each does one errand at a time.

    What is going on at the end is cancelled, at the latest when it has come to the end of an epoch.

    Raises:
        UserError: When no scheduler answers, or it has no workers.
    """
    client = _client(address)
    try:
        post = _Post(client, address)
        try:
            yield post.send, post.size
        finally:
            post.close()
    finally:
        client.close()


def _client(address: str) -> "Client":
    from distributed import Client  # noqa: PLC0415 - an extra, and a second of imports

    for name in ("distributed", "distributed.client"):  # whatever is wrong is told in a sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    dialled: Future[Client] = Future()
    # On a thread of its own, as Dask waits without end for a server that takes the call and says nothing.
    threading.Thread(target=_dial, args=(Client, address, dialled), daemon=True).start()
    try:
        client = dialled.result(ANSWER_SECONDS + 1)
    except (OSError, ValueError) as error:
        reason = _first_line(error) if str(error) else "something there takes calls and says nothing"
        raise UserError(f"--dask: no Dask scheduler answers at {address}: {reason}.") from error
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except (OSError, TimeoutError) as error:
        client.close()
        raise UserError(
            f"--dask: the scheduler at {address} has no workers; start some, each with: "
            f"dask worker {address} --nthreads 1"
        ) from error
    return client


def _dial(kind: "type[Client]", address: str, dialled: "Future[Client]") -> None:
    try:
        dialled.set_result(kind(address, timeout=ANSWER_SECONDS, set_as_default=False))
    except Exception as error:  # noqa: BLE001 - whoever waits for the client is told
        dialled.set_exception(error)


class _Post:
    """Sends errands to a cluster and knows which of them its workers died over.

    A scheduler gives a dead worker's work to another one as often as its own settings say. Here twice is enough, so
    the deaths are counted by what it tells of its workers.
    """

    def __init__(self, client: "Client", address: str) -> None:
        self._client, self._address = client, address
        self._executor = client.get_executor()
        self._going: dict[str, Future[RemoteOutcome]] = {}
        self._deaths: Counter[str] = Counter()
        self._patience = threading.Timer(0, self._give_up)  # begun whenever a worker goes
        self._deserted = False
        self._workers: set[str] = set()
        client.subscribe_topic(NEWS, self._hear)
        self._workers |= client.nthreads().keys()

    def size(self) -> int:
        """How many workers there are: a cluster may grow while it works."""
        return max(1, len(self._workers))

    def send(self, errand: RemoteTraining) -> Future[RemoteOutcome]:
        """A future of what it brings.

        Raises:
            BrokenExecutor: Of the future, when workers died over it.
            UserError: Of the future, when the scheduler or every worker is gone, or a worker is not as this process.
        """
        from toolz import pipe  # noqa: PLC0415 - comes with Dask

        key = f"frontsearch-{uuid.uuid4().hex}"
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # weights are as large as they are
            # As bytes, and called by what Dask needs itself: the scheduler need not have frontsearch nor torch.
            work = pickle.dumps(partial(_do, key, errand))
            sent = self._executor.submit(pipe, work, pickle.loads, operator.call, key=key)
        self._going[key] = sent
        return chained(sent, partial(self._taken, key))

    def close(self) -> None:
        """Cancels what is going on."""
        self._client.unsubscribe_topic(NEWS)
        self._patience.cancel()
        self._executor.shutdown(wait=False)

    def _hear(self, event: tuple[float, Mapping[str, Any]]) -> None:
        news = event[1]
        if news.get("action") == "add-worker":
            self._workers.add(news["worker"])
        if news.get("action") != "remove-worker":
            return
        self._workers.discard(news["worker"])
        self._patience.cancel()
        self._patience = threading.Timer(WORKERS_SECONDS, self._give_up)
        self._patience.daemon = True
        self._patience.start()
        if news.get("expected"):
            return
        for key in [key for key in news["processing-tasks"] if key in self._going]:
            self._deaths[key] += 1
            if self._deaths[key] == TRIES:  # elsewhere, as the client cannot cancel while it listens
                threading.Thread(target=self._going[key].cancel, daemon=True).start()

    def _give_up(self) -> None:
        """Cancels what is going on if nobody is left to do it; a scheduler would wait for workers without end."""
        with contextlib.suppress(OSError):  # a scheduler that is gone has cancelled it all
            if self._going and not self._client.nthreads():
                self._deserted = True
                for sent in list(self._going.values()):
                    sent.cancel()

    def _taken(self, key: str, sent: Future[RemoteOutcome]) -> RemoteOutcome:
        from distributed import KilledWorker  # noqa: PLC0415

        del self._going[key]
        if self._deaths.pop(key, 0) >= TRIES:
            raise BrokenExecutor(LOST)
        if sent.cancelled():
            state = f"has had no workers for {WORKERS_SECONDS} seconds" if self._deserted else "is gone"
            raise UserError(
                f"The Dask scheduler at {self._address} {state}; what had finished is kept, and running the same "
                "command again continues."
            )
        try:
            return sent.result()
        except ImportError as error:
            raise UserError(
                f"A worker of the Dask scheduler at {self._address} could not do its part: {_first_line(error)}; "
                "install the same frontsearch[dask] in its environment."
            ) from error
        except KilledWorker as error:
            raise BrokenExecutor(LOST) from error


def _do(key: str, errand: RemoteTraining) -> RemoteOutcome:
    """What an errand brings, on a worker; one that is cancelled ends with the epoch that it is at."""
    from distributed import get_worker  # noqa: PLC0415

    tasks = get_worker().state.tasks

    def on_epoch() -> None:
        if key not in tasks or tasks[key].state == "cancelled":
            raise CancelledError

    return errand(on_epoch)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
