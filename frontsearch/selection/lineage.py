"""Lineage: the chain of warm starts behind a trial, and the epochs of the whole chain."""

from collections.abc import Iterable
from dataclasses import dataclass

from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Lineage:
    """A trial and all its ancestors, that is, the trials whose weights it directly or indirectly started from.

    Attributes:
        stages: The ancestors and then the trial itself, parents before their children, each trial once. A crossover has
            two parents, so its ancestors form a tree and not a chain.
        unknown: Keys of parents that were not among the trials searched.
    """

    stages: tuple[Trial, ...]
    unknown: tuple[str, ...]

    @property
    def epochs(self) -> float:
        """Epochs of all known stages added up."""
        return sum(trial.epochs for trial in self.stages)


def lineage(trial: Trial, trials: Iterable[Trial]) -> Lineage:
    """Finds a trial's ancestors.

    Args:
        trial: The trial to trace back.
        trials: The trials of its run, parents before their children, as a run records them.
    """
    if not trial.recipe.parents:
        return Lineage(stages=(trial,), unknown=())
    known = {candidate.key: candidate for candidate in trials} | {trial.key: trial}
    to_visit, visited = [trial.key], {trial.key: None}
    while to_visit:
        stage = known.get(to_visit.pop())
        new = [key for key in stage.recipe.parents if key not in visited] if stage else []
        visited |= dict.fromkeys(new)
        to_visit += new
    ancestors = tuple(stage for key, stage in known.items() if key in visited and key != trial.key)
    return Lineage(stages=(*ancestors, trial), unknown=tuple(key for key in visited if key not in known))
