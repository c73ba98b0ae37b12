"""Optuna's dashboard, served to this machine only."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import BinaryIO
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from optuna.artifacts import FileSystemArtifactStore
from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna_dashboard import wsgi

from frontsearch.dashboard.front_door import FrontDoor
from frontsearch.errors import UserError
from frontsearch.folder import Directory

HOST = "127.0.0.1"


@contextmanager
def serving(storage: BaseStorage, artifacts: Path, *, comparison: str, port: int) -> Iterator[WSGIServer]:
    """An optuna-dashboard server bound to 127.0.0.1. Call its ``serve_forever`` to answer requests.

    Args:
        storage: The Optuna storage to show.
        artifacts: Folder of the artifacts; it need not exist.
        comparison: Name of the Optuna study with the comparison, to which ``/`` leads.
        port: Port to listen on; 0 takes any free port.

    Raises:
        UserError: If the port is taken.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        dashboard = wsgi(storage, artifact_store=_Artifacts(artifacts))
    application = FrontDoor(dashboard, storage, comparison=comparison)
    try:
        server = make_server(HOST, port, application, server_class=_Server, handler_class=_Handler)
    except OSError as error:
        raise UserError(f"The dashboard cannot listen on {HOST}:{port}: {error}. Choose another --port.") from error
    with server:
        yield server


class _Artifacts(FileSystemArtifactStore):
    """The files of one folder as Optuna reads them; a link, which may lead out of it, is as good as missing."""

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """The file, opened."""
        try:
            path = Directory(self._base_path).file(artifact_id)
        except UserError as error:
            raise ArtifactNotFound(str(error)) from error
        if path is None:
            raise ArtifactNotFound(artifact_id)
        return path.open("rb")

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Writes what somebody uploads in the dashboard."""
        Directory(self._base_path).write(artifact_id, content_body.read())

    def remove(self, artifact_id: str) -> None:
        """Deletes what somebody deletes in the dashboard."""
        Directory(self._base_path).delete(artifact_id)


class _Server(ThreadingMixIn, WSGIServer):
    """Handles each request in a thread, because a browser sends several at once."""

    daemon_threads = True


class _Handler(WSGIRequestHandler):
    """Handles a request without logging it to stderr."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Logs nothing."""
