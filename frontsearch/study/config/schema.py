"""What a study file says, frozen and validated."""

import math
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from frontsearch.errors import allowed
from frontsearch.methods import METHODS, Debias, Debiased, Generational, Method, without_debiasing
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Space
from frontsearch.study.config.complaints import complaint, rule
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
L1_WEIGHT: TypeAdapter[float] = TypeAdapter(NotNegative)  # which is no key of [training]
Options = TypeVar("Options")
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"  # becomes a folder and part of a study's name in the storage


class StudyConfig(Table):
    """A study: a task, what a training is, what is searched, by which methods, under which budget.

    Attributes:
        name: The study's name.
        description: A sentence for people.
        epochs: Each method's budget per repeat.
        repeats: Runs of each method, each with seeds of its own.
        seed: Root of all seeds.
        reference_point: Hypervolume's corner (cross entropy, l1); None asks the task.
        exact: Whether the exact front is drawn and held against; the task must be convex.
        published: A CSV file of published points, beside the study file.
        log_box: Box of the hypervolume on log axes; None is derived from the reference point.
        l1_weights: Least and greatest l1 weight, for the methods that choose it themselves.
        task: Name and options of the task.
        training: What every training has unless its method says otherwise.
        space: What hyperparameter searches vary.
        methods: Options by method name; the methods that run, in this order.
        fingerprint: Of the task, noted in resolved files so that a changed data set does not pass unnoticed.
        seed_from: A former run, whose trials are the first population of the methods that take one. They cost no
            epochs and are no points of the report, which is of what this study trained.
    """

    name: str = Field(pattern=NAME)
    description: str = ""
    epochs: Positive
    repeats: Count = 1
    seed: int = Field(default=1, ge=0, lt=2**63)
    reference_point: tuple[Positive, Positive] | None = None
    exact: bool = False
    published: Path | None = None
    log_box: LogBoxTable | None = None
    l1_weights: tuple[Positive, Positive]
    fingerprint: str | None = None
    seed_from: str | None = None
    task: TaskTable
    training: TrainingTable
    space: dict[str, EntryTable] = Field(default={})
    methods: dict[str, dict[str, Any]]

    @field_validator("space", mode="before")
    @classmethod
    def _lists_are_choices(cls, space: Any) -> Any:  # noqa: ANN401 - whatever the file says
        if not isinstance(space, dict):
            return space
        return {name: {"options": entry} if isinstance(entry, list) else entry for name, entry in space.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_training()
        for name, entry in self.space.items():
            known("key", name, SEARCHABLE, where="[space]")
            self._check_entry(name, entry)
        if self.epochs < self.training.epochs:
            raise ValueError(
                f"`epochs` (--epochs), a method's budget, must pay for one training, which has "
                f"{self.training.epochs:g}; found {self.epochs:g}."
            )
        if self.l1_weights[0] >= self.l1_weights[1]:
            raise ValueError(f"`l1_weights` must be the least and the greatest; found {list(self.l1_weights)}.")
        if not self.methods:
            raise ValueError("[methods] must name at least one method.")
        for name in self.methods:
            self._check_population(name)
        return self

    def _check_population(self, name: str) -> None:
        method, budget = without_debiasing(self.method(name)), self._searched(name)
        if not isinstance(method, Generational):
            return
        length = getattr(method, "first_epochs", self.training.epochs)  # a method may begin with shorter ones
        paid = int(budget / length + 1e-9)
        if method.population > paid:
            raise ValueError(
                f"[methods.{name}] `population` = {method.population} must be at most the {paid} trainings that the "
                f"budget, `epochs` (--epochs) = {self.epochs:g}, pays for."
            )

    def _searched(self, name: str) -> float:
        """The budget that a method searches with, before its front is debiased."""
        method = self.method(name)
        budget = self.epochs * (1 - method.options.share) if isinstance(method, Debiased) else self.epochs
        if budget < self.training.epochs:
            raise ValueError(
                f"[methods.{name}] `debias` must leave the search enough for one training, which has "
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
        for value in entry.options if isinstance(entry, ChoiceTable) else _samples(entry):
            self._check_value(name, value)

    def _check_value(self, name: str, value: object) -> None:
        """Holds a value of the space against what [training] takes under the same key."""
        try:  # strictly, as a recipe gets the value itself and not what it might be converted to
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
        """The from-scratch training that [training] describes, at the least l1 weight."""
        flat = Recipe(descent=WeightedSum(l1_weight=self.l1_weights[0])).fields() | self.training.model_dump()
        return Recipe.of_fields(flat)

    def search_space(self) -> Space:
        """[space] as hyperparameter searches take it."""
        return Space({name: entry.entry() for name, entry in self.space.items()})

    def method(self, name: str) -> Method:
        """A method with its options.

        Raises:
            ValueError: When the method or one of its options is unknown, or an option out of range.
        """
        known("method", name, METHODS, where="[methods]")
        options = dict(self.methods[name])
        debias = options.pop("debias", None)
        method = _options(METHODS[name], options, where=("methods", name))
        if debias is None:
            return method
        return Debiased(method=method, options=_options(Debias, debias, where=("methods", name, "debias")))


def _options(kind: type[Options], options: object, *, where: tuple[str, ...]) -> Options:
    """The options of this kind that a table gives."""
    names = {field.name for field in fields(cast("Any", kind))} | ({"debias"} if len(where) == 2 else set())
    for option in options if isinstance(options, dict) else ():
        known("key", option, names, where=f"[{'.'.join(where)}]")
    try:
        return TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        raise ValueError(complaint(error.errors()[0], within=where)) from error


def _samples(entry: RangeTable) -> tuple[float, ...]:
    """The bounds as they are drawn, after a number between them that is not whole where such may be drawn."""
    if entry.integer:
        return int(entry.low), int(entry.high)
    return entry.low + (math.sqrt(2) - 1) * (entry.high - entry.low), entry.low, entry.high


def known(kind: str, found: str, names: Iterable[str], *, where: str) -> None:
    """Raises a ValueError that suggests the nearest name, unless ``found`` is one of ``names``."""
    if found not in (choices := set(names)):
        raise ValueError(f"unknown {kind} {found!r} in {where}: {allowed(found, choices)}")
