"""The tables of a study file but `[task]`, with the type, the allowed values and the default of every key."""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, PlainSerializer, PlainValidator, Tag, model_validator

from frontsearch.measures import Complexity, Direction
from frontsearch.names import CROSS_ENTROPY, OptimiserName, RampName, ScheduleName
from frontsearch.space import Choice, Range
from frontsearch.study.config.numbers import Count, NotNegative, Positive
from frontsearch.study.config.table import Objective, Table
from frontsearch.target import Target

LEAST_RATIO = 1.01  # of the ends of a log box, which is divided by its logarithm
Scalar = bool | int | float | str
Conditions = dict[str, list[Scalar]]


def renamed(table: Any, earlier: str, name: str) -> Any:  # noqa: ANN401 - any TOML value
    """A table of an earlier version with the present name of one of its keys."""
    if not isinstance(table, dict) or name in table:
        return table
    return {name if key == earlier else key: value for key, value in table.items()}


class MeasuresTable(Table):
    """What a task measures, written to resolved study files so that results can be read without the task.

    Attributes:
        objective: Split whose loss is minimised.
        trained: Whether the task's network was trained before, so that it is on the front at no cost.
        loss: What people call the loss.
        complexity: The norm of the penalised weights.
        metrics: Figures beside the loss, by name, and whether less or more of each is better.
    """

    objective: Objective
    trained: bool = False
    loss: str
    complexity: Complexity = "l1"
    metrics: dict[str, Direction]


class InputsTable(Table):
    """The columns of a task's inputs, written to resolved study files so that pickers can name those in use.

    Attributes:
        weights: Names of the weights that read the columns.
        feature_names: Names of the columns, if they have any.
    """

    weights: tuple[str, ...]
    feature_names: tuple[str, ...] | None = None


class TrainingTable(Table):
    """The recipe of a training, where its method does not change it; keys are the fields of a recipe, and a deadline.

    None is derived from the task.

    Attributes:
        deadline: Seconds after which a training counts as hanging; it is no part of a recipe. None learns it from the
            study's trainings.
    """

    epochs: Positive
    optimiser: OptimiserName = "prox-adam"
    learning_rate: Positive = 2e-3
    learning_rate_schedule: ScheduleName = "cosine"
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    batch_size: Count | None = None
    pruning_threshold: NotNegative = 0.0
    pruning_sparsity: Annotated[float, Field(ge=0, lt=1)] = 0.0
    pruning_straight_through: bool = False
    pruning_relative: bool = False
    pruning_begin: NotNegative = 0.0
    pruning_every: Count = 1
    pruning_ramp: RampName = "constant"
    pruning_regrow: bool | None = None
    deadline: Positive | None = None


class RangeTable(Table):
    """An entry of the search space: numbers between two bounds."""

    low: float
    high: float
    log: bool = False
    integer: bool = False
    only_if: Conditions | None = None

    def entry(self) -> Range:
        """The entry as the search space has it."""
        return Range(**self.model_dump())


class ChoiceTable(Table):
    """An entry of the search space: one of several values."""

    options: list[Scalar]
    only_if: Conditions | None = None

    def entry(self) -> Choice:
        """The entry as the search space has it."""
        return Choice(**self.model_dump())


def _kind(value: Any) -> str:  # noqa: ANN401 - any TOML value
    keys = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return "choice" if "options" in keys else "range"


EntryTable = Annotated[
    Annotated[RangeTable, Tag("range")] | Annotated[ChoiceTable, Tag("choice")], Discriminator(_kind)
]


TargetTable = Annotated[Target, PlainValidator(Target.of), PlainSerializer(Target.as_mapping)]


class LogBoxTable(Table):
    """The box of the hypervolume on log10 axes: smallest and largest value of each objective."""

    loss: tuple[Positive, Positive]
    l1: tuple[Positive, Positive]

    @model_validator(mode="before")
    @classmethod
    def _take_earlier_name(cls, table: Any) -> Any:  # noqa: ANN401 - any TOML value
        return renamed(table, CROSS_ENTROPY, "loss")

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, (low, high) in {"loss": self.loss, "l1": self.l1}.items():
            if low * LEAST_RATIO > high:
                raise ValueError(
                    f"`{name}` must be the smallest and the largest, in this order, which is at least {LEAST_RATIO:g} "
                    f"times the smallest; found {[low, high]}."
                )
        return self
