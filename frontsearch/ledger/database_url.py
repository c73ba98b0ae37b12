"""Opens the Optuna storage at a database's URL. Imports SQLAlchemy, so it is imported where there is such a URL."""

import warnings
from pathlib import Path

from optuna.exceptions import OptunaError
from optuna.storages import BaseStorage, get_storage
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, SAWarning, SQLAlchemyError

from frontsearch.errors import UserError, option
from frontsearch.ledger.database import Database
from frontsearch.ledger.redaction import first_reason, hide_password

CONNECT_SECONDS = 10  # to wait for a PostgreSQL server to answer
PSYCOPG = "postgresql+psycopg"


def open_url(url: str, *, to_write: bool) -> BaseStorage:
    """The Optuna storage at a URL; arguments and errors as of :func:`frontsearch.ledger.storage.open_storage`."""
    try:
        _check_file(url, to_write=to_write)
        with warnings.catch_warnings():
            warnings.simplefilter("error", SAWarning)  # of settings that the driver does not know
            return get_storage(_open_database(_with_postgresql_defaults(url)))
    except ImportError as error:
        raise UserError(
            f"{option('storage')} {hide_password(url)!r} needs a driver that is not installed: "
            f"{first_reason(error, url)}; for PostgreSQL, pip install 'frontsearch[postgresql]' brings it."
        ) from error
    except (SQLAlchemyError, SAWarning, OptunaError, ValueError, OSError) as error:
        raise UserError(
            f"{option('storage')} must be a storage URL that Optuna can open, such as sqlite:///study.db; found "
            f"{hide_password(url)!r}: {first_reason(error, url)}."
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
