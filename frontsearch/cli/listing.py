"""``--list``: every study and every method, each with one sentence."""

import inspect
import re

from rich.console import Console
from rich.table import Table
from rich.text import Text

from frontsearch.cli.printing import print_json
from frontsearch.methods import METHODS, Method
from frontsearch.study import study_descriptions


def print_list(*, json: bool = False) -> None:
    """Prints the name and a one-sentence description of every built-in study and every method."""
    studies, methods = study_descriptions(), {name: _first_paragraph(method) for name, method in METHODS.items()}
    if json:
        named = {"studies": studies, "methods": methods}
        print_json({kind: {name: {"description": text} for name, text in each.items()} for kind, each in named.items()})
        return
    console = Console(highlight=False)
    for title, entries in (("Studies", studies), ("Methods", methods)):
        console.print(title, style="bold")
        grid = Table.grid(padding=(0, 2))
        for name, sentence in entries.items():
            grid.add_row(Text(f"  {name}"), Text(sentence))
        console.print(grid)


def _first_paragraph(method: type[Method]) -> str:
    """The first paragraph of a method's docstring, without its citations."""
    paragraph = " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())
    return re.sub(r",? \[\w+\]_", "", paragraph)
