"""What mattered: the share of each hyperparameter in reaching the front."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """How much each hyperparameter of one method's searches mattered for reaching the front.

    Attributes:
        method: The method.
        shares: By recipe field, its share in each repeat that could be judged; those of a repeat sum to one, even where
            nothing matters much. Empty where no repeat could be judged.
        trainings: How many each of these repeats was judged by: of some tens, the shares are little more than a hint.
        reason: Why no repeat could be judged; empty where one could.
    """

    method: str
    shares: Mapping[str, tuple[float, ...]]
    trainings: tuple[int, ...]
    reason: str = ""

    @property
    def medians(self) -> dict[str, float]:
        """The median share of each field over the repeats, greatest first."""
        medians = {name: float(median(shares)) for name, shares in self.shares.items()}
        return dict(sorted(medians.items(), key=lambda item: -item[1]))
