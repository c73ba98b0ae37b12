"""``Measures``: the loss of a task and the metrics beside it, by the names that people read and files have."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Final, Literal

from frontsearch.errors import one_line
from frontsearch.names import (
    CERTIFICATE,
    CROSS_ENTROPY,
    EPOCHS_SPENT,
    ERROR,
    GROUP_L1,
    KEY,
    L1,
    METHOD,
    MULTIPLY_ADDS,
    NONZEROS,
    REPEAT,
    SECONDS_SPENT,
    SPARSITY,
    UNITS,
    on_split,
)

Direction = Literal["minimise", "maximise"]
Complexity = Literal["l1", "group-l1"]
CROSS_ENTROPIES: Final = frozenset({"cross entropy", "binary cross entropy", "negative log-likelihood"})  # in nats


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A loss or a metric of a network on a split.

    Attributes:
        key: Its name in files, such as ``mean_squared_error``.
        label: What people call it, such as ``mean squared error``.
        unit: Its unit for people; empty for a plain number. A value in ``%`` is a share.
        maximise: Whether more is better.
    """

    key: str
    label: str
    unit: str = ""
    maximise: bool = False

    @property
    def title(self) -> str:
        """The label with a capital letter."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def factor(self) -> float:
        """Converts a value to the unit."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def gap_unit(self) -> str:
        """Unit of the difference of two values."""
        return "percentage points" if self.unit == "%" else self.unit

    def gap_text(self, gap: float) -> str:
        """A difference of two values for people, such as ``0.5 percentage points``."""
        return f"{self.factor * gap:.10g} {self.gap_unit}".strip()

    @property
    def best(self) -> str:
        """Which value is the best one, ``lowest`` or ``highest``."""
        return "highest" if self.maximise else "lowest"

    def on(self, split: str) -> str:
        """Its name in files on one split, such as ``validation_error``."""
        return on_split(split, self.key)

    def known(self, metrics: Mapping[str, float]) -> bool:
        """Whether these metrics of a network have a finite value on the validation split."""
        return isfinite(metrics.get(self.on("validation"), nan))

    def cost(self, metrics: Mapping[str, float]) -> float:
        """The value on the validation split as a number of which less is better."""
        value = metrics[self.on("validation")]
        return -value if self.maximise else value

    def with_unit(self, text: str) -> str:
        """A title with the unit in brackets, if there is one."""
        return f"{text} ({self.unit})" if self.unit else text

    def text(self, value: float, digits: str = ".4f") -> str:
        """A value for people; ``digits`` formats what is no share."""
        if not isfinite(value):
            return "undefined"
        return f"{100 * value:.2f} %" if self.unit == "%" else format(value, digits)


