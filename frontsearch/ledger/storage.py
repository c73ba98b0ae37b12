"""The Optuna storage that a study lives in: a journal beside its report, or anything at a URL."""

import contextlib
import re
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, OptunaError, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, get_storage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from frontsearch.errors import UserError

STALE_SECONDS = 5  # after which the lock of a journal that nobody has written to is taken for a killed process's
CONNECT_SECONDS = 10  # after which a PostgreSQL server that does not answer is taken for unreachable
PSYCOPG = "postgresql+psycopg"


def open_storage(location: Path | str, *, to_write: bool) -> BaseStorage:
    """The Optuna storage at a journal file's path or at any URL that Optuna takes.

    Args:
        location: Of the storage.
        to_write: Whether trials will be appended: then a torn last line, which a killed process may leave in a journal,
            is cut off. Whoever only reads leaves it, as it may be one that a living process is writing.

    Raises:
        UserError: When the URL is malformed, its driver is not installed or nothing answers there, or the journal can
            be neither read nor made.
    """
    with quiet():
        return (
            _journal(location, to_write=to_write)
            if isinstance(location, Path)
            else _at_url(location, to_write=to_write)
        )


def study_names(url: str) -> list[str]:
    """The names of the Optuna studies in the storage at a URL.

    Raises:
        UserError: As :func:`open_storage` does.
    """
    return optuna.get_all_study_names(open_storage(url, to_write=False))


def _journal(path: Path, *, to_write: bool) -> BaseStorage:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"--out must be a folder that can be written to; found {path.parent}: {_reason(error)}."
        ) from error
    try:
        lock = JournalFileSymlinkLock(str(path), STALE_SECONDS)
        if to_write and _torn(path):
            lock.acquire()  # as the line may be one that another coordinator is writing
            try:
                _mend(path)
            finally:
                lock.release()
        return JournalStorage(JournalFileBackend(str(path), lock))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} must be a study's Optuna journal, which is a file; {_reason(error)}.") from error


def _at_url(url: str, *, to_write: bool) -> BaseStorage:
    try:
        _check_file(url, to_write=to_write)
        return get_storage(_database(_dialled(url)))
    except ImportError as error:
        raise UserError(
            f"--storage {hide_password(url)!r} needs a driver that is not installed: {_reason(error)}; "
            "for PostgreSQL, pip install 'frontsearch[postgresql]' brings it."
        ) from error
    except (SQLAlchemyError, OptunaError, ValueError, OSError) as error:
        raise UserError(
            f"--storage must be a storage URL that Optuna can open, such as sqlite:///study.db; found "
            f"{hide_password(url)!r}: {_reason(error)}."
        ) from error


def _check_file(url: str, *, to_write: bool) -> None:
    """Refuses SQLite's databases that would be gone when the command ends, or are not there to be read."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return
    database = address.database or ":memory:"
    if database == ":memory:":
        raise UserError(f"--storage {url!r} would live in memory and be gone when the command ends; give it a file.")
    if not (to_write or Path(database).exists() or address.query):
        raise UserError(f"--storage {url!r} must be the database of a study that was run; there is no such file.")


def _database(url: str, *, tries: int = 3) -> RDBStorage:
    """Optuna's tables at a URL, made where there are none."""
    try:
        # A server drops connections that were idle over a long training: each is tried before it is used.
        storage = RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
    except (IntegrityError, ProgrammingError):  # another coordinator has made the tables at the same moment
        if tries == 1:
            raise
        return _database(url, tries=tries - 1)
    weakref.finalize(storage, storage.engine.dispose)  # psycopg wants its connections closed
    return storage


def _dialled(url: str) -> str:
    """The URL with what a PostgreSQL's leaves open: psycopg as its driver, and how long to wait for an answer."""
    address = make_url(url)
    if "@" in (address.host or ""):  # what follows the first one in a password would be shown as the host's name
        raise UserError(f"--storage {hide_password(url)!r} has a password with an @, which must be written %40.")
    if address.drivername != "postgresql":
        return url
    patient = address.set(drivername=PSYCOPG, query={"connect_timeout": str(CONNECT_SECONDS), **address.query})
    return patient.render_as_string(hide_password=False)


def _reason(error: BaseException) -> str:
    """The first line of what began it; SQLAlchemy goes on with statements and links, and Optuna hides SQLAlchemy."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def hide_password(url: str) -> str:
    """A storage URL as it may be shown: stars where a password stands."""
    # Where the slashes of a malformed one are missing, a password follows the first colon that no slash does.
    shown = re.sub(r"(//[^:/]*):.*@" if "//" in url else r"(^.*?):(?!/).*@", r"\1:***@", url)
    return re.sub(r"([?&]\w*password=)[^&]*", r"\1***", shown, flags=re.IGNORECASE)


def _torn(journal: Path) -> bool:
    return journal.exists() and journal.read_bytes()[-1:] not in {b"", b"\n"}


def _mend(journal: Path) -> None:
    with journal.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)


def storage_failure(error: BaseException) -> str | None:
    """A sentence about a storage that failed while it was read; None for what is something else."""
    if not isinstance(error, SQLAlchemyError | StorageInternalError):
        return None
    return (
        f"The storage cannot be read any more: {_reason(error)}; what had finished is kept, and running the same "
        "command again continues."
    )


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """With whatever the storage may raise turned into one sentence about ``what``."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError, OSError) as error:
        raise UserError(f"{what} could not be recorded in the storage: {_reason(error)}.") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without Optuna's word on each new study, nor on metric names being experimental, which they have long been."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)
