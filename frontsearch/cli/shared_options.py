"""The arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from frontsearch.cli.flags import with_room
from frontsearch.cli.interruption import importing

RUN = "An output folder, a study's name or its TOML file. Of a folder and a study of one name, the folder is taken."

Run = Annotated[str, typer.Argument(help=RUN, metavar="RUN", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="Output folder.", show_default="runs/NAME", callback=with_room)]
Storage = Annotated[str | None, typer.Option(help="URL of an Optuna storage.", show_default="a journal in the folder")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")]


def name_and_value(text: str) -> tuple[str, float | str]:
    """The name and the value in ``NAME=VALUE``; the value as a text if it is no number."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value.strip()


def print_names(*, json: bool) -> None:
    """Prints all studies and methods."""
    with importing():
        from frontsearch.cli.listing import print_list  # noqa: PLC0415 - imports every method

    print_list(json=json)


def _print_version(asked: bool) -> None:  # noqa: FBT001
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - slower to import than the rest of this file

        print(f"frontsearch {version('frontsearch')}")  # noqa: T201
        raise typer.Exit


List = Annotated[bool, typer.Option("--list", help="List all studies and methods.")]
Version = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
]