L1_NORM: Final = Measure(key=L1, label="l1")
GROUP_L1_NORM: Final = Measure(key=GROUP_L1, label="group l1")
NONZERO_WEIGHTS: Final = Measure(key=NONZEROS, label=NONZEROS)
UNITS_LEFT: Final = Measure(key=UNITS, label=UNITS)
MULTIPLICATIONS: Final = Measure(key=MULTIPLY_ADDS, label="multiply-adds")
SIZES: Final[Mapping[str, Measure]] = {size.key: size for size in (NONZERO_WEIGHTS, UNITS_LEFT, MULTIPLICATIONS)}
FILE_BYTES: Final = Measure(key="bytes", label="file bytes")
CALL_TIME: Final = Measure(key="microseconds", label="microseconds a call")
BENCHMARKED: Final[Mapping[str, Measure]] = {measure.key: measure for measure in (FILE_BYTES, CALL_TIME)}
COMPLEXITIES: Final[Mapping[Complexity, Measure]] = {"l1": L1_NORM, "group-l1": GROUP_L1_NORM}
# What each complexity is to make small.
SIZES_BY_COMPLEXITY: Final[Mapping[Complexity, tuple[Measure, ...]]] = {
    "l1": (NONZERO_WEIGHTS,), "group-l1": (MULTIPLICATIONS, UNITS_LEFT),
}  # fmt: skip
LOSS: Final = Measure(key=CROSS_ENTROPY, label="cross entropy", unit="nats per example")
ERROR_RATE: Final = Measure(key=ERROR, label="error", unit="%")


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """What a study measures.

    Attributes:
        objective: Split whose loss is minimised.
        loss: The loss.
        complexity: The norm of the penalised weights that is minimised beside it.
        metrics: The metrics beside it. The first one, or the loss if there is none, makes the second front with
            the size, and another front with each further size.
        sizes: The sizes on these fronts, which the complexity is to make small. The first one is that of the second
            front, and by it the smallest of several good networks is picked.
    """

    objective: str = "validation"
    loss: Measure = LOSS
    complexity: Measure = L1_NORM
    metrics: tuple[Measure, ...] = (ERROR_RATE,)
    sizes: tuple[Measure, ...] = (NONZERO_WEIGHTS,)

    @classmethod
    def of_names(
        cls, loss: str, metrics: Mapping[str, Direction], *, objective: str, complexity: Complexity = "l1"
    ) -> "Measures":
        """The measures of these names; an ``error`` that is minimised is a share."""
        return cls(
            objective=objective,
            loss=_loss(loss),
            complexity=COMPLEXITIES[complexity],
            metrics=tuple(_metric(name, direction) for name, direction in metrics.items()),
            sizes=SIZES_BY_COMPLEXITY[complexity],
        )

    def with_sizes_of(self, recorded: AbstractSet[str]) -> "Measures":
        """The measures with nonzeros as their size if trials recorded metrics, but not these sizes."""
        known = not recorded or {size.key for size in self.sizes} <= recorded
        return self if known else replace(self, sizes=(NONZERO_WEIGHTS,))

    @property
    def objectives(self) -> tuple[str, str]:
        """Names of both objectives in files."""
        return self.loss.key, self.complexity.key

    def objectives_text(self, values: tuple[float, float]) -> str:
        """Both objectives of a network for people."""
        return f"{self.loss.label} {values[0]:.4f}, {self.complexity.label} {values[1]:.5g}"

    @property
    def metric(self) -> Measure | None:
        """The first metric, by which networks are picked; None if there is none."""
        return self.metrics[0] if self.metrics else None

    @property
    def size(self) -> Measure:
        """The size on the second front."""
        return self.sizes[0]

    @property
    def listed_sizes(self) -> tuple[Measure, ...]:
        """The sizes that tables and texts have of a network: nonzeros, and those on the fronts."""
        return tuple(size for size in SIZES.values() if size == NONZERO_WEIGHTS or size in self.sizes)

    @property
    def smallest(self) -> str:
        """What people call the smallest network of several."""
        return "sparsest network" if self.size == NONZERO_WEIGHTS else f"network of fewest {self.size.label}"

    @property
    def criterion(self) -> Measure:
        """What networks are picked by: the first metric, or the loss where there is none."""
        return self.metric or self.loss

    @property
    def all(self) -> tuple[Measure, ...]:
        """The loss and the metrics."""
        return (self.loss, *self.metrics)

    @property
    def columns(self) -> dict[str, Measure]:
        """Columns with metrics in files of fronts; with cross entropy, the error has its own even if it is unknown."""
        metrics = self.metrics if self.loss != LOSS else tuple(dict.fromkeys((*self.metrics, ERROR_RATE)))
        on_validation = {metric.on("validation"): metric for metric in metrics}
        return on_validation | {measure.on("test"): measure for measure in (self.loss, *metrics)}

    @property
    def front_columns(self) -> tuple[str, ...]:
        """All columns of files of fronts."""
        return (
            METHOD, REPEAT, KEY, *self.objectives, NONZEROS, SPARSITY, *self.columns,
            EPOCHS_SPENT, SECONDS_SPENT, CERTIFICATE, UNITS, MULTIPLY_ADDS,
        )  # fmt: skip


def _loss(label: str) -> Measure:
    key = "".join(letter if letter.isalnum() else "_" for letter in label)
    return Measure(key=key, label=label, unit=LOSS.unit if label in CROSS_ENTROPIES else "")


def _metric(name: str, direction: Direction) -> Measure:
    if name == ERROR and direction == "minimise":
        return ERROR_RATE
    return Measure(key=name, label=one_line(name.replace("_", " ")), maximise=direction == "maximise")


CLASSIFICATION: Final = Measures()
