"""Opens the Optuna storage of a study, a journal file or a database, and turns its errors into one sentence."""

import contextlib
import shlex
import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, OptunaError, StorageInternalError
from optuna.storages import BaseStorage, get_storage
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SAWarning, SQLAlchemyError

from frontsearch.errors import UserError, option
from frontsearch.folder import check_no_link
from frontsearch.ledger.database import Database
from frontsearch.ledger.journal import Journal, JournalFile
from frontsearch.ledger.redaction import hide_password, without_secrets

CONNECT_SECONDS = 10  # to wait for a PostgreSQL server to answer
PSYCOPG = "postgresql+psycopg"


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
        return _open_url(location, to_write=to_write)


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
            f"{option('out')} must be a folder that can be written to; found {path.parent}: {_reason(error)}."
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
        raise UserError(f"{path} must be a study's Optuna journal, which is a file; {_reason(error)}.") from error


def _open_url(url: str, *, to_write: bool) -> BaseStorage:
    try:
        _check_file(url, to_write=to_write)
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of settings that the driver does not know
            return get_storage(_open_database(_with_postgresql_defaults(url)))
    except ImportError as error:
        raise UserError(
            f"{option('storage')} {hide_password(url)!r} needs a driver that is not installed: {_reason(error, url)}; "
            "for PostgreSQL, pip install 'frontsearch[postgresql]' brings it."
        ) from error
    except (SQLAlchemyError, SAWarning, OptunaError, ValueError, OSError) as error:
        raise UserError(
            f"{option('storage')} must be a storage URL that Optuna can open, such as sqlite:///study.db; found "
            f"{hide_password(url)!r}: {_reason(error, url)}."
        ) from error


def _check_file(url: str, *, to_write: bool) -> None:
    """Refuses an SQLite database in memory, and reading from an SQLite file that does not exist."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return
    database, found = address.database or ":memory:", hide_password(url)
    if database == ":memory:":
        raise UserError(
            f"{option('storage')} {found!r} would be in memory and gone when the process ends; name a file."
        )
    if not (to_write or Path(database).exists() or address.query):
        raise UserError(
            f"{option('storage')} {found!r} must be the database of a study that was run; the file does not exist."
        )


def _open_database(url: str, *, failed: frozenset[str] = frozenset()) -> Database:
    """The database at a URL; Optuna creates its tables and their version if there are none.

    Optuna looks for each of these and creates it if it is missing, so of several coordinators that do so at once only
    one can. For the others the statement fails, but when they look again, what they were about to create is there. A
    statement that fails a second time therefore has another cause.
    """
    try:
        return Database(url)
    except DBAPIError as error:
        if error.statement is None or error.statement in failed:  # none: the connection failed
            raise
        return _open_database(url, failed=failed | {error.statement})


def _with_postgresql_defaults(url: str) -> str:
    """The URL; a PostgreSQL URL that names no driver gets psycopg and a time limit for connecting."""
    address = make_url(url)
    if "@" in (address.host or ""):  # errors would show the rest of the password as part of the host name
        raise UserError(
            f"{option('storage')} {hide_password(url)!r} has an @ in its password, which must be written %40."
        )
    if address.drivername != "postgresql":
        return url
    with_defaults = address.set(drivername=PSYCOPG, query={"connect_timeout": str(CONNECT_SECONDS), **address.query})
    return with_defaults.render_as_string(hide_password=False)


def _reason(error: BaseException, url: str = "") -> str:
    """First line of the original error, which Optuna wraps and to which SQLAlchemy appends statements and links."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = (str(error).splitlines() or [type(error).__name__])[0]
    return without_secrets(text.partition(" (Background on")[0], url).rstrip(".")[:200]


def storage_option(url: str | None) -> str:
    """The end of a command on a study whose trials are in the storage at a URL; empty if it has none."""
    return "" if url is None else f" --storage {shlex.quote(hide_password(url))}"


def _has_partial_line(journal: Path) -> bool:
    return journal.exists() and journal.read_bytes()[-1:] not in {b"", b"\n"}


def _drop_partial_line(journal: Path) -> None:
    with journal.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def storage_failure(error: BaseException) -> str | None:
    """A sentence for an error of a storage while it was read; None for any other error."""
    if not isinstance(error, SQLAlchemyError | StorageInternalError):
        return None
    return (
        f"The storage can no longer be read: {_reason(error)}; finished trainings are kept, and running the same "
        "command again continues."
    )


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turns errors of the storage into a UserError that begins with ``what``, the thing that was being recorded."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        raise UserError(f"{what} could not be recorded in the storage: {_reason(error)}.") from error


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
