"""The shared space in Optuna's terms."""

from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from frontsearch.recipe import Field, Recipe
from frontsearch.space import Entry, Range, Space


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The space as Optuna distributions, by recipe field."""
    return {name: _distribution(entry) for name, entry in space.entries.items()}


def parameters(space: Space, recipe: Recipe) -> dict[str, Field]:
    """What a trial that draws from the space has of a recipe: entries whose conditions hold, and values within them."""
    active = space.active(recipe.fields())
    return {name: value for name, value in active.items() if space.entries[name].holds(value)}


def _distribution(entry: Entry) -> BaseDistribution:
    if not isinstance(entry, Range):
        options: list[Any] = list(entry.options)
        return CategoricalDistribution(options)
    if entry.integer:
        return IntDistribution(int(entry.low), int(entry.high), log=entry.log)
    return FloatDistribution(entry.low, entry.high, log=entry.log)
