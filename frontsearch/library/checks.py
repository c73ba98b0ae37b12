"""Checks of arguments, before anything else is done with them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from frontsearch.errors import check
from frontsearch.recipe import Recipe
from frontsearch.space import Choice, Range, Space
from frontsearch.target import METRICS
from frontsearch.tasks import Task


def check_task(found: object) -> None:
    """Raises a ValueError unless this is a task."""
    kind = found.__name__ if isinstance(found, type) else type(found).__name__
    rule = "a frontsearch.Task, such as `frontsearch.digits()` or one with data and a network of your own"
    check("task", kind, rule, holds=isinstance(found, Task))


def check_recipe(name: str, found: object) -> None:
    """Raises a ValueError unless this is a recipe."""
    check(name, found, "a Recipe, such as `Recipe(epochs=2)`", holds=isinstance(found, Recipe))


def check_space(found: object) -> None:
    """Raises a ValueError unless this is a search space, or ranges and choices by name."""
    entries = found.entries if isinstance(found, Space) else found
    named = isinstance(entries, Mapping) and all(isinstance(entry, Range | Choice) for entry in entries.values())
    check("space", found, "`Range`s and `Choice`s by recipe field", holds=named)


def check_methods(found: object) -> None:
    """Raises a ValueError unless this is a name, several names, or options by name."""
    names = [found] if isinstance(found, str) else found
    valid = isinstance(names, Sequence | Mapping) and all(isinstance(name, str) for name in names)
    if isinstance(names, Mapping):
        valid = valid and all(isinstance(options, Mapping) for options in names.values())
    rule = "a method's name, a list of names, or options by name, such as {'path': {'step_epochs': 2}}"
    check("method", found, rule, holds=valid)


def check_target(found: object) -> None:
    """Raises a ValueError unless this names one target, or is None."""
    valid = found is None or (isinstance(found, Mapping) and len(found) == 1)
    check("target", found, f"one of {', '.join(METRICS)} with its value, such as {{'sparsity': 0.98}}", holds=valid)


def checked_path(name: str, found: object) -> Path:
    """The path that an argument gives.

    Raises:
        ValueError: If it is none.
    """
    path = os.fspath(found) if isinstance(found, str | os.PathLike) else None
    check(name, found, "a path, as text or a pathlib.Path", holds=isinstance(path, str) and path != "")
    return Path(str(path))
