"""``StudyConfig``: the content of a study file, validated and frozen."""

from pathlib import Path
from typing import Any, NoReturn, Self

from pydantic import Field, field_validator, model_validator

from frontsearch.errors import inside, is_positive, key, table
from frontsearch.measures import Complexity
from frontsearch.methods import METHODS, AcceptsTarget, Debias, Debiased, Generational, Method, without_debiasing
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Space
from frontsearch.study.config.method_options import MOST, check_known, lengths, parse_options
from frontsearch.study.config.numbers import Count, Finite, Positive, ReferencePoint, Seed
from frontsearch.study.config.table import Table
from frontsearch.study.config.tables import (
    EntryTable,
    InputsTable,
    LogBoxTable,
    MeasuresTable,
    TargetTable,
    TrainingTable,
    renamed,
)
from frontsearch.study.config.task_tables import PythonTask, TaskTable

SEARCHABLE = frozenset({"l1_weight", *TrainingTable.model_fields} - {"epochs", "deadline"})
AFFORDABLE_TRAININGS = 20  # for which the budget pays by default: one generation of the evolutionary searches
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"  # a name becomes a folder and a part of names in the storage


class StudyConfig(Table):
    """A study: the task, the standard training, the search space, and the methods with their budget.

    Attributes:
        name: Name of the study.
        description: A sentence for people.
        epochs: Budget of each method and repeat, in epochs.
        complexity: ``l1`` or ``group-l1``; None is that of the task, which is ``l1`` where nobody says otherwise.
        repeats: Number of runs of each method, each with its own seed.
        seed: Seed from which the seeds of all runs are derived.
        reference_point: Hypervolume reference point ``(loss, l1)``; None is derived from the task.
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
        start: Path of a safetensors file with the state dict of a trained network, from which trainings start.
        module_folder: Folder in which the module of a task's ``factory`` is looked for first: the study file's.
        measures: What the task measures, written to resolved study files.
        inputs: The columns of the task's inputs, written to resolved study files; None unless networks read a table.
        chance_loss: Least validation loss of guessing without the inputs, written to resolved study files so that dead
            networks are known without the data; None if it is unknown.
        chance_error: Least validation error of such guesses, a share.
        seed_from: Path of an earlier run; its trials are the first population of methods that accept one. They are not
            charged to the budget and not reported.
        target: What the methods that accept a target aim at; None searches whole fronts.
    """

    name: str = Field(pattern=NAME_PATTERN)
    description: str = ""
    epochs: Positive
    complexity: Complexity | None = None
    repeats: Count = 1
    seed: Seed = 1
    reference_point: tuple[ReferencePoint, ReferencePoint] | None = None
    exact: bool = False
    published: Path | None = None
    log_box: LogBoxTable | None = None
    l1_weights: tuple[Positive, Positive] | None = None
    fingerprint: str | None = None
    start: Path | None = None
    module_folder: Path | None = None
    measures: MeasuresTable | None = None
    inputs: InputsTable | None = None
    chance_loss: Finite | None = None
    chance_error: Finite | None = None
    seed_from: str | None = None
    target: TargetTable | None = None
    task: TaskTable
    training: TrainingTable
    space: dict[str, EntryTable] = Field(default={})
    methods: dict[str, dict[str, Any]]

    @model_validator(mode="before")
    @classmethod
    def _trainings_fit_the_budget(cls, content: Any) -> Any:  # noqa: ANN401 - any TOML value
        budget, training = content.get("epochs"), content.get("training", {})
        if not isinstance(training, dict):
            return content
        length = budget / AFFORDABLE_TRAININGS if is_positive(budget) else 1.0  # what is wrong is the budget alone
        return {**content, "training": {"epochs": length, **training}}

    @model_validator(mode="before")
    @classmethod
    def _take_earlier_name(cls, table: Any) -> Any:  # noqa: ANN401 - any TOML value
        return renamed(table, "chance_cross_entropy", "chance_loss")

    @field_validator("space", mode="before")
    @classmethod
    def _lists_are_choices(cls, space: Any) -> Any:  # noqa: ANN401 - any TOML value
        if not isinstance(space, dict):
            return space
        return {name: {"options": entry} if isinstance(entry, list) else entry for name, entry in space.items()}

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_training()
        self._check_space()
        if self.epochs < self.training.epochs:
            raise ValueError(
                f"{key('epochs')}, a method's budget, must pay for one training of "
                f"{self.training.epochs:g} epochs; found {self.epochs:g}."
            )
        if self.l1_weights and self.l1_weights[0] >= self.l1_weights[1]:
            raise ValueError(
                f"`l1_weights` must be the smallest and the largest, in this order; found {list(self.l1_weights)}."
            )
        if not self.methods:
            raise ValueError(f"{table('methods')} must name at least one method.")
        for name in self.methods:
            self._check_population(name)
            self._check_lengths(name)
        if self.target is not None and not any(map(self.accepts_target, self.methods)):
            self._refuse_target()
        return self

    def _refuse_target(self) -> NoReturn:
        accepting = [name for name, kind in METHODS.items() if issubclass(kind, AcceptsTarget)]
        raise ValueError(
            f"{key('target')} needs a method that accepts one: {' or '.join(accepting)}; "
            f"found {', '.join(self.methods)}."
        )

    def _check_population(self, name: str) -> None:
        method, budget = without_debiasing(self.method(name)), self._search_budget(name)
        if not isinstance(method, Generational):
            return
        length = getattr(method, "first_epochs", self.training.epochs)  # some methods begin with shorter trainings
        affordable = int(budget / length + 1e-9)
        if method.population > affordable:
            raise ValueError(
                f"{inside('methods', name)} `population` = {method.population} must be at most the {affordable} "
                f"trainings that the budget, {key('epochs')} = {self.epochs:g}, pays for."
            )

    def _check_lengths(self, name: str) -> None:
        """Refuses trainings so short that a list of all that the budget pays for would not fit into memory."""
        rule = f"at least a millionth of the budget, {key('epochs')} = {self.epochs:g}"
        for name_of, epochs in {f"{inside('training')} `epochs`": self.training.epochs, **self.lengths(name)}.items():
            if epochs < self.epochs / MOST:
                raise ValueError(f"{name_of} must be {rule}; found {epochs:g}.")

    def lengths(self, name: str) -> dict[str, float]:
        """The lengths of trainings, in epochs, that the options of a method give, by the name of the option."""
        return lengths(self.method(name), "methods", name, budget=self._search_budget(name))

    def _search_budget(self, name: str) -> float:
        """Epochs that a method may spend on its search; the rest of the budget is for debiasing its front."""
        method = self.method(name)
        budget = self.epochs * (1 - method.options.share) if isinstance(method, Debiased) else self.epochs
        if budget < self.training.epochs:
            raise ValueError(
                f"{inside('methods', name)} `debias` must leave enough of the budget for one training of "
                f"{self.training.epochs:g} epochs; found {budget:g} of {self.epochs:g}."
            )
        return budget

    def _check_training(self) -> None:
        try:
            self.template()
        except ValueError as error:
            raise ValueError(f"{inside('training')} {error}") from error

    def _check_space(self) -> None:
        for name, entry in self.space.items():
            check_known("key", name, SEARCHABLE, where=table("space"))
            try:
                entry.entry()
            except ValueError as error:
                raise ValueError(f"{inside('space')} {name}: {error}") from error
        try:
            self.search_space().check(self.template())
        except ValueError as error:
            raise ValueError(f"{inside('space')} {error}") from error

    @property
    def objective(self) -> str:
        """Split whose loss is minimised."""
        return (self.measures or self.task).objective or "validation"

    @property
    def trained(self) -> bool:
        """Whether the task's network was trained before."""
        return self.measures is not None and self.measures.trained

    @property
    def in_python(self) -> bool:
        """Whether a program made the task, so that only that program can train it and export its networks."""
        return isinstance(self.task, PythonTask)

    def accepts_target(self, name: str) -> bool:
        """Whether the method of this name spends its budget near the study's target."""
        return isinstance(without_debiasing(self.method(name)), AcceptsTarget)

    def template(self) -> Recipe:
        """The recipe that [training] describes: from scratch, with the smallest l1 weight."""
        descent = WeightedSum(l1_weight=self.l1_weights[0]) if self.l1_weights else WeightedSum(l1_weight=0.0)
        given = self.training.model_dump(exclude_none=True, exclude={"deadline"})
        return Recipe.of_fields(Recipe(descent=descent).fields() | given)

    def search_space(self) -> Space:
        """The search space of the hyperparameter searches."""
        return Space({name: entry.entry() for name, entry in self.space.items()})

    def method(self, name: str) -> Method:
        """The method of this name, with its options from the study file.

        Raises:
            ValueError: When the method or one of its options is unknown, or the value of an option is invalid.
        """
        check_known("method", name, METHODS, where=table("methods"))
        options = dict(self.methods[name])
        debias = options.pop("debias", None)
        method = parse_options(METHODS[name], options, where=("methods", name))
        if debias is None:
            return method
        return Debiased(method=method, options=parse_options(Debias, debias, where=("methods", name, "debias")))
