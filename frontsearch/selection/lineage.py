"""Whose weights a network began with: the chain of warm starts behind a trial, and what the whole chain cost."""

from collections.abc import Iterable
from dataclasses import dataclass

from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """A trial and every trial whose weights went into it.

    Attributes:
        stages: Parents before their children, each trial once, the youngest last; a trial that started from scratch is
            alone. A cross has two parents, so that of crosses the stages are a tree and no chain.
        unknown: Keys of the parents that were not among the trials looked through.
    """

    stages: tuple[Trial, ...]
    unknown: tuple[str, ...]

    @property
    def epochs(self) -> float:
        """Passes over the training split that all known stages took together."""
        return sum(trial.epochs for trial in self.stages)


def lineage(trial: Trial, trials: Iterable[Trial]) -> Lineage:
    """Where the weights of a trial come from.

    Args:
        trial: The youngest.
        trials: Its run's, in an order in which parents come before their children, as they are told.
    """
    known = {one.key: one for one in trials} | {trial.key: trial}
    wanted, found = [trial.key], {trial.key: None}
    while wanted:
        one = known.get(wanted.pop())
        new = [key for key in one.recipe.parents if key not in found] if one else []
        found |= dict.fromkeys(new)
        wanted += new
    stages = tuple(one for key, one in known.items() if key in found and key != trial.key)
    return Lineage(stages=(*stages, trial), unknown=tuple(key for key in found if key not in known))
