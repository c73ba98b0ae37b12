"""Typer commands whose help shows a flag as ``--quiet`` and not as ``--quiet <bool>``."""

from typing import Any

from typer.core import TyperCommand, TyperGroup


class Command(TyperCommand):
    """A command with plain flags."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer's context is private
        """The command's parameters and ``--help``."""
        return _plain(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands with plain flags."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """The group's parameters and ``--help``."""
        return _plain(super().get_params(ctx))


def _plain(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params
