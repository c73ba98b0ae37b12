"""What the methods of several places are called beside one another."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from frontsearch.errors import UserError, one_line


class Place(Protocol):
    """A folder or file that has figures of some methods."""

    @property
    def path(self) -> Path:
        """As it was named."""

    @property
    def label(self) -> str:
        """Its name for people."""

    @property
    def methods(self) -> Sequence[str]:
        """What its methods are called there, each once."""


def names(places: Sequence[Place]) -> list[dict[str, str]]:
    """For each place the new name of every method: its own, or ``LABEL:METHOD`` where another place has one like it.

    Raises:
        UserError: When that leaves two methods with one name.
    """
    known = Counter(method for place in places for method in place.methods)
    found = [
        {method: method if known[method] == 1 else f"{label}:{method}" for method in place.methods}
        for place, label in zip(places, _labels(places), strict=True)
    ]
    name, number = Counter(name for one in found for name in one.values()).most_common(1)[0]
    if number > 1:
        raise UserError(f"Two methods would both be called {name!r}; rename a folder, a file or a method of a file.")
    return found


def _labels(places: Sequence[Place]) -> list[str]:
    """Their labels, or paths where labels are alike."""
    known = Counter(place.label for place in places)
    return [place.label if known[place.label] == 1 else one_line(str(place.path)) for place in places]
