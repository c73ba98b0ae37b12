"""The ask-and-tell interface of every method, and the generator protocol in which methods are written."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np

from frontsearch.errors import check
from frontsearch.measures import ERROR_RATE, Complexity, Measure
from frontsearch.recipe import FromScratch, Recipe, Start, WarmStart, WeightedSum
from frontsearch.space import Space
from frontsearch.target import Target
from frontsearch.trial import Trial

Batch = Sequence[Recipe]
Search = Generator[Batch, Sequence[Trial], None]  # yields a batch of recipes and receives their trials
SequentialSearch = Generator[Recipe, Trial, None]  # yields one recipe and receives its trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """The input of a method: it sees neither data nor networks.

    Attributes:
        budget: Epochs that the run may spend.
        seed: Root of the method's random draws and of the seeds of its trainings.
        template: Recipe that every training shares; a method replaces the fields it varies. Starts from scratch.
        space: Search space of the hyperparameter searches.
        l1_weights: Least and greatest l1 weight, for methods that choose l1 weights themselves.
        reference_point: Hypervolume reference point ``(cross_entropy, l1)``; also the unit of distances along a front.
        initial_trials: Trials of an earlier run used as the first population. They are not charged to the budget.
        target: What the search aims at, for methods that accept a target; None searches the whole front.
        criterion: What a target's networks are picked by: the task's first metric, or its loss.
        complexity: What is minimised beside the loss.
        given: Trial of the task's trained network as it was given, which costs no epochs; None if it has none.
    """

    budget: float
    seed: int
    template: Recipe
    space: Space
    l1_weights: tuple[float, float]
    reference_point: tuple[float, float]
    initial_trials: tuple[Trial, ...] = ()
    # The text of a setting is hashed with finished runs; the target is by itself, and the others follow from the task.
    target: Target | None = field(default=None, repr=False)
    criterion: Measure = field(default=ERROR_RATE, repr=False)
    complexity: Complexity = field(default="l1", repr=False)
    given: Trial | None = field(default=None, repr=False)

    def rng(self) -> np.random.Generator:
        """A new random generator for the method; every call returns the same stream."""
        return np.random.default_rng(np.random.SeedSequence(self.seed))

    def weighted_sum(self, l1_weight: float, seed: int, *, start: Start | None = None) -> Recipe:
        """The template with a weighted-sum descent at this l1 weight, this seed and, if given, this start."""
        start = start or self.template.start
        return replace(self.template, descent=WeightedSum(l1_weight=float(l1_weight)), seed=seed, start=start)

    @property
    def affordable_trainings(self) -> int:
        """Number of trainings of the template's length that the budget pays for."""
        return int(self.budget / self.template.epochs + 1e-9)  # 0.3 / 0.1 is just below 3 in floating point


def affordable_points(points: int, budget: float, *, least_epochs: float) -> int:
    """So many points that share a budget in epochs, or as many as leave each of them ``least_epochs``; at least one."""
    return min(points, max(int(budget / least_epochs), 1))


def check_prunes_by_magnitude(template: Recipe) -> None:
    """Raises a ValueError unless a sparsity of these trainings sets their smallest weights to zero."""
    rule = "another one than `linbreg`, which adapts its threshold to a sparsity instead of pruning"
    check("optimiser", template.optimiser, rule, holds=template.optimiser != "linbreg")


def draw_seed(rng: np.random.Generator) -> int:
    """Draws the seed of a training."""
    return int(rng.integers(2**31))


def with_epochs(recipe: Recipe, epochs: float) -> Recipe:
    """The recipe with this length; pruning begins no later than the training ends."""
    pruning = replace(recipe.pruning, begin=min(recipe.pruning.begin, epochs))
    return replace(recipe, epochs=epochs, pruning=pruning)


def warm_start_from(trial: Trial) -> Start:
    """A warm start from the trial's final weights, or a start from scratch if the trial did not complete."""
    return FromScratch() if trial.objectives is None else WarmStart(trial=trial.key)


def is_trainable(trial: Trial) -> bool:
    """Whether training can continue from this trial: it completed, and not all of its penalised weights are zero.

    A deep network whose weights are all zero is at a stationary point and stays there.
    """
    return trial.objectives is not None and trial.objectives[1] > 0


