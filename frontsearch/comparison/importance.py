"""Hyperparameter importance: how much each hyperparameter mattered for reaching the front."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """How much each hyperparameter mattered for reaching the front in the runs of one method.

    Attributes:
        method: Name of the method.
        shares: Importance of each recipe field, one value for each repeat that had enough trials. The values of a
            repeat sum to one, even if no field matters much. Empty where no repeat had enough trials.
        trainings: Number of trainings behind each of these repeats' values; with a few tens of trainings the values are
            only a hint.
        reason: Why no repeat could be analysed; empty where at least one was.
    """

    method: str
    shares: Mapping[str, tuple[float, ...]]
    trainings: tuple[int, ...]
    reason: str = ""

    @property
    def medians(self) -> dict[str, float]:
        """Median importance of each field over the repeats, highest first."""
        medians = {name: float(median(shares)) for name, shares in self.shares.items()}
        return dict(sorted(medians.items(), key=lambda item: -item[1]))
