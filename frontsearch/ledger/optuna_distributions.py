"""A study's search space as Optuna distributions."""

from collections.abc import Iterable, Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    check_distribution_compatibility,
)
from optuna.trial import FrozenTrial

from frontsearch.errors import UserError, option, table
from frontsearch.recipe import Field, Recipe
from frontsearch.space import Entry, Range, Space


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """The Optuna distribution of every entry of the space, by recipe field."""
    return {name: _distribution(entry) for name, entry in space.entries.items()}


def parameters(space: Space, recipe: Recipe) -> dict[str, Field]:
    """Optuna parameters of a recipe: its values of the active entries, without those outside the space."""
    active = space.active(recipe.fields())
    return {name: value for name, value in active.items() if space.entries[name].contains(value)}


def check_compatible(
    study: str, trials: Iterable[FrozenTrial | Exception], ours: Mapping[str, BaseDistribution]
) -> None:
    """Checks distributions against the trials in a database, which fixes a parameter's kind with its first trial.

    Args:
        study: Name of the Optuna study.
        trials: Its trials, or the errors of those that cannot be read.
        ours: The distributions by parameter.

    Raises:
        UserError: When a parameter is now of another kind, or has other options.
    """
    for trial in trials:
        if isinstance(trial, Exception):
            continue
        for entry in trial.distributions.keys() & ours.keys():
            try:
                check_distribution_compatibility(trial.distributions[entry], ours[entry])
            except ValueError as error:
                raise UserError(
                    f"{table('space')} must have {entry!r} as it was when {study} was begun in this storage; {error} "
                    f"Give the study another name or another {option('storage')}."
                ) from error


def _distribution(entry: Entry) -> BaseDistribution:
    if not isinstance(entry, Range):
        options: list[Any] = list(entry.options)
        return CategoricalDistribution(options)
    if entry.integer:
        return IntDistribution(int(entry.low), int(entry.high), log=entry.log)
    return FloatDistribution(entry.low, entry.high, log=entry.log)
