"""``continuation`` and ``continuation-log``: predictor and corrector along the front, toward both its ends."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from frontsearch.errors import check, check_positive
from frontsearch.methods.base import Search, Setting, Walk, draw_seed, side_by_side, with_epochs
from frontsearch.methods.pace import L1, LOSS, Pace, Steady
from frontsearch.recipe import MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Continuation:
    """Predictor-corrector continuation as published [Amakor2023]_.

    The corrector is a multiobjective proximal gradient descent, the first one from scratch and long. Toward low cross
    entropy the predictor is some training on cross entropy alone, toward low l1 a soft threshold of all weights; a
    corrector follows each. Half of what the start leaves of the budget goes into each direction. The corrector's
    bisection ends at an l1 weight of 5e-4, below which much of a network's front lies.

    Attributes:
        first_epochs: Length of the corrector that starts.
        corrector_epochs: Length of every later one.
        corrector_rate: Step size of the correctors.
        predictor_epochs: Length of the predictor toward low cross entropy, by Adam.
        predictor_rate: Its step size.
        shrink: How far the predictor toward low l1 moves every weight toward zero.
        starts: Networks to start from, side by side; a nonconvex front has pieces that one may miss.
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
        """The next training of every start a batch; where all have ended, it starts from other networks."""
        course = _Course(options=self, setting=setting, rng=setting.rng())
        while True:
            yield from side_by_side([course.walk() for _ in range(self.starts)])

    def pace(self, units: tuple[float, float]) -> Steady | Pace:  # noqa: ARG002 - whoever measures needs them
        """How long predictors are, and which steps are kept."""
        return Steady()


@dataclass(frozen=True, kw_only=True)
class ContinuationLog(Continuation):
    """Continuation [Amakor2023]_ repaired: l1 weights found on a log scale, points spaced evenly, progress demanded.

    The corrector's bisection is over the logarithm of the l1 weight, so it reaches the whole front. The length of a
    predictor follows the length of the front that the last one covered, and a step that does not lead toward its end of
    the front, kills the network or loses too much cross entropy is taken back and halved.

    Attributes:
        axes: Axes on which lengths along the front are measured.
    """

    corrector: ClassVar[Literal["mpg", "mpg-log"]] = "mpg-log"

    axes: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        Continuation.__post_init__(self)
        check("axes", self.axes, "linear or log", holds=self.axes in {"linear", "log"})

    def pace(self, units: tuple[float, float]) -> Steady | Pace:
        """How long predictors are, and which steps are kept."""
        return Pace(units=units, log=self.axes == "log")


@dataclass(frozen=True, kw_only=True)
class _Course:
    """One run's trainings, by the options of its method."""

    options: Continuation
    setting: Setting
    rng: np.random.Generator

    def walk(self) -> Walk:
        """From scratch, then toward either end of the front."""
        budget = self.setting.budget / self.options.starts
        first = min(self.options.first_epochs, budget)
        origin = yield self._corrector(first)
        if origin.objectives is not None:
            yield from self._toward(LOSS, origin, (budget - first) / 2)
            yield from self._toward(L1, origin, (budget - first) / 2)

    def _toward(self, objective: int, at: Trial, epochs: float) -> Walk:
        pace = self.options.pace(self.setting.reference_point)
        while epochs > 0 and not pace.exhausted:
            start = WarmStart(trial=at.key, shrink=self.options.shrink * pace.factor)
            if objective == LOSS:
                predicted = yield self._predictor(at, self.options.predictor_epochs * pace.factor)
                epochs -= predicted.epochs
                start = WarmStart(trial=at.key if predicted.objectives is None else predicted.key)
            corrected = yield replace(self._corrector(self.options.corrector_epochs), start=start)
            epochs -= corrected.epochs
            if corrected.objectives is not None and pace.advances(objective, at, corrected):
                at = corrected

    def _corrector(self, epochs: float) -> Recipe:
        return replace(
            with_epochs(self.setting.template, epochs),
            descent=MultiGradient(l1_scale=1.0),
            optimiser=self.options.corrector,
            learning_rate=self.options.corrector_rate,
            seed=draw_seed(self.rng),
        )

    def _predictor(self, at: Trial, epochs: float) -> Recipe:
        return replace(
            with_epochs(self.setting.template, epochs),
            descent=WeightedSum(l1_weight=0.0),
            optimiser="adam",
            learning_rate=self.options.predictor_rate,
            start=WarmStart(trial=at.key),
            seed=draw_seed(self.rng),
        )
