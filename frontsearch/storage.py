"""The Optuna storage that a study lives in: a journal beside its report, or anything at a URL."""

import contextlib
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, OptunaError, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, get_storage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from sqlalchemy.exc import SQLAlchemyError

from frontsearch.errors import UserError

STALE_SECONDS = 5  # after which the lock of a journal that nobody has written to is taken for a killed process's


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
        return _journal(location, to_write=to_write) if isinstance(location, Path) else _at_url(location)


def _journal(path: Path, *, to_write: bool) -> BaseStorage:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if to_write:
            _mend(path)
        return JournalStorage(JournalFileBackend(str(path), JournalFileSymlinkLock(str(path), STALE_SECONDS)))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} must be a study's Optuna journal, which is a file; {_reason(error)}.") from error


def _at_url(url: str) -> BaseStorage:
    try:
        return get_storage(url)
    except (SQLAlchemyError, OptunaError, ValueError, ImportError, OSError) as error:
        raise UserError(
            f"--storage must be a storage URL that Optuna can open, such as sqlite:///study.db; found "
            f"{without_password(url)!r}: {_reason(error)}."
        ) from error


def _reason(error: Exception) -> str:
    """The first line of an exception's words; SQLAlchemy goes on with statements and links."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:200]


def without_password(url: str) -> str:
    """A storage URL as it may be shown: stars where a password stands."""
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:***@", url)


def _mend(journal: Path) -> None:
    if not journal.exists():
        return
    with journal.open("rb+") as file:
        content = file.read()
        if not content.endswith(b"\n"):
            file.truncate(content.rfind(b"\n") + 1)


@contextlib.contextmanager
def recording(what: str) -> Iterator[None]:
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
