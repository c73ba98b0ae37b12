"""What optuna-dashboard shows of a study: the comparison on every run, and the server itself."""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from optuna.artifacts import FileSystemArtifactStore, upload_artifact
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna_dashboard import save_note, save_plotly_graph_object, wsgi

from frontsearch.comparison import Comparison
from frontsearch.errors import UserError
from frontsearch.ledger import Ledger
from frontsearch.report.figures import objectives_chart, plot
from frontsearch.report.words import indicator_rows, markdown, verdict

HOST = "127.0.0.1"
GRAPH = "front-comparison"


def publish(comparison: Comparison, ledger: Ledger, *, artifacts: Path, fronts: Path) -> None:
    """Puts the overlaid fronts, a note with the table and fronts.csv on the Optuna study of every run.

    What a study has already is not put there again: a journal only ever grows.
    """
    artifacts.mkdir(parents=True, exist_ok=True)
    store = FileSystemArtifactStore(str(artifacts))
    figure = plot(objectives_chart(comparison))
    note = f"{verdict(comparison)}\n\n{markdown(indicator_rows(comparison))}\n"
    digest = hashlib.sha256(figure.to_json().encode() + note.encode() + fronts.read_bytes()).hexdigest()[:16]
    for figures in comparison.runs:
        study = ledger.study(figures.run.method, figures.run.repeat)
        if study.user_attrs.get("comparison") == digest:
            continue
        with _experimental():
            save_plotly_graph_object(study, figure, graph_object_id=GRAPH)
            save_note(study, note)
            upload_artifact(artifact_store=store, file_path=str(fronts), study_or_trial=study, mimetype="text/csv")
        study.set_user_attr("comparison", digest)


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
    store = FileSystemArtifactStore(str(artifacts))
    with _experimental():
        application = wsgi(storage, artifact_store=store)
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


@contextmanager
def _experimental() -> Iterator[None]:
    """Without Optuna's word that artifacts are experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
