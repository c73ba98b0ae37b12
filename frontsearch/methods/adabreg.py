"""``adabreg``: one network grown from sparse to dense along the inverse scale space of l1."""

from dataclasses import dataclass, replace

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, Setting, Walk, draw_seed, side_by_side
from frontsearch.recipe import FromScratch, Pruning, Start, WarmStart


@dataclass(frozen=True, kw_only=True)
class AdaBreg:
    """Bregman iterations with Adam's steps, AdaBreg [Bungert2022]_: one training that goes from sparse to dense.

    Nearly all weights begin at zero, and each stays there until its Adam steps have added up to the l1 weight. So one
    run visits sparser networks first; every so many epochs is a point, and the next goes on from its weights and
    optimiser state. After a training that diverged the run begins again with another network.

    Attributes:
        density: Share of the weights that do not begin at zero.
        l1_weight: Threshold at which a weight comes to life; a greater one slows the growth.
        learning_rate: Step size, constant throughout.
        step_epochs: Epochs from one point to the next.
    """

    density: float = 0.01
    l1_weight: float = 0.1
    learning_rate: float = 1e-3
    step_epochs: float = 1.0

    def __post_init__(self) -> None:
        check("density", self.density, "in (0, 1]", holds=0 < self.density <= 1)
        check_positive(l1_weight=self.l1_weight, learning_rate=self.learning_rate, step_epochs=self.step_epochs)

    def search(self, setting: Setting) -> Search:
        """One training a batch, without end."""
        yield from side_by_side([self._walk(setting)])

    def _walk(self, setting: Setting) -> Walk:
        rng = setting.rng()
        plain = replace(
            setting.weighted(self.l1_weight, 0),
            epochs=min(self.step_epochs, setting.budget),
            pruning=Pruning(),  # one without regrowth would keep all that begins at zero there
            optimiser="adabreg",
            learning_rate=self.learning_rate,
            learning_rate_schedule="constant",
        )
        start: Start = FromScratch(density=self.density)
        while True:
            trial = yield replace(plain, seed=draw_seed(rng), start=start)
            alive = trial.objectives is not None
            start = WarmStart(trial=trial.key, optimiser=True) if alive else FromScratch(density=self.density)
