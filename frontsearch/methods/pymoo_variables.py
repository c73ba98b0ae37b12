"""The shared space as pymoo's mixed variables, and a recipe's values there and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pymoo.core.variable import Choice as PymooChoice
from pymoo.core.variable import Integer, Real, Variable

from frontsearch.recipe import Field, Recipe
from frontsearch.space import Entry, Range, Space


def variables(space: Space) -> dict[str, Variable]:
    """One pymoo variable for each entry; pymoo has no log scale, so those entries are searched in log10."""
    return {name: _variable(entry) for name, entry in space.entries.items()}


def values(space: Space, chosen: Mapping[str, Any]) -> dict[str, Field]:
    """What pymoo chose, as plain Python values of the entries whose conditions hold."""
    return space.active({name: _value(entry, chosen[name]) for name, entry in space.entries.items()})


def chosen(space: Space, recipe: Recipe) -> dict[str, Field]:
    """What pymoo would have chosen for a recipe: the nearest values of the space, with log scales in log10."""
    return {name: _coordinate(space.entries[name], value) for name, value in space.nearest(recipe).items()}


def _coordinate(entry: Entry, value: Field) -> Field:
    logarithmic = isinstance(entry, Range) and entry.log and isinstance(value, int | float)
    return float(np.log10(value)) if logarithmic else value  # type: ignore[arg-type]


def _variable(entry: Entry) -> Variable:
    if not isinstance(entry, Range):
        return PymooChoice(options=list(entry.options))
    if entry.log:
        return Real(bounds=(float(np.log10(entry.low)), float(np.log10(entry.high))))
    if entry.integer:
        return Integer(bounds=(int(entry.low), int(entry.high)))
    return Real(bounds=(entry.low, entry.high))


def _value(entry: Entry, chosen: Any) -> Field:  # noqa: ANN401 - pymoo hands over NumPy scalars of any kind
    if not isinstance(entry, Range):
        plain: Field = chosen.item() if isinstance(chosen, np.generic) else chosen
        return plain
    number = 10.0 ** float(chosen) if entry.log else float(chosen)
    number = min(max(number, entry.low), entry.high)  # 10 ** log10(x) may miss a bound by a rounding
    return round(number) if entry.integer else number
