"""A closed-form task without torch: the lasso front, on which a method can be tested in milliseconds."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from frontsearch.methods import METHODS, Method, Setting, start
from frontsearch.recipe import Recipe, UPGrad, WeightedSum
from frontsearch.space import Choice, Range, Space
from frontsearch.trial import Evaluate, Status, Trial

A = np.array([3.0, -2.0, 1.5, 0.75, -0.5, 0.125])
BEST_RATE = 1e-2
L1_WEIGHTS = (1e-3, 2.5)
REFERENCE_POINT = (8.0, 8.0)

MIXED = Space(
    {
        "l1_weight": Range(low=1e-3, high=4.0, log=True),
        "learning_rate": Range(low=1e-4, high=1.0, log=True),
        "optimiser": Choice(options=["prox-adam", "prox-sgd", "adam"]),
        "momentum": Range(low=0.0, high=0.99, only_if={"optimiser": ["prox-sgd"]}),
        "batch_size": Range(low=16, high=512, log=True, integer=True),
        "pruning_regrow": Choice(options=[True, False]),
        "pruning_every": Range(low=2, high=5, integer=True, only_if={"pruning_regrow": [True], "optimiser": ["adam"]}),
    }
)


def soft_threshold(level: float) -> tuple[float, float]:
    """The objectives of ``S_level(A)``: exactly the Pareto front of ``(|theta - A|**2 / 2, |theta|_1)``."""
    theta = np.sign(A) * np.maximum(np.abs(A) - level, 0.0)
    return float(((theta - A) ** 2).sum() / 2), float(np.abs(theta).sum())


@dataclass(frozen=True, kw_only=True)
class Toy:
    """Evaluates a recipe in closed form; the outcome depends only on the recipe.

    Attributes:
        noise: Relative noise of both objectives.
        diverging: Share of the recipes that diverge.
        cliff: l1 scale of a multi-gradient descent below which the network is dead.
        biased: Whether dead networks differ in cross entropy, as networks with different biases do.
    """

    noise: float = 0.0
    diverging: float = 0.0
    cliff: float = 0.0
    biased: bool = False

    def __call__(self, recipe: Recipe) -> Trial:
        key = recipe.key("toy", trainer=1)  # which recipes diverge stays when the trainer changes
        fate, first, second = (
            int(hashlib.sha256(f"{key}{n}".encode()).hexdigest()[:12], 16) / 16**12 for n in range(3)
        )
        ce, l1 = soft_threshold(self.level(recipe))
        if l1 == 0 and self.biased:
            ce += first
        rate = math.log10(recipe.learning_rate / BEST_RATE) if isinstance(recipe.descent, WeightedSum) else 0.0
        objectives = (
            ce * (1 + self.noise * (first - 0.5)) + 0.5 * rate**2,
            l1 * (1 + self.noise * (second - 0.5)),
        )
        diverged = fate < self.diverging
        return Trial(
            key=key,
            recipe=recipe,
            status=Status.DIVERGED if diverged else Status.COMPLETE,
            objectives=None if diverged else objectives,
            metrics={},
            epochs=recipe.epochs,
            seconds=0.01,
        )

    def level(self, recipe: Recipe) -> float:
        """Soft threshold at which training ends: the l1 weight, UPGrad's l1 scale, or one inverse to SMGD's."""
        if isinstance(recipe.descent, WeightedSum):
            return recipe.descent.l1_weight
        scale = recipe.descent.l1_scale
        if isinstance(recipe.descent, UPGrad):
            return scale
        return math.inf if scale < self.cliff else 0.05 / scale


@dataclass(frozen=True)
class DivergesAt:
    """The toy, but the trainings with these numbers diverge; to be used for one run only."""

    numbers: frozenset[int]
    asked: list[Recipe] = field(default_factory=list)

    def __call__(self, recipe: Recipe) -> Trial:
        self.asked.append(recipe)
        trial = Toy()(recipe)
        if len(self.asked) - 1 not in self.numbers:
            return trial
        return replace(trial, status=Status.DIVERGED, objectives=None)


def setting(
    budget: float = 40.0, seed: int = 1, space: Space = MIXED, reference_point: tuple[float, float] = REFERENCE_POINT
) -> Setting:
    """A setting for the toy, whose trainings take one epoch."""
    template = Recipe(learning_rate=BEST_RATE, epochs=1.0)
    return Setting(
        budget=budget, seed=seed, template=template, space=space, l1_weights=L1_WEIGHTS, reference_point=reference_point
    )


def batches(method: Method, given: Setting, evaluate: Evaluate) -> Iterator[list[Trial]]:
    """Yields the trials of each batch until the method ends or its budget is spent, as the study's runner does."""
    running, left = start(method, given), given.budget
    while asked := running.ask():
        paid = [recipe for n, recipe in enumerate(asked) if sum(r.epochs for r in asked[: n + 1]) <= left + 1e-9]
        trials = [evaluate(recipe) for recipe in paid]
        left -= sum(trial.epochs for trial in trials)
        if trials:
            yield trials
        if len(paid) < len(asked):
            return
        running.tell(trials)


def spend(method: Method, given: Setting, evaluate: Evaluate) -> list[Trial]:
    """All trials of a run."""
    return [trial for batch in batches(method, given, evaluate) for trial in batch]


# The Gaussian process takes seconds, so all trainings that the budgets here pay for are random.
FAST = {"optuna-gp": {"startup": 50}}
SMALL = {
    "optuna-tpe": {"startup": 2, "batch": 3},
    "optuna-nsga2": {"population": 4},
    "optuna-nsga3": {"population": 4},
    "pymoo-nsga2": {"population": 4},
    "pymoo-nsga3": {"population": 4},
    "pymoo-sms-emoa": {"population": 4},
    "successive-halving": {"population": 9, "eta": 3, "rungs": 2},
    "inheritance": {"population": 4, "epochs": 0.5},
    "smgd": {"spread": 1},
    "upgrad": {"spread": 1},
    "bisection": {"levels": 2},
    "dichotomic": {"tolerance": 0.0},
    "dichotomic-stochastic": {"tolerance": 0.0},
    "pf-smg": {"start": 1, "holes": 1, "runs": 2, "descent_epochs": 0.25, "optimiser": "adam", "decay": 1.0},
    "continuation": {"first_epochs": 1.0, "corrector_epochs": 0.25, "predictor_epochs": 0.25},
    "continuation-log": {"first_epochs": 1.0, "axes": "log"},
    "gmp": {"first_epochs": 2.0, "ramp_epochs": 0.5, "tune_epochs": 0.5, "every": 1},
    "st3": {"points": 2, "densest": 0.5, "sparsest": 0.5},
    "one-cycle": {"points": 2, "densest": 0.5, "sparsest": 0.5, "ramp": 0.4, "every": 1},
    "adabreg": {"density": 1.0, "learning_rate": 0.01},
    "path": {"first_epochs": 2.0, "step_epochs": 0.5},
}
WARM = ("bisection", "bisection-log", "dichotomic", "dichotomic-stochastic")


def configured() -> dict[str, Method]:
    """Every method with its defaults, with small options if it has any, and with warm starts if it offers them."""
    defaults = {name: method(**FAST.get(name, {})) for name, method in METHODS.items()}
    small = {f"{name}-small": METHODS[name](**options) for name, options in SMALL.items()}
    warm = {f"{name}-warm": METHODS[name](warm=True) for name in WARM}
    return defaults | small | warm | {"path-planned": METHODS["path"](sweep=0.8)}
