"""``random``: random search, the baseline of all hyperparameter searches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import Recipe

BATCH_SIZE = 8


@dataclass(frozen=True, kw_only=True)
class RandomSearch:
    """Random search [Bergstra2012]_: draws every recipe independently from the search space."""

    def search(self, setting: Setting) -> Search:
        """Yields batches without end."""
        rng = setting.rng()
        while True:
            yield [draw_recipe(setting, rng) for _ in range(BATCH_SIZE)]


def draw_recipe(setting: Setting, rng: np.random.Generator) -> Recipe:
    """Draws a recipe uniformly from the search space, and a seed for its training."""
    return setting.space.decode(setting.template, setting.space.suggest(UniformSuggester(rng)), seed=draw_seed(rng))


@dataclass(frozen=True)
class UniformSuggester:
    """Draws values uniformly, with the methods of an Optuna trial."""

    rng: np.random.Generator

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:  # noqa: ARG002
        """Draws a number from ``[low, high]``."""
        if not log:
            return float(self.rng.uniform(low, high))
        # Rounding of the logarithm may leave the interval by one unit in the last place.
        return min(max(float(np.exp(self.rng.uniform(np.log(low), np.log(high)))), low), high)

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """Draws an integer from ``[low, high]``."""
        if not log:
            return int(self.rng.integers(low, high, endpoint=True))
        # Without half a unit on either side, rounding would draw the bounds only half as often.
        return min(max(round(self.suggest_float(name, low - 0.5, high + 0.5, log=True)), low), high)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ANN401, ARG002
        """Draws one of ``choices``."""
        return choices[int(self.rng.integers(len(choices)))]
