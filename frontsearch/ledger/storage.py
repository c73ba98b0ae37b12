"""Opens the Optuna storage of a study, a journal file or a database, and turns its errors into one sentence."""

import contextlib
import shlex
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage

from frontsearch.errors import UserError, option
from frontsearch.folder import check_no_link
from frontsearch.ledger.journal import Journal, JournalFile
from frontsearch.ledger.redaction import first_reason, hide_password


def open_storage(location: Path | str, *, to_write: bool) -> BaseStorage:
    """The Optuna storage at a journal file's path or at any URL that Optuna takes.

    Args:
        location: Path of a journal file, or URL of a database.
        to_write: Whether trials will be appended. If so, a partial last line, which a killed process may have left in a
            journal, is removed. A reader leaves it, because another process may be writing it.

    Raises:
        UserError: When the URL is malformed, its driver is not installed, the server does not answer, or the journal
            can be neither read nor created.
    """
    with quiet_optuna():
        if isinstance(location, Path):
            return _open_journal(location, to_write=to_write)
        from frontsearch.ledger.database_url import open_url  # noqa: PLC0415 - imports SQLAlchemy, which journals need not

        return open_url(location, to_write=to_write)


def set_aside(storage: BaseStorage) -> tuple[str, ...]:
    """A sentence on each damaged line or attribute that was met in a storage of :func:`open_storage` so far."""
    sentences: tuple[str, ...] = getattr(getattr(storage, "_backend", None), "set_aside", ())
    return sentences


def study_names(url: str) -> list[str]:
    """The names of the Optuna studies in the storage at a URL.

    Raises:
        UserError: As :func:`open_storage` does.
    """
    return optuna.get_all_study_names(open_storage(url, to_write=False))


def _open_journal(path: Path, *, to_write: bool) -> BaseStorage:
    check_no_link(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{option('out')} must be a folder that can be written to; found {path.parent}: {first_reason(error)}."
        ) from error
    try:
        file = JournalFile(path)
        if to_write and _has_partial_line(path):
            file.lock.acquire()  # another coordinator may be writing the line
            try:
                _drop_partial_line(path)
            finally:
                file.lock.release()
        return Journal(file)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} must be a study's Optuna journal, which is a file; {first_reason(error)}.") from error


def storage_option(url: str | None) -> str:
    """The end of a command on a study whose trials are in the storage at a URL; empty if it has none."""
    return "" if url is None else f" --storage {shlex.quote(hide_password(url))}"


def _has_partial_line(journal: Path) -> bool:
    return journal.exists() and journal.read_bytes()[-1:] not in {b"", b"\n"}


def _drop_partial_line(journal: Path) -> None:
    with journal.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def _storage_exceptions() -> tuple[type[Exception], ...]:
    """What storages raise; SQLAlchemy, which no journal needs, raises nothing before it is imported."""
    imported = sys.modules.get("sqlalchemy.exc")
    return (StorageInternalError, imported.SQLAlchemyError) if imported else (StorageInternalError,)


def storage_failure(error: BaseException) -> str | None:
    """A sentence for an error of a storage while it was read; None for any other error."""
    if not isinstance(error, _storage_exceptions()):
        return None
    return (
        f"The storage can no longer be read: {first_reason(error)}; finished trainings are kept, and running the same "
        "command again continues."
    )


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turns errors of the storage into a UserError that begins with ``what``, the thing that was being recorded."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (*_storage_exceptions(), OSError)):
            raise
        raise UserError(f"{what} could not be recorded in the storage: {first_reason(error)}.") from error


@contextlib.contextmanager
def quiet_optuna() -> Iterator[None]:
    """Silences Optuna's message on each new study and its warning that metric names are experimental."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)
