"""``gmp``: global magnitude pruning, each sparsity reached from the network of the previous one."""

from dataclasses import dataclass, replace

from frontsearch.errors import SMALLEST, check, check_positive
from frontsearch.methods.aiming import Aim
from frontsearch.methods.base import (
    Search,
    SequentialSearch,
    Setting,
    affordable_points,
    check_prunes_by_magnitude,
    draw_seed,
    in_batches,
    is_trainable,
    warm_start_from,
)
from frontsearch.methods.densities import bounds, check_densities, next_density
from frontsearch.names import PRUNABLE, SPARSITY
from frontsearch.recipe import Pruning, Recipe
from frontsearch.target import Target
from frontsearch.trial import Trial

TARGETS, LEAST = 8, 0.5  # how many by default, and the least epochs of each
DENSITIES = (0.2, 0.005)
SHARE = 0.25  # of the way from the least to the greatest l1 weight, in ratios (studies/README.md, mnist-sparse-quick)


@dataclass(frozen=True, kw_only=True)
class Gmp:
    """Global magnitude pruning [Zhu2018]_ of one network to ever higher sparsities [Han2015]_.

    A dense network is trained first. For each target, the share of zeros rises along a cubic ramp while the network
    trains, smallest weights of all layers first; then the network is fine-tuned with its zeros fixed. The next target
    starts from there. The front it covers is error against the number of nonzeros, not against l1.

    Unlike the published method, it trains with a small l1 weight. So weights that the loss hardly depends on become
    small, and are those that pruning removes; without it, they keep the magnitude they were initialised with.

    Attributes:
        first_epochs: Epochs of the dense training; None takes a quarter of the budget.
        ramp_epochs: Epochs of the ramp to each target; None takes two thirds of an eighth of what the dense training
            leaves, or of a larger share of it, so that ramp and fine-tuning have half an epoch.
        tune_epochs: Epochs of the fine-tuning after each ramp; None takes half of a ramp.
        densest: Share of nonzero weights at the first target; None is 0.2, with group l1 0.8. Where training leaves
            fewer, pruning begins with those.
        sparsest: Share of nonzero weights at the last target; None is a fortieth, with group l1 a sixteenth, of the
            share at which pruning begins.
        every: Steps between prunings on a ramp.
        l1_weight: l1 weight of its trainings, but for those at a target. None lies a quarter of the way from the
            study's least to its greatest one, in ratios; 0 prunes by magnitude alone, as published.
    """

    first_epochs: float | None = None
    ramp_epochs: float | None = None
    tune_epochs: float | None = None
    densest: float | None = None
    sparsest: float | None = None
    every: int = 20
    l1_weight: float | None = None

    def __post_init__(self) -> None:
        given = {"first_epochs": self.first_epochs, "ramp_epochs": self.ramp_epochs, "tune_epochs": self.tune_epochs}
        check_positive(or_zero=False, **{name: epochs for name, epochs in given.items() if epochs is not None})
        check_densities(densest=self.densest, sparsest=self.sparsest)
        check("every", self.every, "at least 1", holds=self.every >= 1)
        if self.l1_weight is not None:
            check_positive(l1_weight=self.l1_weight, or_zero=True)

    def search(self, setting: Setting) -> Search:
        """Yields one training per batch: the dense one, then ramp and fine-tuning for each target paid for."""
        if setting.target is None:
            yield from in_batches([self._trainings(setting)])
        else:
            yield from self.search_target(setting, setting.target)

    def shortest(self, budget: float) -> dict[str, float]:
        """Epochs of the dense training, of each ramp and of each fine-tuning."""
        return dict(zip(("first_epochs", "ramp_epochs", "tune_epochs"), self._epochs(budget), strict=True))

    def search_target(self, setting: Setting, target: Target) -> Search:
        """Yields the dense training, then one training at the target per batch."""
        first, _ = self._bounds(setting)
        aim = Aim(setting=setting, target=target, rng=setting.rng())
        trials: list[Trial] = []
        while not any(map(is_trainable, trials)) and (left := aim.epochs_left(trials)):
            dense = self._dense(replace(setting, budget=left), draw_seed(aim.rng))
            trials += yield [replace(dense, learning_rate=max(dense.learning_rate / 2 ** len(trials), SMALLEST))]
        smaller = max((first * trial.metrics[PRUNABLE] for trial in trials if is_trainable(trial)), default=0.0)
        yield from in_batches([aim.search(trials, smaller=smaller, epochs=sum(self._epochs(setting.budget)[1:]))])

    def _trainings(self, setting: Setting) -> SequentialSearch:
        check_prunes_by_magnitude(setting.template)
        (first, end), rng = self._bounds(setting), setting.rng()
        last = yield (dense := self._dense(setting, draw_seed(rng)))
        _, ramp_epochs, tune_epochs = self._epochs(setting.budget)
        targets = int((setting.budget - dense.epochs) / (ramp_epochs + tune_epochs) + 1e-9)
        left = _left(last)
        end *= min(left / first, 1.0) if self.sparsest is None else 1.0
        for count in range(max(targets, 1), 0, -1):
            density = next_density(left, (first, end), count)
            ramp = Pruning(sparsity=1 - density, ramp="cubic", every=self.every, regrow=False)
            for epochs, pruning in ((ramp_epochs, ramp), (tune_epochs, Pruning(regrow=False))):
                start = warm_start_from(last)
                trial = yield replace(dense, epochs=epochs, pruning=pruning, seed=draw_seed(rng), start=start)
                last = last if trial.objectives is None else trial
            left = min(density, _left(last))

    def _bounds(self, setting: Setting) -> tuple[float, float]:
        return bounds(setting, DENSITIES, densest=self.densest, sparsest=self.sparsest)

    def _epochs(self, budget: float) -> tuple[float, float, float]:
        first_epochs = min(self.first_epochs or budget / 4, budget)
        left = (budget - first_epochs) or LEAST
        ramp_epochs = self.ramp_epochs or 2 / 3 * left / affordable_points(TARGETS, left, least_epochs=LEAST)
        return first_epochs, ramp_epochs, self.tune_epochs or ramp_epochs / 2

    def _dense(self, setting: Setting, seed: int) -> Recipe:
        least, greatest = setting.l1_weights
        l1_weight = least ** (1 - SHARE) * greatest**SHARE if self.l1_weight is None else self.l1_weight
        return replace(setting.weighted_sum(l1_weight, seed), pruning=Pruning(), epochs=self._epochs(setting.budget)[0])


def _left(trial: Trial) -> float:
    return 1 - trial.metrics.get(SPARSITY, 0.0)
