"""``StudyConfig``: the content of a study file, validated and frozen."""

import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from frontsearch.errors import allowed_names
from frontsearch.methods import METHODS, Debias, Debiased, Generational, Method, without_debiasing
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Space
from frontsearch.study.config.error_messages import error_message, rule
from frontsearch.study.config.tables import (
    ChoiceTable,
    Count,
    EntryTable,
    LogBoxTable,
    NotNegative,
    Positive,
    RangeTable,
    Table,
    TaskTable,
    TrainingTable,
)

SEARCHABLE = frozenset({"l1_weight", *TrainingTable.model_fields} - {"epochs"})
L1_WEIGHT: TypeAdapter[float] = TypeAdapter(NotNegative)  # [training] has no such key
Options = TypeVar("Options")
AFFORDABLE_TRAININGS = 20  # for which the budget pays by default: one generation of the evolutionary searches
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"  # a name becomes a folder and a part of names in the storage


class StudyConfig(Table):
    """A study: the task, the standard training, the search space, and the methods with their budget.

    Attributes:
        name: Name of the study.
        description: A sentence for people.
        epochs: Budget of each method and repeat, in epochs.
        repeats: Number of runs of each method, each with its own seed.
        seed: Seed from which the seeds of all runs are derived.
        reference_point: Hypervolume reference point ``(cross_entropy, l1)``; None is derived from the task.
        exact: Whether to compare with the exact front; the task must be convex.
        published: Path of a CSV file with published points, beside the study file.
        log_box: Box of the hypervolume on log axes; None is derived from the reference point.
        l1_weights: Smallest and largest l1 weight for methods that choose it themselves; None is derived from the task.
        task: Name and options of the task.
        training: Recipe of a training, where its method does not change it. Without ``epochs``, a training takes a
            twentieth of the budget.
        space: Search space of the hyperparameter searches; an empty one is derived.
        methods: Options of each method by name; these methods are run, in this order.
        fingerprint: Fingerprint of the task, written to resolved study files so that changed data is noticed.
        seed_from: Path of an earlier run; its trials are the first population of methods that accept one. They are not
            charged to the budget and not reported.
    """

    name: str = Field(pattern=NAME_PATTERN)
    description: str = ""
    epochs: Positive
    repeats: Count = 1
    seed: int = Field(default=1, ge=0, lt=2**63)
    reference_point: tuple[Positive, Positive] | None = None
    exact: bool = False
    published: Path | None = None
    log_box: LogBoxTable | None = None
    l1_weights: tuple[Positive, Positive] | None = None
    fingerprint: str | None = None
    seed_from: str | None = None
    task: TaskTable
    training: TrainingTable
    space: dict[str, EntryTable] = Field(default={})
    methods: dict[str, dict[str, Any]]

    @model_validator(mode="before")
    @classmethod
    def _trainings_fit_the_budget(cls, content: Any) -> Any:  # noqa: ANN401 - any TOML value
        budget, training = content.get("epochs"), content.get("training", {})
        if isinstance(budget, int | float) and isinstance(training, dict):
            return {**content, "training": {"epochs": budget / AFFORDABLE_TRAININGS, **training}}
        return content

    @field_validator("space", mode="before")
    @classmethod
    def _lists_are_choices(cls, space: Any) -> Any:  # noqa: ANN401 - any TOML value
        if not isinstance(space, dict):
            return space
        return {name: {"options": entry} if isinstance(entry, list) else entry for name, entry in space.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_training()
        for name, entry in self.space.items():
            check_known("key", name, SEARCHABLE, where="[space]")
            self._check_entry(name, entry)
        if self.epochs < self.training.epochs:
            raise ValueError(
                f"`epochs` (--epochs), a method's budget, must pay for one training of "
                f"{self.training.epochs:g} epochs; found {self.epochs:g}."
            )
        if self.l1_weights and self.l1_weights[0] >= self.l1_weights[1]:
            raise ValueError(
                f"`l1_weights` must be the smallest and the largest, in this order; found {list(self.l1_weights)}."
            )
        if not self.methods:
            raise ValueError("[methods] must name at least one method.")
        for name in self.methods:
            self._check_population(name)
        return self

    def _check_population(self, name: str) -> None:
        method, budget = without_debiasing(self.method(name)), self._search_budget(name)
        if not isinstance(method, Generational):
            return
        length = getattr(method, "first_epochs", self.training.epochs)  # some methods begin with shorter trainings
        affordable = int(budget / length + 1e-9)
        if method.population > affordable:
            raise ValueError(
                f"[methods.{name}] `population` = {method.population} must be at most the {affordable} trainings that "
                f"the budget, `epochs` (--epochs) = {self.epochs:g}, pays for."
            )

    def _search_budget(self, name: str) -> float:
        """Epochs that a method may spend on its search; the rest of the budget is for debiasing its front."""
        method = self.method(name)
        budget = self.epochs * (1 - method.options.share) if isinstance(method, Debiased) else self.epochs
        if budget < self.training.epochs:
            raise ValueError(
                f"[methods.{name}] `debias` must leave enough of the budget for one training of "
                f"{self.training.epochs:g} epochs; found {budget:g} of {self.epochs:g}."
            )
        return budget

    def _check_training(self) -> None:
        try:
            self.template()
        except ValueError as error:
            raise ValueError(f"[training] {error}") from error

    def _check_entry(self, name: str, entry: ChoiceTable | RangeTable) -> None:
        try:
            entry.entry()
        except ValueError as error:
            raise ValueError(f"[space] {name}: {error}") from error
        before = list(self.space)[: list(self.space).index(name)]
        for condition in entry.only_if or ():
            if condition not in before:
                raise ValueError(
                    f"`only_if` of {name!r} in [space] must name keys that come before it; found {condition!r}."
                )
        for value in entry.options if isinstance(entry, ChoiceTable) else _sample_values(entry):
            self._check_value(name, value)

    def _check_value(self, name: str, value: object) -> None:
        """Checks that [training] would accept a value of the space under the same key."""
        try:  # strictly, as the recipe gets the value itself, without pydantic's conversions
            if name == "l1_weight":
                L1_WEIGHT.validate_python(value, strict=True)
            else:
                TrainingTable.model_validate({**self.training.model_dump(), name: value}, strict=True)
        except ValidationError as error:
            raise ValueError(f"every value of {name!r} in [space] must be {rule(error.errors()[0])}.") from error
        try:
            Recipe.of_fields({**self.template().fields(), name: value})
        except ValueError as error:
            raise ValueError(f"[space] {name}: {error}") from error

    def template(self) -> Recipe:
        """The recipe that [training] describes: from scratch, with the smallest l1 weight."""
        descent = WeightedSum(l1_weight=self.l1_weights[0]) if self.l1_weights else WeightedSum(l1_weight=0.0)
        return Recipe.of_fields(Recipe(descent=descent).fields() | self.training.model_dump(exclude_none=True))

    def search_space(self) -> Space:
        """The search space of the hyperparameter searches."""
        return Space({name: entry.entry() for name, entry in self.space.items()})

    def method(self, name: str) -> Method:
        """The method of this name, with its options from the study file.

        Raises:
            ValueError: When the method or one of its options is unknown, or the value of an option is invalid.
        """
        check_known("method", name, METHODS, where="[methods]")
        options = dict(self.methods[name])
        debias = options.pop("debias", None)
        method = _parse_options(METHODS[name], options, where=("methods", name))
        if debias is None:
            return method
        return Debiased(method=method, options=_parse_options(Debias, debias, where=("methods", name, "debias")))


def _parse_options(kind: type[Options], options: object, *, where: tuple[str, ...]) -> Options:
    """Builds an options dataclass from a table of the study file.

    Args:
        kind: Class of the options.
        options: Content of the table.
        where: Names of the table and of those around it.

    Raises:
        ValueError: When an option is unknown or its value is invalid.
    """
    names = {field.name for field in fields(cast("Any", kind))} | ({"debias"} if len(where) == 2 else set())
    for option in options if isinstance(options, dict) else ():
        check_known("key", option, names, where=f"[{'.'.join(where)}]")
    try:
        return TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        raise ValueError(error_message(error.errors()[0], within=where)) from error


def _sample_values(entry: RangeTable) -> tuple[float, ...]:
    """Values of a range to check: its bounds and, unless it is of integers, a fractional number between them."""
    if entry.integer:
        return int(entry.low), int(entry.high)
    return entry.low + (math.sqrt(2) - 1) * (entry.high - entry.low), entry.low, entry.high


def check_known(kind: str, found: str, names: Iterable[str], *, where: str) -> None:
    """Raises a ValueError that suggests the most similar of ``names`` unless ``found`` is one of them."""
    if found not in (choices := set(names)):
        raise ValueError(f"unknown {kind} {found!r} in {where}: {allowed_names(found, choices)}")
