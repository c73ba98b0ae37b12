"""What optuna-dashboard shows of a study: the comparison on every run, and the server itself."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import optuna
from optuna.artifacts import FileSystemArtifactStore, get_all_artifact_meta, upload_artifact
from optuna.artifacts.exceptions import ArtifactNotFound
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
    """Puts the overlaid fronts, a note with the table and fronts.csv on the Optuna study of every run."""
    artifacts.mkdir(parents=True, exist_ok=True)
    store = FileSystemArtifactStore(str(artifacts))
    figure = plot(objectives_chart(comparison))
    note = f"{verdict(comparison)}\n\n{markdown(indicator_rows(comparison))}\n"
    with _experimental():
        for figures in comparison.runs:
            study = ledger.study(figures.run.method, figures.run.repeat)
            save_plotly_graph_object(study, figure, graph_object_id=GRAPH)
            save_note(study, note)
            _attach(study, fronts, store)


def _attach(study: optuna.Study, file: Path, store: FileSystemArtifactStore) -> None:
    """Uploads a file as an artifact of the study, unless its last upload had the same content."""
    for meta in get_all_artifact_meta(study)[-1:]:
        # A storage that is shared may know of an artifact in another study's folder.
        with suppress(ArtifactNotFound), store.open_reader(meta.artifact_id) as last:
            if last.read() == file.read_bytes():
                return
    upload_artifact(artifact_store=store, file_path=str(file), study_or_trial=study, mimetype="text/csv")


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
