"""Runs trainings on the workers of a Dask cluster.

Trainings travel as Python pickles, and unpickling executes arbitrary code: use only a scheduler and a network that you
trust.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from frontsearch.errors import UserError
from frontsearch.workers.dask_sender import WORKERS_SECONDS, DaskSender, first_line
from frontsearch.workers.remote import Cluster, Send, Size

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 5  # after which a scheduler counts as unreachable


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
    return Cluster(f"Dask cluster at {urlsplit(address).hostname}", partial(_connection, address))


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
        sender = DaskSender(client, address)
        try:
            yield sender.send, sender.size
        finally:
            sender.close()
    finally:
        client.close()


def _client(address: str) -> "Client":
    from distributed import Client, Security  # noqa: PLC0415 - an optional dependency that takes a second to import

    if address.startswith("tls:") and not Security().get_connection_args("client").get("ssl_context"):
        raise UserError(
            f"--dask {address} needs a certificate; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ..._TLS__CLIENT__CERT "
            "and ..._TLS__CLIENT__KEY to its files."
        )
    for name in ("distributed", "distributed.client"):  # their messages are replaced by one sentence
        logging.getLogger(name).setLevel(logging.CRITICAL)
    connected: Future[Client] = Future()
    # In a thread, as Dask waits forever for a server that accepts the connection and then sends nothing.
    threading.Thread(target=_connect, args=(Client, address, connected), daemon=True).start()
    try:
        client = connected.result(CONNECT_SECONDS + 1)
    except (OSError, ValueError) as error:
        reason = first_line(error) if str(error) else "a server accepts the connection but sends nothing"
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
