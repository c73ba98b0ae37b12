"""Optuna's dashboard, served to this machine only."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from optuna.artifacts import FileSystemArtifactStore
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna_dashboard import wsgi

from frontsearch.errors import UserError

HOST = "127.0.0.1"


@contextmanager
def serving(storage: BaseStorage, artifacts: Path, *, port: int) -> Iterator[WSGIServer]:
    """An optuna-dashboard server bound to 127.0.0.1. Call its ``serve_forever`` to answer requests.

    Args:
        storage: The Optuna storage to show.
        artifacts: Folder of the artifacts; it need not exist.
        port: Port to listen on; 0 takes any free port.

    Raises:
        UserError: If the port is taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        application = wsgi(storage, artifact_store=FileSystemArtifactStore(str(artifacts)))
    try:
        server = make_server(HOST, port, application, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        raise UserError(f"The dashboard cannot listen on {HOST}:{port}: {error}. Choose another --port.") from error
    with server:
        yield server


class _Server(ThreadingMixIn, WSGIServer):
    """Handles each request in a thread, because a browser sends several at once."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    """Handles a request without logging it to stderr."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Logs nothing."""
