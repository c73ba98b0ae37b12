"""Optuna's dashboard on this machine alone."""

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
    """A bound optuna-dashboard server on 127.0.0.1, whose ``serve_forever`` is the caller's to call.

    Args:
        storage: What it shows.
        artifacts: Folder of the artifacts, which need not exist.
        port: Where it listens; 0 takes any free port.

    Raises:
        UserError: When the port is taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        application = wsgi(storage, artifact_store=FileSystemArtifactStore(str(artifacts)))
    try:
        server = make_server(HOST, port, application, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        raise UserError(f"--port {port} on {HOST} cannot be listened on: {error}; choose another.") from error
    with server:
        yield server


class _Server(ThreadingMixIn, WSGIServer):
    """A thread a request: a browser asks for several things at once."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    """Without a line on stderr for every request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""
