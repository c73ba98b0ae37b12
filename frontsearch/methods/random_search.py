"""``random``: recipes drawn independently from the space [Bergstra2012]_; the baseline of every search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import Recipe

BATCH = 8


@dataclass(frozen=True, kw_only=True)
class RandomSearch:
    """Recipes drawn independently from the space."""

    def search(self, setting: Setting) -> Search:
        """Batches without end."""
        rng = setting.rng()
        while True:
            yield [draw_recipe(setting, rng) for _ in range(BATCH)]


def draw_recipe(setting: Setting, rng: np.random.Generator) -> Recipe:
    """A recipe drawn evenly from the space, with a training seed of its own."""
    return setting.space.decode(setting.template, setting.space.suggest(Dice(rng)), seed=draw_seed(rng))


@dataclass(frozen=True)
class Dice:
    """A suggester that draws evenly."""

    rng: np.random.Generator

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:  # noqa: ARG002
        """A number from ``[low, high]``."""
        if not log:
            return float(self.rng.uniform(low, high))
        # Rounding of the logarithm may leave the interval by one unit in the last place.
        return min(max(float(np.exp(self.rng.uniform(np.log(low), np.log(high)))), low), high)

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """A whole number from ``[low, high]``."""
        if not log:
            return int(self.rng.integers(low, high, endpoint=True))
        # Half a unit on either side gives the bounds their share.
        return int(np.clip(round(self.suggest_float(name, low - 0.5, high + 0.5, log=True)), low, high))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ANN401, ARG002
        """One of ``choices``."""
        return choices[int(self.rng.integers(len(choices)))]
