"""``linbreg``: one network grown from sparse to dense, by a threshold that follows a rising density."""

from dataclasses import dataclass, replace

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import (
    Search,
    SequentialSearch,
    Setting,
    affordable_points,
    draw_seed,
    in_batches,
    is_trainable,
)
from frontsearch.methods.densities import check_densities, densities
from frontsearch.recipe import FromScratch, Pruning, Start, WarmStart
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class LinBreg:
    """Linearised Bregman iterations [Bungert2022]_ whose threshold is adapted to a target density [Aloradi2026]_.

    One network grows from sparse to dense through ``points`` densities in even ratios, which share the budget evenly.
    At each of them it first grows: weights that are zero become nonzero where the sum of their gradient steps exceeds
    the threshold, which rises while the network is too dense and falls while it is too sparse. Then only its nonzero
    weights are trained, while the learning rate falls [Lunk2026]_, which compaction makes cheaper. After a training
    that diverged, the run goes on from a new network with the same density.

    Attributes:
        points: Number of densities; fewer if each would get less than half an epoch.
        sparsest: Share of nonzero weights at the first target, and of the weights that do not start at zero.
        densest: Share of nonzero weights at the last target.
        l1_weight: Threshold at the beginning.
        frozen: Share of the epochs during which zeros stay zero.
        learning_rate: Step size while the network grows, from which it falls while the zeros stay.
    """

    points: int = 12
    sparsest: float = 0.01
    densest: float = 0.2
    l1_weight: float = 0.1
    frozen: float = 0.75
    learning_rate: float = 0.05

    def __post_init__(self) -> None:
        check("points", self.points, "at least 1", holds=self.points >= 1)
        check_densities(densest=self.densest, sparsest=self.sparsest)
        check_positive(l1_weight=self.l1_weight, learning_rate=self.learning_rate)
        check("frozen", self.frozen, "in [0, 1)", holds=0 <= self.frozen < 1)

    def search(self, setting: Setting) -> Search:
        """Yields one training per batch: for each density one that grows the network and one that keeps its zeros."""
        yield from in_batches([self._trainings(setting)])

    def shortest(self, budget: float) -> dict[str, float]:
        """The shorter part of a density's epochs, if there are two."""
        parts = {self.frozen, 1 - self.frozen} - {0.0}
        return {"frozen": min(parts) * budget / affordable_points(self.points, budget, least_epochs=0.5)}

    def _trainings(self, setting: Setting) -> SequentialSearch:
        rng = setting.rng()
        points = affordable_points(self.points, setting.budget, least_epochs=0.5)
        epochs = setting.budget / points
        start: Start = FromScratch(density=self.sparsest)
        for density in densities((self.sparsest, self.densest), points):
            growing = replace(
                setting.weighted_sum(self.l1_weight, draw_seed(rng), start=start),
                epochs=epochs * (1 - self.frozen),
                pruning=Pruning(sparsity=1 - density),
                optimiser="linbreg",
                learning_rate=self.learning_rate,
                learning_rate_schedule="constant",
            )
            trial = yield growing
            start = _continued(trial, density)
            if self.frozen:
                rest = replace(growing, epochs=epochs - growing.epochs, start=start, seed=draw_seed(rng))
                keeping_zeros = replace(
                    rest, pruning=Pruning(regrow=False),
                    learning_rate_schedule=setting.template.learning_rate_schedule,
                )  # fmt: skip
                trial = yield keeping_zeros if is_trainable(trial) else rest
                start = _continued(trial, density)


def _continued(trial: Trial, density: float) -> Start:
    """A start from this trial, or with a new network of this density if its own is lost."""
    return WarmStart(trial=trial.key, optimiser=True) if is_trainable(trial) else FromScratch(density=density)
