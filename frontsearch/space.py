"""The search space that all hyperparameter searches share: ranges on linear or log scales, choices, conditions."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Protocol

from frontsearch.errors import LARGEST, SMALLEST, UserError, allowed_names, shown
from frontsearch.recipe import Field, Recipe, WeightedSum


class Suggester(Protocol):
    """An object that draws values: an Optuna trial, or any other with the same three methods."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Draws a number from ``[low, high]``."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """Draws an integer from ``[low, high]``."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ANN401 - Optuna's own signature
        """Draws one of ``choices``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A recipe field that takes numbers from ``low`` to ``high``.

    Attributes:
        low: Lower bound, included.
        high: Upper bound, included.
        log: Whether to search on a log scale.
        integer: Whether to take integers only.
        only_if: Condition for searching this field: the values that other fields must have, by field name.

    Raises:
        ValueError: If the bounds are not finite or not increasing, if ``low`` is not positive on a log scale, or if
            the bounds of an integer range are not integers of 64 bits.

    Examples:
        >>> Range(low=1e-5, high=1e-2, log=True).nearest(0.5)
        0.01
    """

    low: float
    high: float
    log: bool = False
    integer: bool = False
    only_if: Mapping[str, Sequence[Field]] | None = None

    def __post_init__(self) -> None:
        if not -LARGEST <= self.low < self.high <= LARGEST:
            raise ValueError(
                f"`low` must be below `high`, both finite and within {LARGEST:g} of zero; found low={shown(self.low)}, "
                f"high={shown(self.high)}."
            )
        if self.log and self.low < SMALLEST:
            raise ValueError(f"`low` must be positive on a log scale, at least {SMALLEST:g}; found {shown(self.low)}.")
        if self.integer and (self.low % 1 or self.high % 1):
            raise ValueError(f"integer bounds must be whole; found low={self.low!r}, high={self.high!r}.")
        if self.integer and not -(2**63) <= self.low < self.high < 2**63:
            raise ValueError(f"integer bounds must fit in 64 bits; found low={self.low!r}, high={self.high!r}.")

    def suggest(self, name: str, suggester: Suggester) -> Field:
        """A value for the field ``name``, drawn by ``suggester``."""
        if self.integer:
            return suggester.suggest_int(name, int(self.low), int(self.high), log=self.log)
        return suggester.suggest_float(name, self.low, self.high, log=self.log)

    @property
    def samples(self) -> Sequence[Field]:
        """Values by which to judge the range: a fractional one, unless it is of integers, and its bounds."""
        if self.integer:
            return int(self.low), int(self.high)
        return self.low + (math.sqrt(2) - 1) * (self.high - self.low), float(self.low), float(self.high)

    def contains(self, value: Field) -> bool:
        """Whether ``value`` is a number within the bounds and, in an integer range, whole."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return self.low <= value <= self.high and not (self.integer and value % 1)

    def nearest(self, value: Field) -> Field:
        """The number in the range nearest to ``value``; ``low`` if ``value`` is no number."""
        number = min(max(value, self.low), self.high) if isinstance(value, int | float) else self.low
        return round(number) if self.integer else float(number)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A recipe field that takes one of several values.

    Attributes:
        options: The values, at least two and all different.
        only_if: Condition for searching this field: the values that other fields must have, by field name.

    Raises:
        ValueError: If there are fewer than two options, or two are equal.

    Examples:
        >>> Choice(options=["adam", "sgd"]).nearest("rmsprop")
        'adam'
    """

    options: Sequence[Field]
    only_if: Mapping[str, Sequence[Field]] | None = None

    def __post_init__(self) -> None:
        if len(self.options) < 2 or len(set(self.options)) < len(self.options):
            raise ValueError(f"`options` must be two or more different values; found {list(self.options)!r}.")

    def suggest(self, name: str, suggester: Suggester) -> Field:
        """A value for the field ``name``, drawn by ``suggester``."""
        value: Field = suggester.suggest_categorical(name, list(self.options))
        return value

    @property
    def samples(self) -> Sequence[Field]:
        """The options."""
        return self.options

    def contains(self, value: Field) -> bool:
        """Whether ``value`` is an option."""
        return value in self.options

    def nearest(self, value: Field) -> Field:
        """``value`` if it is an option, else the first option."""
        return value if value in self.options else self.options[0]


Entry = Range | Choice
SEARCHABLE = frozenset(name for name in Recipe().fields() if not name.startswith("start")) - {"descent", "seed"}


@dataclass(frozen=True, slots=True)
class Space:
    """The recipe fields that a search varies, and the values each may take.

    All other fields keep the values of the template, the recipe that all trainings of a study share.

    Attributes:
        entries: Range or choice of each field, by field name. An entry with ``only_if`` is drawn only if the fields
            it names have one of the values listed; these fields must be earlier entries.

    Raises:
        ValueError: If an entry is not a searchable recipe field, or its ``only_if`` names no earlier entry.

    Examples:
        >>> space = Space({"l1_weight": Range(low=1e-5, high=1e-2, log=True), "batch_size": Choice(options=[64, 128])})
        >>> recipe = space.decode(Recipe(epochs=2.0), {"l1_weight": 1e-3, "batch_size": 64}, seed=1)
        >>> recipe.descent, recipe.batch_size, recipe.epochs
        (WeightedSum(l1_weight=0.001), 64, 2.0)
    """

    entries: Mapping[str, Entry]

    def __post_init__(self) -> None:
        earlier: set[str] = set()
        for name, entry in self.entries.items():
            if name not in SEARCHABLE:
                raise ValueError(
                    f"A space's entries must be recipe fields; found {name!r}: {allowed_names(name, SEARCHABLE)}"
                )
            for condition in set(entry.only_if or ()) - earlier:
                raise ValueError(f"`only_if` of {name!r} must name entries that come before it; found {condition!r}.")
            earlier.add(name)

    def check(self, template: Recipe, check_recipe: Callable[[Recipe], None] = lambda _: None) -> None:
        """Checks that every recipe of this space is valid, so that none is met in the middle of a search.

        No rule for recipes joins more than two fields, so all pairs of entries are combined, with options and bounds.

        Args:
            template: Recipe that supplies all other fields.
            check_recipe: Raises for a recipe that cannot be trained for some other reason, such as the data.

        Raises:
            ValueError: If a recipe is invalid, the l1 weight is searched for a multi-gradient descent, or the l1 scale
                for a weighted sum.
        """
        weighted_sum = isinstance(template.descent, WeightedSum)
        unused = "l1_scale" if weighted_sum else "l1_weight"
        if unused in self.entries:
            descent = "a weighted sum" if weighted_sum else "a multi-gradient descent"
            raise ValueError(f"The template's descent is {descent}, which has no {unused!r} to search.")
        for values in self._pairwise():
            try:
                check_recipe(self.decode(template, values, seed=template.seed))
            except (ValueError, UserError) as error:
                remedy = "narrow its values or restrict them with `only_if`"
                raise ValueError(f"{error} The space draws this; {remedy}.") from error

    def _pairwise(self) -> Iterator[dict[str, Field]]:
        """Values that this space draws, such that every pair of entries takes all combinations of its samples."""
        first = {name: entry.samples[0] for name, entry in self.entries.items()}
        for pair in combinations(self.entries, 2) if len(self.entries) > 1 else [tuple(self.entries)]:
            names = sorted(set().union(*map(self._conditions, pair)))
            for values in product(*(self.entries[name].samples for name in names)):
                yield self.active({**first, **dict(zip(names, values, strict=True))})

    def _conditions(self, name: str) -> set[str]:
        """This entry and all entries on which it depends."""
        return {name}.union(*map(self._conditions, self.entries[name].only_if or ()))

    def suggest(self, suggester: Suggester) -> dict[str, Field]:
        """Draws values for the entries whose conditions hold, in order; ``suggester`` may be an Optuna trial."""
        values: dict[str, Field] = {}
        for name, entry in self.entries.items():
            if _is_met(entry.only_if, values):
                values[name] = entry.suggest(name, suggester)
        return values

    def active(self, values: Mapping[str, Field]) -> dict[str, Field]:
        """Restricts ``values``, one for each entry, to the entries whose conditions hold."""
        active: dict[str, Field] = {}
        for name, entry in self.entries.items():
            if _is_met(entry.only_if, active):
                active[name] = values[name]
        return active

    def decode(self, template: Recipe, values: Mapping[str, Field], *, seed: int) -> Recipe:
        """The recipe made from ``template`` by setting these ``values`` and this ``seed``.

        Raises:
            ValueError: If the result is not a valid recipe.
        """
        return Recipe.of_fields({**template.fields(), **values, "seed": seed})

    def encode(self, template: Recipe, recipe: Recipe) -> dict[str, Field] | None:
        """The values from which :meth:`decode` makes ``recipe``; None if no values of this space do."""
        flat = recipe.fields()
        values = self.active(flat)
        inside = all(self.entries[name].contains(value) for name, value in values.items())
        return values if inside and {**template.fields(), **values, "seed": recipe.seed} == flat else None

    def nearest(self, recipe: Recipe) -> dict[str, Field]:
        """The value of the space nearest to the recipe's, for each entry; conditions are ignored."""
        flat = recipe.fields()
        return {name: entry.nearest(flat[name]) for name, entry in self.entries.items()}


def _is_met(only_if: Mapping[str, Sequence[Field]] | None, values: Mapping[str, Field]) -> bool:
    return only_if is None or all(values.get(name) in accepted for name, accepted in only_if.items())
