"""``upgrad``: gradients projected onto each other where they conflict, at preferences spread over the front."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from frontsearch.methods.smgd import Smgd
from frontsearch.recipe import MultiGradient, UPGrad


@dataclass(frozen=True, kw_only=True)
class Upgrad(Smgd):
    """Descents by UPGrad [Quinton2024]_ at several preferences, each from scratch.

    A training follows the mean of both gradients, each projected onto the other where they conflict. The l1 scale is
    the preference: a larger one gives *more* weight to l1. Scales are spread and gaps are filled as ``smgd`` does.

    Attributes:
        low: Least l1 scale.
        high: Greatest l1 scale.
        optimiser: What preconditions the direction.
        learning_rate: Step size at the start.
    """

    _descent: ClassVar[type[MultiGradient]] = UPGrad

    low: float = 1e-4
    high: float = 1e-2
    optimiser: Literal["sgd", "adam", "rmsprop"] = "adam"
    learning_rate: float = 2e-3