def in_batches(searches: Sequence[SequentialSearch]) -> Generator[Batch, Sequence[Trial], list[Trial]]:
    """Runs several sequential searches side by side; each batch holds the next training of every one still running.

    Returns:
        All trials, in the order in which they were asked for.
    """
    trials: list[Trial] = []
    pending = {search: next(search, None) for search in searches}
    while batch := {search: recipe for search, recipe in pending.items() if recipe is not None}:
        outcomes = yield list(batch.values())
        trials += outcomes
        pending = {search: _next_recipe(search, trial) for search, trial in zip(batch, outcomes, strict=True)}
    return trials


def _next_recipe(search: SequentialSearch, trial: Trial) -> Recipe | None:
    try:
        return search.send(trial)
    except StopIteration:
        return None


class FrontMethod(Protocol):
    """The ask-and-tell interface of a running method.

    What a method asks for depends only on its setting and on the trials it was told.
    """

    def ask(self) -> Sequence[Recipe]:
        """The next batch of recipes, independent of one another; empty when the method has finished."""

    def tell(self, trials: Sequence[Trial]) -> None:
        """Passes the trials of the last batch to the method, in the order asked for, diverged ones included."""


class Method(Protocol):
    """A method with its options.

    A method is written as the generator ``search``, which reads from top to bottom; :class:`AskTell` turns it into
    ``ask`` and ``tell`` and enforces their order.
    """

    def search(self, setting: Setting) -> Search:
        """Yields batches of recipes and receives their trials."""


@runtime_checkable
class AcceptsInitialTrials(Method, Protocol):
    """A method whose first population may come from an earlier run, as if it had been told those trials."""

    def usable_initial_trials(self, setting: Setting) -> Sequence[Trial]:
        """The initial trials of the setting that this method can begin with."""


@runtime_checkable
class AcceptsTarget(Method, Protocol):
    """A method that spends its budget near the target of its setting, if that has one."""

    def search_target(self, setting: Setting, target: Target) -> Search:
        """Yields batches of recipes near the target and receives their trials."""


@runtime_checkable
class SharesBudget(Method, Protocol):
    """A method with options that are shares of a training, which the budget determines."""

    def shortest(self, budget: float) -> Mapping[str, float]:
        """The epochs of the shortest training that an option leaves, by the name of the option."""


class SpaceSearch:
    """Base of the searches that model the objectives as a function of the search space's values alone."""

    def usable_initial_trials(self, setting: Setting) -> Sequence[Trial]:
        """The completed initial trials that differ from the study's template only in values of the search space."""
        space, template = setting.space, setting.template
        completed = [trial for trial in setting.initial_trials if trial.objectives is not None]
        return [trial for trial in completed if space.encode(template, trial.recipe) is not None]


@runtime_checkable
class Generational(Protocol):
    """A method that learns only from whole generations, so that the budget should pay for at least one."""

    @property
    def population(self) -> int:
        """Number of trainings in the first generation."""


class AskTell:
    """Ask-and-tell interface to a method's generator."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._asked: Batch | None = None
        self._next: Batch = ()
        self._started = False

    def ask(self) -> Sequence[Recipe]:
        """The next batch of recipes; empty when the method has finished.

        Raises:
            RuntimeError: If the trials of the last batch have not been told.
        """
        if self._asked:
            raise RuntimeError(
                f"`ask` must follow a `tell`; the {len(self._asked)} trainings last asked for were not told yet."
            )
        if not self._started:
            self._started, self._next = True, next(self._search, ())
        self._asked = self._next
        return self._asked

    def tell(self, trials: Sequence[Trial]) -> None:
        """Passes the trials of the last batch to the method.

        Raises:
            RuntimeError: If no recipes are waiting for their trials.
            ValueError: If the trials are not those of the last batch, in the same order.
        """
        if not self._asked:
            raise RuntimeError("`tell` must follow an `ask` that returned recipes.")
        if [trial.recipe for trial in trials] != list(self._asked):
            raise ValueError(
                f"`trials` must be those of the {len(self._asked)} recipes asked for, in the same order; "
                f"found {len(trials)} trials that do not match them."
            )
        try:
            self._next = self._search.send(trials)
        except StopIteration:
            self._next = ()
        self._asked = None
