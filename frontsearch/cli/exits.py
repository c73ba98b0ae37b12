"""Exit codes: 0 done, 1 ``verify`` found faults, 2 a mistake of the user in one sentence on stderr, 130 interrupted."""

import errno
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from frontsearch.cli.interruption import INTERRUPTION, exit_interrupted
from frontsearch.errors import UserError, one_line, shortened

MISTAKE = 2  # exit code
# What an operating system says of a path that no program could use.
PATH_ERRORS = frozenset({
    errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EROFS, errno.ENOSPC, errno.EDQUOT,
})  # fmt: skip


def run(application: typer.Typer) -> None:
    """Runs a command line and ends the process with its exit code."""
    try:
        code = application(standalone_mode=False)
    except Exception as error:
        if _interrupted(error):
            exit_interrupted()
        if (sentence := _sentence(error)) is None:
            raise
        _exit(sentence)
    if code == INTERRUPTION:
        exit_interrupted()
    sys.exit(code or 0)


def _sentence(error: BaseException) -> str | None:
    """The sentence on a user's mistake; None for any other error."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, TyperException):
        return error.format_message()
    from frontsearch.ledger import storage_failure  # noqa: PLC0415 - imports Optuna, which help does not need

    if sentence := storage_failure(error):
        return sentence
    if isinstance(error, OSError) and error.filename and error.errno in PATH_ERRORS:
        remedy = "Check its permissions." if isinstance(error, PermissionError) else "Choose another path."
        return f"{shortened(str(error.filename))} cannot be used: {error.strerror}. {remedy}"
    return None


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C caused this error: cleaning up after it, such as releasing a journal's lock, may fail in turn."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _exit(sentence: str) -> NoReturn:
    print(one_line(sentence), file=sys.stderr)  # noqa: T201 - the console's own channel
    sys.exit(MISTAKE)
