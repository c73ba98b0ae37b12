"""``Recipe``: all inputs that decide the outcome of one training, validated and hashed to a key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Self

from frontsearch.errors import check, check_one_of, check_positive, is_below_one, is_count, is_integer, is_positive
from frontsearch.names import OPTIMISERS, RAMPS, SCHEDULES, UNFIT_OPTIMISERS, OptimiserName, RampName, ScheduleName

Field = str | int | float | bool | None

_REALS = frozenset({
    "l1_weight", "l1_scale", "learning_rate", "momentum", "epochs", "pruning_threshold", "pruning_sparsity",
    "pruning_begin", "start_density", "start_shrink",
})  # fmt: skip
TRAINER = 9  # version of the trainer, which rises where recipes give other bits than before
COUNT = "a whole number, at least 1 and below 2**31"


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightedSum:
    """Minimises ``cross_entropy + l1_weight * l1``."""

    l1_weight: float

    def __post_init__(self) -> None:
        check_positive(l1_weight=self.l1_weight, or_zero=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class MultiGradient:
    """Descends along the min-norm convex combination of the gradients of cross entropy and ``l1_scale * l1``."""

    l1_scale: float

    def __post_init__(self) -> None:
        check_positive(l1_scale=self.l1_scale)


@dataclass(frozen=True, kw_only=True, slots=True)
class UPGrad(MultiGradient):
    """Descends along the mean of both gradients, each projected onto the other where they conflict [Quinton2024]_.

    A larger ``l1_scale`` gives more weight to l1.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class FromScratch:
    """Starts from the task's own initialisation, drawn with the recipe's seed.

    Attributes:
        density: Share of each penalised parameter's entries, drawn at random, that do not start at zero. They are
            scaled up so that the variance of a layer's outputs is kept.
    """

    density: float = 1.0

    def __post_init__(self) -> None:
        check("start_density", self.density, "in [1e-30, 1]", holds=is_positive(self.density) and self.density <= 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class WarmStart:
    """Starts from the final weights of an earlier trial.

    Attributes:
        trial: Key of that trial.
        optimiser: Whether to restore its optimiser state too.
        shrink: Soft threshold: how far each penalised weight is first moved toward zero.
    """

    trial: str
    optimiser: bool = False
    shrink: float = 0.0

    def __post_init__(self) -> None:
        check("start_trial", self.trial, "a trial's key", holds=isinstance(self.trial, str))
        check_positive(start_shrink=self.shrink, or_zero=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offspring:
    """Crosses and mutates the final weights of two trials without training; the epochs are the cost charged."""

    trial: str
    other: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Initial:
    """The task's initial network as it is, without training; it costs nothing."""


Descent = WeightedSum | MultiGradient
Start = FromScratch | WarmStart | Offspring | Initial
DESCENTS: Mapping[str, type[Descent]] = {"weighted-sum": WeightedSum, "multi-gradient": MultiGradient, "upgrad": UPGrad}
_DESCENT_NAMES = {kind: name for name, kind in DESCENTS.items()}
STARTS: Mapping[str, type[Start]] = {
    "scratch": FromScratch, "warm": WarmStart, "offspring": Offspring, "initial": Initial,
}  # fmt: skip
NO_START = dict.fromkeys(("start_density", "start_trial", "start_other", "start_optimiser", "start_shrink"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pruning:
    """Pruning while a network trains: every few steps, the smallest penalised weights are set to zero.

    Attributes:
        threshold: Weights of at most this absolute value are set to zero.
        sparsity: Share of zeros among all penalised weights at the end, smallest weights first; 0 means no target.
        straight_through: Whether to prune as ST-3 does: the forward pass leaves out the smallest weights and shrinks
            and rescales the others, while all are trained. Only ``sparsity``, ``begin`` and ``ramp`` then count.
        relative: Whether ``threshold`` is in units of the layer's root-mean-square weight.
        begin: Epoch at which pruning begins.
        every: Steps between prunings.
        ramp: How threshold and sparsity rise from ``begin`` to the end of the training.
        regrow: Whether a weight that is zero after a pruning may become nonzero again.
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
        check_positive(pruning_threshold=self.threshold, or_zero=True)
        check("pruning_sparsity", self.sparsity, "in [0, 1)", holds=is_below_one(self.sparsity))
        check_positive(pruning_begin=self.begin, or_zero=True)
        check("pruning_every", self.every, COUNT, holds=is_count(self.every))
        for name in ("straight_through", "relative", "regrow"):
            check(f"pruning_{name}", value := getattr(self, name), "true or false", holds=isinstance(value, bool))
        targeted = self.sparsity > 0 or not self.straight_through
        check("pruning_straight_through", self.straight_through, "used with a `pruning_sparsity`", holds=targeted)
        check_one_of("pruning_ramp", self.ramp, RAMPS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """The input of one training.

    Attributes:
        descent: How the gradients of the two objectives are combined.
        optimiser: Rule for the steps. ``madam``, ``mrmsprop``, ``mpg``, ``mpg-log`` need a ``MultiGradient`` descent;
            the ``prox-`` optimisers, ``adabreg`` and ``linbreg``, with proximal maps of l1, a ``WeightedSum``.
        learning_rate: Step size at the start.
        learning_rate_schedule: How the step size falls during the training.
        momentum: Heavy-ball momentum of ``sgd``, ``prox-sgd`` and ``linbreg``; other optimisers ignore it.
        batch_size: Examples per step.
        epochs: Passes over the training split; a fraction is rounded to whole steps.
        pruning: Pruning during the training.
        start: Initial weights.
        seed: Root of all random draws of the training.

    Raises:
        ValueError: If a field is outside its range or two fields cannot be combined.

    Examples:
        >>> recipe = Recipe(descent=WeightedSum(l1_weight=1e-3), epochs=2.0)
        >>> recipe.optimiser, recipe.fields()["l1_weight"]
        ('prox-adam', 0.001)
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
        check("descent", self.descent, f"one of {', '.join(DESCENTS)}", holds=isinstance(self.descent, Descent))
        check("pruning", self.pruning, "`Pruning`", holds=isinstance(self.pruning, Pruning))
        check("start", self.start, f"one of {', '.join(STARTS)}", holds=isinstance(self.start, Start))
        check_one_of("optimiser", self.optimiser, OPTIMISERS)
        check_positive(learning_rate=self.learning_rate)
        check_one_of("learning_rate_schedule", self.learning_rate_schedule, SCHEDULES)
        check("momentum", self.momentum, "in [0, 1)", holds=is_below_one(self.momentum))
        check("batch_size", self.batch_size, COUNT, holds=is_count(self.batch_size))
        charged = self.epochs == 0 if isinstance(self.start, Initial) else is_positive(self.epochs)
        check("epochs", self.epochs, "from 1e-30 to 1e30, or 0 for the initial network", holds=charged)
        begin = self.pruning.begin
        check("pruning_begin", begin, f"at most the training's epochs = {self.epochs:g}", holds=begin <= self.epochs)
        check("seed", self.seed, "a whole number in [0, 2**63)", holds=is_integer(self.seed) and 0 <= self.seed < 2**63)
        fitting = [name for name, unfit in UNFIT_OPTIMISERS.items() if self.optimiser not in unfit]
        rule = f"used with a {' or '.join(fitting)} descent"
        check("optimiser", self.optimiser, rule, holds=_DESCENT_NAMES[type(self.descent)] in fitting)
        stuck = self.optimiser == "linbreg" and self.pruning.sparsity and self.descent == WeightedSum(l1_weight=0)
        check("l1_weight", 0, "positive for `linbreg` to reach a sparsity", holds=not stuck)

    def fields(self) -> dict[str, Field]:
        """The recipe as flat scalars: columns of trials.csv, parameters in the storage, and input of the key's hash."""
        start, kind = next(item for item in STARTS.items() if isinstance(self.start, item[1]))
        flat: dict[str, Any] = {
            "descent": _DESCENT_NAMES[type(self.descent)],
            "l1_weight": getattr(self.descent, "l1_weight", None),
            "l1_scale": getattr(self.descent, "l1_scale", None),
            **dict(zip(_PLAIN_FIELDS, _plain_values(self), strict=True)),
            "start": start,
            **NO_START,
            **{field: getattr(self.start, name) for field, name in _START_FIELDS[kind]},
        }
        return flat | {name: float(flat[name]) for name in _REALS if flat[name] is not None}  # a key tells 2 from 2.0

    @classmethod
    def of_fields(cls, flat: Mapping[str, Any]) -> Self:
        """The recipe with these :meth:`fields`.

        Raises:
            ValueError: If the fields make no valid recipe.
            KeyError: If a field is missing.
        """
        for name, kinds in (("descent", DESCENTS), ("start", STARTS)):
            check_one_of(name, flat[name], tuple(kinds))
        pruning = {name: flat[f"pruning_{name}"] for name in _PRUNING}
        factor = DESCENTS[flat["descent"]]
        descent = factor(**{field.name: flat[field.name] for field in fields(factor)})
        kind = STARTS[flat["start"]]
        start = kind(**{name: flat[field] for field, name in _START_FIELDS[kind]})
        return cls(descent=descent, pruning=Pruning(**pruning), start=start, **{name: flat[name] for name in _SCALARS})

    @property
    def parents(self) -> tuple[str, ...]:
        """Keys of the trials whose weights this training starts from."""
        keys = (getattr(self.start, name, None) for name in ("trial", "other"))
        return tuple(key for key in keys if key is not None)

    def key(self, fingerprint: str, *, trainer: int = TRAINER) -> str:
        """A hash, 32 hexadecimal digits, of recipe, task and trainer; a warm start's identifies its whole lineage."""
        version = [trainer] if trainer > 1 else []  # the first one was not named
        text = json.dumps([fingerprint, self.fields(), *version], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


_SCALARS = tuple(field.name for field in fields(Recipe) if field.name not in {"descent", "pruning", "start"})
_PRUNING = tuple(field.name for field in fields(Pruning))
_START_FIELDS = {kind: tuple((f"start_{field.name}", field.name) for field in fields(kind)) for kind in STARTS.values()}
_PLAIN_FIELDS = (*_SCALARS, *(f"pruning_{name}" for name in _PRUNING))
_plain_values = attrgetter(*_SCALARS, *(f"pruning.{name}" for name in _PRUNING))
