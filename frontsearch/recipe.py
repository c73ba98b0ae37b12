"""Everything that can change one training's outcome: frozen, validated, hashed to a key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

from frontsearch.errors import check
from frontsearch.scalars import below_one, not_negative, positive, whole

OptimiserName = Literal[
    "sgd", "adam", "rmsprop", "madam", "mrmsprop", "prox-sgd", "prox-adam", "adabreg", "mpg", "mpg-log"
]
ScheduleName = Literal["constant", "cosine", "sigmoid"]
RampName = Literal["constant", "linear", "cubic"]

Field = str | int | float | bool | None

OPTIMISERS: tuple[str, ...] = get_args(OptimiserName)
SCHEDULES: tuple[str, ...] = get_args(ScheduleName)
RAMPS: tuple[str, ...] = get_args(RampName)
REALS = frozenset({
    "l1_weight", "l1_scale", "learning_rate", "momentum", "epochs", "pruning_threshold", "pruning_sparsity",
    "pruning_begin", "start_density", "start_shrink",
})  # fmt: skip
SEPARATE = frozenset({"madam", "mrmsprop"})
MULTIOBJECTIVE_PROXIMAL = frozenset({"mpg", "mpg-log"})
PROXIMAL = frozenset({"prox-sgd", "prox-adam", "adabreg"})


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightedSum:
    """Descent on ``cross_entropy + l1_weight * l1``."""

    l1_weight: float

    def __post_init__(self) -> None:
        check("l1_weight", self.l1_weight, "finite and not negative", holds=not_negative(self.l1_weight))


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiGradient:
    """Descent along the min-norm combination of both gradients, where l1 enters as ``l1_scale * l1``."""

    l1_scale: float

    def __post_init__(self) -> None:
        check("l1_scale", self.l1_scale, "finite and positive", holds=positive(self.l1_scale))


@dataclass(frozen=True, kw_only=True, slots=True)
class FromScratch:
    """The task's own initialisation under the recipe's seed.

    Attributes:
        density: Share of each penalised parameter's entries that stay, drawn at random; the others start at zero, and
            those that stay are enlarged so that a layer's outputs keep their variance.
    """

    density: float = 1.0

    def __post_init__(self) -> None:
        check("start_density", self.density, "in (0, 1]", holds=positive(self.density) and self.density <= 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmStart:
    """The weights that the trial with this key ended with.

    Attributes:
        trial: The key.
        optimiser: Whether its optimiser state is taken over too.
        shrink: How far every penalised weight is first moved toward zero: a soft threshold.
    """

    trial: str
    optimiser: bool = False
    shrink: float = 0.0

    def __post_init__(self) -> None:
        check("start_trial", self.trial, "a trial's key", holds=isinstance(self.trial, str))
        check("start_shrink", self.shrink, "finite and not negative", holds=not_negative(self.shrink))


@dataclass(frozen=True, kw_only=True, slots=True)
class Offspring:
    """A cross of the weights that two trials, named by key, ended with, mutated and not trained any further.

    Its recipe's epochs are what the evaluation is charged.
    """

    trial: str
    other: str


Descent = WeightedSum | MultiGradient
Start = FromScratch | WarmStart | Offspring
STARTS: Mapping[str, type[Start]] = {"scratch": FromScratch, "warm": WarmStart, "offspring": Offspring}
START_FIELDS = ("density", "trial", "other", "optimiser", "shrink")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pruning:
    """Intra-training pruning: penalised weights not above the threshold become zero, now and then.

    Attributes:
        threshold: Absolute value up to which a weight is cut.
        sparsity: Share of all penalised weights that are to be zero at the end, the smallest of all layers first; 0
            leaves it to the threshold.
        straight_through: Whether the weights below the rising sparsity's quantile are only left out where the network
            is evaluated and go on being trained, as in ST-3; the others are shrunk by the quantile and rescaled.
            ``threshold``, ``relative``, ``every`` and ``regrow`` then have no effect.
        relative: Whether the threshold is in units of the layer's root-mean-square weight.
        begin: When pruning begins, in epochs.
        every: Steps between two cuts.
        ramp: How threshold and sparsity rise from ``begin`` to the end of the training.
        regrow: Whether a weight may come back that a cut found zero or made so; one that becomes zero between two cuts
            may until the next.
    """

    threshold: float = 0.0
    sparsity: float = 0.0
    straight_through: bool = False
    relative: bool = False
    begin: float = 0.0
    every: int = 1
    ramp: RampName = "constant"
    regrow: bool = True

    def __post_init__(self) -> None:
        check("pruning_threshold", self.threshold, "finite and not negative", holds=not_negative(self.threshold))
        check("pruning_sparsity", self.sparsity, "in [0, 1)", holds=below_one(self.sparsity))
        check("pruning_begin", self.begin, "finite and not negative", holds=not_negative(self.begin))
        check("pruning_every", self.every, "a whole number, at least 1", holds=whole(self.every) and self.every >= 1)
        for name in ("straight_through", "relative", "regrow"):
            value = getattr(self, name)
            check(f"pruning_{name}", value, "true or false", holds=isinstance(value, bool))
        aimless = self.straight_through and self.sparsity == 0
        check("pruning_straight_through", self.straight_through, "used with a `pruning_sparsity`", holds=not aimless)
        check("pruning_ramp", self.ramp, f"one of {', '.join(RAMPS)}", holds=self.ramp in RAMPS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """The input of one training.

    Attributes:
        descent: How the two objectives become one direction.
        optimiser: What turns directions into steps. ``madam`` and ``mrmsprop`` precondition each objective by itself
            and need a multi-gradient descent, as do the multiobjective proximal gradients ``mpg`` and ``mpg-log``; the
            ``prox-`` ones and ``adabreg`` treat l1 by its proximal map and need a weighted sum.
        learning_rate: Step size at the start.
        learning_rate_schedule: How the step size falls over the training.
        momentum: Heavy-ball momentum of ``sgd`` and ``prox-sgd``; the others ignore it.
        batch_size: Examples in a step.
        epochs: Passes over the training split, fractions allowed; trained is the nearest whole number of steps.
        pruning: Intra-training pruning.
        start: Where the weights come from.
        seed: Root of every random draw of the training.

    Raises:
        ValueError: When a field lies outside its range or two fields do not go together.
    """

    descent: Descent = WeightedSum(l1_weight=1e-4)
    optimiser: OptimiserName = "prox-adam"
    learning_rate: float = 2e-3
    learning_rate_schedule: ScheduleName = "cosine"
    momentum: float = 0.9
    batch_size: int = 128
    epochs: float = 1.0
    pruning: Pruning = Pruning()
    start: Start = FromScratch()
    seed: int = 0

    def __post_init__(self) -> None:
        check("descent", self.descent, "`WeightedSum` or `MultiGradient`", holds=isinstance(self.descent, Descent))
        check("pruning", self.pruning, "`Pruning`", holds=isinstance(self.pruning, Pruning))
        check("start", self.start, "`FromScratch`, `WarmStart` or `Offspring`", holds=isinstance(self.start, Start))
        check("optimiser", self.optimiser, f"one of {', '.join(OPTIMISERS)}", holds=self.optimiser in OPTIMISERS)
        check("learning_rate", self.learning_rate, "finite and positive", holds=positive(self.learning_rate))
        schedule = self.learning_rate_schedule
        check("learning_rate_schedule", schedule, f"one of {', '.join(SCHEDULES)}", holds=schedule in SCHEDULES)
        check("momentum", self.momentum, "in [0, 1)", holds=below_one(self.momentum))
        check("batch_size", size := self.batch_size, "a whole number, at least 1", holds=whole(size) and size >= 1)
        check("epochs", self.epochs, "finite and positive", holds=positive(self.epochs))
        begin = self.pruning.begin
        check("pruning_begin", begin, f"at most the training's epochs = {self.epochs:g}", holds=begin <= self.epochs)
        check("seed", self.seed, "a whole number in [0, 2**63)", holds=whole(self.seed) and 0 <= self.seed < 2**63)
        self._check_descent()

    def _check_descent(self) -> None:
        multi = isinstance(self.descent, MultiGradient)
        if self.optimiser in SEPARATE | MULTIOBJECTIVE_PROXIMAL:
            check("optimiser", self.optimiser, "used with a multi-gradient descent", holds=multi)
        if self.optimiser in PROXIMAL:
            check("optimiser", self.optimiser, "used with a weighted-sum descent", holds=not multi)

    def fields(self) -> dict[str, Field]:
        """The recipe as flat scalars: the columns of trials.csv, the ledger's record, and what the key hashes."""
        flat = {
            "descent": "weighted-sum" if isinstance(self.descent, WeightedSum) else "multi-gradient",
            "l1_weight": getattr(self.descent, "l1_weight", None),
            "l1_scale": getattr(self.descent, "l1_scale", None),
            **{name: getattr(self, name) for name in _OWN},
            **{f"pruning_{name}": getattr(self.pruning, name) for name in _PRUNING},
            "start": next(name for name, kind in STARTS.items() if isinstance(self.start, kind)),
            **{f"start_{name}": getattr(self.start, name, None) for name in START_FIELDS},
        }
        # 2 and 2.0 are one number but two JSON texts, and the key hashes the text.
        return {name: float(value) if name in REALS and value is not None else value for name, value in flat.items()}

    @classmethod
    def of_fields(cls, flat: Mapping[str, Any]) -> Self:
        """The recipe whose :meth:`fields` are ``flat``.

        Raises:
            ValueError: As the constructor does.
            KeyError: When a field is missing.
        """
        prefix = "pruning_"
        pruning = {name.removeprefix(prefix): value for name, value in flat.items() if name.startswith(prefix)}
        own = {name: flat[name] for name in _OWN}
        descent: Descent = (
            WeightedSum(l1_weight=flat["l1_weight"])
            if flat["descent"] == "weighted-sum"
            else MultiGradient(l1_scale=flat["l1_scale"])
        )
        kind = STARTS[flat["start"]]
        start = kind(**{field.name: flat[f"start_{field.name}"] for field in fields(kind)})
        return cls(descent=descent, pruning=Pruning(**pruning), start=start, **own)

    @property
    def parents(self) -> tuple[str, ...]:
        """The keys of the trials whose weights this training starts from."""
        keys = (getattr(self.start, name, None) for name in ("trial", "other"))
        return tuple(key for key in keys if key is not None)

    def key(self, fingerprint: str) -> str:
        """The content address of this training on the task with this fingerprint: 32 hexadecimal digits.

        A warm start names its parent's key, so the key pins the whole lineage.
        """
        text = json.dumps([fingerprint, self.fields()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


_OWN = tuple(field.name for field in fields(Recipe) if field.name not in {"descent", "pruning", "start"})
_PRUNING = tuple(field.name for field in fields(Pruning))
