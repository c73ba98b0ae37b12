"""``adabreg``: one network grown from sparse to dense along the inverse scale space of l1."""

from dataclasses import dataclass, replace

from frontsearch.errors import SMALLEST, check, check_positive
from frontsearch.methods.base import Search, SequentialSearch, Setting, draw_seed, in_batches
from frontsearch.recipe import FromScratch, Pruning, Start, WarmStart


@dataclass(frozen=True, kw_only=True)
class AdaBreg:
    """AdaBreg [Bungert2022]_: one network grown from sparse to dense by Bregman iterations with Adam's steps.

    Nearly all weights start at zero, and each stays there until its accumulated Adam steps exceed the l1 weight. One
    run therefore visits sparse networks first. Every ``step_epochs`` epochs there is a trial, and the next training
    continues with its weights and optimiser state. After a training that diverged, the run starts again from a new
    network.

    Attributes:
        density: Share of the weights that do not start at zero.
        l1_weight: Threshold above which a weight becomes nonzero; a higher one slows the growth.
        learning_rate: Step size, constant throughout.
        step_epochs: Epochs from one trial to the next.
    """

    density: float = 0.01
    l1_weight: float = 0.1
    learning_rate: float = 1e-3
    step_epochs: float = 1.0

    def __post_init__(self) -> None:
        check("density", self.density, f"in [{SMALLEST:g}, 1]", holds=SMALLEST <= self.density <= 1)
        check_positive(l1_weight=self.l1_weight, learning_rate=self.learning_rate, step_epochs=self.step_epochs)

    def search(self, setting: Setting) -> Search:
        """Yields one training per batch, without end."""
        yield from in_batches([self._trainings(setting)])

    def _trainings(self, setting: Setting) -> SequentialSearch:
        rng = setting.rng()
        template = replace(
            setting.weighted_sum(self.l1_weight, 0),
            epochs=min(self.step_epochs, setting.budget),
            pruning=Pruning(),  # pruning without regrowth would keep the initial zeros at zero
            optimiser="adabreg",
            learning_rate=self.learning_rate,
            learning_rate_schedule="constant",
        )
        start: Start = FromScratch(density=self.density)
        while True:
            trial = yield replace(template, seed=draw_seed(rng), start=start)
            completed = trial.objectives is not None
            start = WarmStart(trial=trial.key, optimiser=True) if completed else FromScratch(density=self.density)
