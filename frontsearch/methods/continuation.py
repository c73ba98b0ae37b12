"""``continuation`` and ``continuation-log``: predictor and corrector steps along the front, toward both its ends."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, SequentialSearch, Setting, draw_seed, in_batches, with_epochs
from frontsearch.methods.step_length import CROSS_ENTROPY, L1, AdaptiveStep, FixedStep
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """Predictor-corrector continuation along the front toward both its ends, as published [Amakor2023]_.

    The corrector is a multiobjective proximal gradient descent; the first one starts from scratch and is long. Toward
    low cross entropy, the predictor is a short training on cross entropy alone; toward low l1, it is a soft threshold
    of all weights. A corrector follows each predictor. Each direction gets half of the budget left by the first
    corrector. The corrector's bisection cannot reach l1 weights below 5e-4, where much of a network's front lies.

    Attributes:
        first_epochs: Epochs of the first corrector.
        corrector_epochs: Epochs of each later corrector.
        corrector_rate: Learning rate of the correctors.
        predictor_epochs: Epochs of the predictor toward low cross entropy, which uses Adam.
        predictor_rate: Learning rate of that predictor.
        shrink: Soft threshold of the predictor toward low l1.
        starts: Number of networks to start from, side by side; one network may miss a piece of a nonconvex front.
    """

    corrector: ClassVar[Literal["mpg", "mpg-log"]] = "mpg"

    first_epochs: float = 4.0
    corrector_epochs: float = 0.5
    corrector_rate: float = 0.05
    predictor_epochs: float = 0.5
    predictor_rate: float = 1e-3
    shrink: float = 2e-3
    starts: int = 1

    def __post_init__(self) -> None:
        check_positive(first_epochs=self.first_epochs, corrector_epochs=self.corrector_epochs)
        check_positive(corrector_rate=self.corrector_rate, predictor_epochs=self.predictor_epochs)
        check_positive(predictor_rate=self.predictor_rate, shrink=self.shrink)
        check("starts", self.starts, "at least 1", holds=self.starts >= 1)

    def search(self, setting: Setting) -> Search:
        """Yields the next training of every start per batch; when all have ended, starts again from new networks."""
        continuation = _Continuation(options=self, setting=setting, rng=setting.rng())
        while True:
            yield from in_batches([continuation.trainings() for _ in range(self.starts)])

    def new_step(self, reference_point: tuple[float, float]) -> FixedStep | AdaptiveStep:  # noqa: ARG002 - subclass
        """The step length toward one end of the front."""
        return FixedStep()


@dataclass(frozen=True, kw_only=True)
class ContinuationLog(Continuation):
    """Continuation [Amakor2023]_ with l1 weights on a log scale, even spacing, and bad steps undone.

    The corrector bisects the logarithm of the l1 weight, so it can reach the whole front. The length of a predictor is
    adapted to the length of the front that earlier ones covered. A step is undone and halved if it does not lead toward
    its end of the front, sets all weights to zero or loses too much cross entropy.

    Attributes:
        axes: Axes on which distances along the front are measured.
    """

    corrector: ClassVar[Literal["mpg", "mpg-log"]] = "mpg-log"

    axes: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        Continuation.__post_init__(self)
        check("axes", self.axes, "linear or log", holds=self.axes in {"linear", "log"})

    def new_step(self, reference_point: tuple[float, float]) -> FixedStep | AdaptiveStep:
        """The step length toward one end of the front."""
        return AdaptiveStep(units=reference_point, log=self.axes == "log")


@dataclass(frozen=True, kw_only=True)
class _Continuation:
    """The trainings of one run."""

    options: Continuation
    setting: Setting
    rng: np.random.Generator

    def trainings(self) -> SequentialSearch:
        """Trains from scratch, then goes toward either end of the front."""
        budget = self.setting.budget / self.options.starts
        first_epochs = min(self.options.first_epochs, budget)
        origin = yield self._corrector(first_epochs)
        if origin.objectives is not None:
            yield from self._toward(CROSS_ENTROPY, origin, (budget - first_epochs) / 2)
            yield from self._toward(L1, origin, (budget - first_epochs) / 2)

    def _toward(self, objective: int, origin: Trial, epochs: float) -> SequentialSearch:
        """Steps from ``origin`` toward low values of one objective until these epochs are spent."""
        last, step = origin, self.options.new_step(self.setting.reference_point)
        while epochs > 0 and not step.exhausted:
            start = WarmStart(trial=last.key, shrink=self.options.shrink * step.factor)
            if objective == CROSS_ENTROPY:
                predicted = yield self._predictor(last, self.options.predictor_epochs * step.factor)
                epochs -= predicted.epochs
                start = WarmStart(trial=last.key if predicted.objectives is None else predicted.key)
            corrected = yield replace(self._corrector(self.options.corrector_epochs), start=start)
            epochs -= corrected.epochs
            if corrected.objectives is not None and step.accepts(objective, last, corrected):
                last = corrected

    def _corrector(self, epochs: float) -> Recipe:
        return replace(
            with_epochs(self.setting.template, epochs),
            descent=MultiGradient(l1_scale=1.0),
            optimiser=self.options.corrector,
            learning_rate=self.options.corrector_rate,
            seed=draw_seed(self.rng),
        )

    def _predictor(self, last: Trial, epochs: float) -> Recipe:
        return replace(
            with_epochs(self.setting.template, epochs),
            descent=WeightedSum(l1_weight=0.0),
            optimiser="adam",
            learning_rate=self.options.predictor_rate,
            start=WarmStart(trial=last.key),
            seed=draw_seed(self.rng),
        )
