"""``path``: one network followed along the front, each l1 weight warm started from the last."""

import math
from dataclasses import dataclass, replace

import numpy as np

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.recipe import FromScratch, WarmStart


@dataclass(frozen=True, kw_only=True)
class Path:
    """A proximal path from dense to sparse, every training warm started from the last one's weights.

    Homotopy over the l1 weight as for the lasso [Friedman2010]_, on networks by proximal Adam [Yun2021]_. The other
    way round a deep network would start at zero, a stationary point it never leaves. After a training that diverged
    the next one starts where the last good one ended, at half the learning rate.

    Attributes:
        first_epochs: Length of the first training, at the least l1 weight.
        step_epochs: Length of each training after it.
        beyond: How many times the study's greatest l1 weight the path goes to: a network that was trained before bears
            weights that kill one from scratch.
    """

    first_epochs: float = 8.0
    step_epochs: float = 3.0
    beyond: float = 1.0

    def __post_init__(self) -> None:
        for name, found in (("first_epochs", self.first_epochs), ("step_epochs", self.step_epochs)):
            check(name, found, "finite and positive", holds=0 < found < math.inf)
        check("beyond", self.beyond, "finite and at least 1", holds=1 <= self.beyond < math.inf)

    def search(self, setting: Setting) -> Search:
        """One training a batch, as many l1 weights as the budget pays for, evenly spread on a log scale."""
        rng = setting.rng()
        first = min(self.first_epochs, setting.budget)
        steps = int((setting.budget - first) / self.step_epochs + 1e-9)  # a whole number may come out just below itself
        start: FromScratch | WarmStart = FromScratch()
        rate = setting.template.learning_rate
        least, greatest = setting.l1_weights
        for weight in np.geomspace(least, greatest * self.beyond, num=steps + 1):
            recipe = setting.weighted(weight, draw_seed(rng), start=start)
            epochs = first if weight == least else self.step_epochs
            pruning = replace(recipe.pruning, begin=min(recipe.pruning.begin, epochs))
            (trial,) = yield [replace(recipe, learning_rate=rate, epochs=epochs, pruning=pruning)]
            if trial.objectives is None:
                rate /= 2
            else:
                start = WarmStart(trial=trial.key)
