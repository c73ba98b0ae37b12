"""Typer commands whose help shows a flag as ``--quiet`` and not as ``--quiet <bool>``; the check of ``--out``."""

import os
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

from frontsearch.cli.interruption import importing
from frontsearch.errors import UserError

LONGEST_FOLDER = 3900  # bytes; a system takes paths of 4,096, and the files in the folder have names too


class Command(TyperCommand):
    """A command with plain flags."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Reads the command line, or prints help; typer imports pydantic or rich for it."""
        with importing():
            return super().make_context(*args, **kwargs)

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's context is private
        """The command's parameters and ``--help``."""
        return _plain(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands with plain flags."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Reads the options before a command, or prints help."""
        with importing():
            return super().make_context(*args, **kwargs)

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """The group's parameters and ``--help``."""
        return _plain(super().get_params(ctx))


def _plain(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


def with_room(out: Path | None) -> Path | None:
    """The output folder; refuses one so long that the files in it could not be opened once trainings are done."""
    length = len(os.fsencode(out.absolute())) if out else 0
    if length > LONGEST_FOLDER:
        raise UserError(f"--out must be a path of at most {LONGEST_FOLDER:,} bytes; found one of {length:,}.")
    return out
