"""The search space as pymoo's mixed variables, and the conversion of values between the two."""

import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from frontsearch.errors import check, is_number
from frontsearch.methods.random_search import UniformSuggester
from frontsearch.recipe import Field, Recipe
from frontsearch.space import Entry, Range, Space

if TYPE_CHECKING:
    from pymoo.core.variable import Variable

# Objectives of a diverged training: pymoo accepts NaN silently, and infinities spoil its crowding distances.
DIVERGED_OBJECTIVES = (1e12, 1e12)
ROUNDING = 1e-9  # of bounds: computing them and pymoo's repair of them miss by far less


def space_variables(space: Space) -> dict[str, "Variable"]:
    """One pymoo variable for each entry, by field name.

    Reals on a log scale become variables in log10. Integers stay integers, so that pymoo recognises duplicates; on a
    log scale, the first ones are drawn uniformly in the logarithm.
    """
    return {name: _variable(entry) for name, entry in space.entries.items()}


def decode_variables(space: Space, variables: Mapping[str, Any]) -> dict[str, Field]:
    """The values of an individual's pymoo variables as plain Python values, for the entries whose conditions hold.

    Raises:
        ValueError: If the variables are not those of the space, or one is outside of it by more than a rounding.
    """
    rule = f"a dictionary with a value of each variable ({', '.join(space.entries)}) and not a plain array"
    check("point", variables, rule, holds=isinstance(variables, Mapping))
    for name in space.entries:
        if name not in variables:
            raise ValueError(f"`{name}` must be among the variables of a point; found only {', '.join(variables)}.")
    return space.active({name: _decode(name, entry, variables[name]) for name, entry in space.entries.items()})


def encode_variables(space: Space, recipe: Recipe) -> dict[str, Field]:
    """The values of the pymoo variables nearest to a recipe, for every entry."""
    return {name: _encode(space.entries[name], value) for name, value in space.nearest(recipe).items()}


def _variable(entry: Entry) -> "Variable":
    from pymoo.core.variable import Choice, Integer, Real  # noqa: PLC0415 - importing pymoo takes a while

    if not isinstance(entry, Range):
        return Choice(options=list(entry.options))
    if entry.integer:
        bounds = int(entry.low), int(entry.high)
        variable = Integer(bounds=bounds)
        if entry.log:  # not a subclass, as pymoo looks up crossover and mutation by the exact type
            variable._sample = partial(_log_integers, bounds)  # noqa: SLF001
        return variable
    if entry.log:
        return Real(bounds=(float(np.log10(entry.low)), float(np.log10(entry.high))))
    return Real(bounds=(entry.low, entry.high))


def _log_integers(bounds: tuple[int, int], n: int, random_state: np.random.Generator) -> np.ndarray[Any, Any]:
    uniform = UniformSuggester(random_state)
    return np.array([uniform.suggest_int("", *bounds, log=True) for _ in range(n)])


def _decode(name: str, entry: Entry, value: Any) -> Field:  # noqa: ANN401 - pymoo returns NumPy scalars of any kind
    plain: Field = value.item() if isinstance(value, np.generic) else value
    if not isinstance(entry, Range):
        check(name, plain, f"one of {', '.join(map(repr, entry.options))}", holds=entry.contains(plain))
        return plain
    _check_inside(name, entry, plain)
    if entry.integer:
        return round(float(value))
    number = 10.0 ** float(value) if entry.log else float(value)
    return min(max(number, entry.low), entry.high)  # 10 ** log10(x) may miss a bound by a rounding


def _check_inside(name: str, entry: Range, value: Field) -> None:
    """Raises a ValueError if the value of a variable is outside of its bounds by more than a rounding."""
    logarithmic = entry.log and not entry.integer
    low, high = (math.log10(bound) if logarithmic else bound for bound in (entry.low, entry.high))
    rounding = ROUNDING * max(1.0, abs(low), abs(high))
    holds = is_number(value) and low - rounding <= value <= high + rounding
    rule = f"from {low:.15g} to {high:.15g}"
    if logarithmic:
        rule += ", as its variable is the log10 of the field"
        if is_number(value) and entry.contains(value):
            rule += f" and not the field itself, whose log10 is {math.log10(value):.6g}"
    check(name, value, rule, holds=holds)


def _encode(entry: Entry, value: Field) -> Field:
    logarithmic = isinstance(entry, Range) and entry.log and not entry.integer and isinstance(value, int | float)
    return float(np.log10(value)) if logarithmic else value  # type: ignore[arg-type]
