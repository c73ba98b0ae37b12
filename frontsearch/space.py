"""The search space that every hyperparameter search shares; it knows log scales, choices and conditions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from frontsearch.errors import allowed
from frontsearch.recipe import Field, Recipe, WeightedSum


class Suggester(Protocol):
    """What draws values: an Optuna trial as it is, or anything with the same three methods."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number from ``[low, high]``."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number from ``[low, high]``."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ANN401 - Optuna's own signature
        """One of ``choices``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, evenly or (``log``) evenly in their logarithm.

    Raises:
        ValueError: When the bounds are not finite and increasing, not positive on a log scale, or no whole numbers of
            64 bits where such are drawn.
    """

    low: float
    high: float
    log: bool = False
    integer: bool = False
    only_if: Mapping[str, Sequence[Field]] | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"`low < high` must hold, both finite; found low={self.low!r}, high={self.high!r}.")
        if self.log and self.low <= 0:
            raise ValueError(f"`low` must be positive on a log scale; found {self.low!r}.")
        if self.integer and (self.low % 1 or self.high % 1):
            raise ValueError(f"integer bounds must be whole; found low={self.low!r}, high={self.high!r}.")
        if self.integer and not -(2**63) <= self.low < self.high < 2**63:
            raise ValueError(f"integer bounds must fit in 64 bits; found low={self.low!r}, high={self.high!r}.")

    def suggest(self, name: str, suggester: Suggester) -> Field:
        """A value for ``name``, drawn by ``suggester``."""
        if self.integer:
            return suggester.suggest_int(name, int(self.low), int(self.high), log=self.log)
        return suggester.suggest_float(name, self.low, self.high, log=self.log)

    def holds(self, value: Field) -> bool:
        """Whether ``value`` lies within the bounds."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def nearest(self, value: Field) -> Field:
        """``value``, moved to the bound it is beyond; ``low`` for what is no number."""
        number = min(max(value, self.low), self.high) if isinstance(value, int | float) else self.low
        return round(number) if self.integer else float(number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One of several values.

    Raises:
        ValueError: When fewer than two or repeated options are given.
    """

    options: Sequence[Field]
    only_if: Mapping[str, Sequence[Field]] | None = None

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"`options` must be two or more different values; found {list(self.options)!r}.")

    def suggest(self, name: str, suggester: Suggester) -> Field:
        """A value for ``name``, drawn by ``suggester``."""
        value: Field = suggester.suggest_categorical(name, list(self.options))
        return value

    def holds(self, value: Field) -> bool:
        """Whether ``value`` is an option."""
        return value in self.options

    def nearest(self, value: Field) -> Field:
        """``value`` if it is an option, else the first one."""
        return value if value in self.options else self.options[0]


Entry = Range | Choice
SEARCHABLE = frozenset(name for name in Recipe().fields() if not name.startswith("start")) - {"descent", "seed"}


@dataclass(frozen=True, slots=True)
class Space:
    """Which recipe fields are searched, each within what; fields not named here stay the template's.

    Attributes:
        entries: By recipe field name. An entry with ``only_if`` is drawn only where the fields it names, which must
            come before it, have one of the values listed.

    Raises:
        ValueError: When an entry is no recipe field that can be searched, or depends on one that comes later or never.
    """

    entries: Mapping[str, Entry]

    def __post_init__(self) -> None:
        before: set[str] = set()
        for name, entry in self.entries.items():
            if name not in SEARCHABLE:
                raise ValueError(
                    f"A space's entries must be recipe fields; found {name!r}: {allowed(name, SEARCHABLE)}"
                )
            for condition in set(entry.only_if or ()) - before:
                raise ValueError(f"`only_if` of {name!r} must name entries that come before it; found {condition!r}.")
            before.add(name)

    def check(self, template: Recipe) -> None:
        """Refuses the factor of l1 that the template's descent has not; what else a recipe may ignore is accepted.

        Raises:
            ValueError: When the l1 weight is searched for a multi-gradient descent, or the l1 scale for a weighted sum.
        """
        sums = isinstance(template.descent, WeightedSum)
        idle = "l1_scale" if sums else "l1_weight"
        if idle in self.entries:
            descent = "a weighted sum" if sums else "a multi-gradient descent"
            raise ValueError(f"The template's descent is {descent}, which has no {idle!r} to search.")

    def suggest(self, suggester: Suggester) -> dict[str, Field]:
        """Values for the entries whose conditions hold, drawn in order; an Optuna trial is a suggester."""
        values: dict[str, Field] = {}
        for name, entry in self.entries.items():
            if _holds(entry.only_if, values):
                values[name] = entry.suggest(name, suggester)
        return values

    def active(self, values: Mapping[str, Field]) -> dict[str, Field]:
        """Those of ``values`` (one for every entry) whose conditions hold."""
        kept: dict[str, Field] = {}
        for name, entry in self.entries.items():
            if _holds(entry.only_if, kept):
                kept[name] = values[name]
        return kept

    def decode(self, template: Recipe, values: Mapping[str, Field], *, seed: int) -> Recipe:
        """``template`` with ``values`` and ``seed`` put in.

        Raises:
            ValueError: When the result is no valid recipe.
        """
        return Recipe.of_fields({**template.fields(), **values, "seed": seed})

    def encode(self, template: Recipe, recipe: Recipe) -> dict[str, Field] | None:
        """The values that :meth:`decode` makes ``recipe`` of; None where the space has none that do."""
        flat = recipe.fields()
        values = self.active(flat)
        inside = all(self.entries[name].holds(value) for name, value in values.items())
        return values if inside and {**template.fields(), **values, "seed": recipe.seed} == flat else None

    def nearest(self, recipe: Recipe) -> dict[str, Field]:
        """A value for every entry, conditions aside: the recipe's own, or the nearest to it in the space."""
        flat = recipe.fields()
        return {name: entry.nearest(flat[name]) for name, entry in self.entries.items()}


def _holds(only_if: Mapping[str, Sequence[Field]] | None, values: Mapping[str, Field]) -> bool:
    return only_if is None or all(values.get(name) in allowed for name, allowed in only_if.items())
