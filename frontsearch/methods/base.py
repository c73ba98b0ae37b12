"""The ask/tell protocol of every method, and the one conversation that all of them hold."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from frontsearch.recipe import FromScratch, Recipe, Start, WarmStart, WeightedSum
from frontsearch.space import Space
from frontsearch.trial import Trial

Batch = Sequence[Recipe]
Search = Generator[Batch, Sequence[Trial], None]
Walk = Generator[Recipe, Trial, None]  # a search that asks for one training after another


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What a method is given: it sees neither data nor networks.

    Attributes:
        budget: Epochs the run may spend.
        seed: Root of the method's own draws and of its trainings' seeds.
        template: A from-scratch training as the study describes it; a method changes what it varies.
        space: What the hyperparameter searches vary.
        l1_weights: Least and greatest l1 weight worth a training, for methods that choose it themselves.
        reference_point: Of the hypervolume, (cross entropy, l1): the units of lengths along a front.
        initial_trials: Trials of a former run, for methods that take a first population; they cost nothing.
    """

    budget: float
    seed: int
    template: Recipe
    space: Space
    l1_weights: tuple[float, float]
    reference_point: tuple[float, float]
    initial_trials: tuple[Trial, ...] = ()

    def rng(self) -> np.random.Generator:
        """A generator of the method's own; the same stream at every call."""
        return np.random.default_rng(np.random.SeedSequence(self.seed))

    def weighted(self, l1_weight: float, seed: int, *, start: Start | None = None) -> Recipe:
        """The template at this l1 weight."""
        start = start or self.template.start
        return replace(self.template, descent=WeightedSum(l1_weight=float(l1_weight)), seed=seed, start=start)

    @property
    def trainings(self) -> int:
        """How many trainings of the template's length the budget pays for."""
        return int(self.budget / self.template.epochs + 1e-9)  # 0.3 / 0.1 is just below 3 in floating point


def draw_seed(rng: np.random.Generator) -> int:
    """A training seed."""
    return int(rng.integers(2**31))


def with_epochs(recipe: Recipe, epochs: float) -> Recipe:
    """The recipe with this length, its pruning begun by then."""
    pruning = replace(recipe.pruning, begin=min(recipe.pruning.begin, epochs))
    return replace(recipe, epochs=epochs, pruning=pruning)


def after(trial: Trial) -> Start:
    """The weights that a trial ended with, or a fresh start if it diverged."""
    return FromScratch() if trial.objectives is None else WarmStart(trial=trial.key)


def alive(trial: Trial) -> bool:
    """Whether a trial's network can be trained on: a deep one that is zero stays so."""
    return trial.objectives is not None and trial.objectives[1] > 0


def side_by_side(walks: Sequence[Walk]) -> Generator[Batch, Sequence[Trial], list[Trial]]:
    """All trials of several walks, each batch the next training of every walk that goes on."""
    told: list[Trial] = []
    going = {walk: next(walk, None) for walk in walks}
    while batch := {walk: recipe for walk, recipe in going.items() if recipe is not None}:
        trials = yield list(batch.values())
        told += trials
        going = {walk: _reply(walk, trial) for walk, trial in zip(batch, trials, strict=True)}
    return told


def _reply(walk: Walk, trial: Trial) -> Recipe | None:
    try:
        return walk.send(trial)
    except StopIteration:
        return None


class FrontMethod(Protocol):
    """Anything that chooses trainings; a deterministic function of its setting and of what it was told."""

    def ask(self) -> Sequence[Recipe]:
        """The next trainings, independent of one another; empty when the method has finished."""

    def tell(self, trials: Sequence[Trial]) -> None:
        """Takes the outcomes in the order asked, diverged ones included."""


class Method(Protocol):
    """A method's options, and how it searches with them.

    ``search`` is a generator: it yields a batch of recipes and receives their trials. So a method reads from top to
    bottom, and :class:`AskTell` keeps the rules of ask and tell for all of them.
    """

    def search(self, setting: Setting) -> Search:
        """The batches of this method in this setting."""


@runtime_checkable
class AcceptsInitialTrials(Method, Protocol):
    """A method that takes a first population: it begins as if it had been told the trials of a former run."""

    def usable(self, setting: Setting) -> Sequence[Trial]:
        """Those of the setting's ``first`` that this method can begin with."""


class SpaceSearch:
    """What the searches share that take objectives for a function of the space's values alone."""

    def usable(self, setting: Setting) -> Sequence[Trial]:
        """The completed trials that the space's values describe: in the study's own template, from scratch."""
        space, template = setting.space, setting.template
        completed = [trial for trial in setting.initial_trials if trial.objectives is not None]
        return [trial for trial in completed if space.encode(template, trial.recipe) is not None]


@runtime_checkable
class Generational(Protocol):
    """A method that needs a whole generation before it learns anything."""

    @property
    def population(self) -> int:
        """Trainings in the first generation."""


class AskTell:
    """The ask/tell side of a method's generator."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._asked: Batch | None = None
        self._next: Batch = ()
        self._started = False

    def ask(self) -> Sequence[Recipe]:
        """The next batch; empty when the method has finished.

        Raises:
            RuntimeError: When the last batch was not told yet.
        """
        if self._asked:
            raise RuntimeError(f"`tell` must follow `ask`; {len(self._asked)} trainings were asked and not told yet.")
        if not self._started:
            self._started, self._next = True, next(self._search, ())
        self._asked = self._next
        return self._asked

    def tell(self, trials: Sequence[Trial]) -> None:
        """Hands the outcomes of the last batch to the method.

        Raises:
            RuntimeError: When nothing was asked.
            ValueError: When the trials are not those asked for, in the same order.
        """
        if not self._asked:
            raise RuntimeError("`tell` must follow an `ask` that returned recipes.")
        if [trial.recipe for trial in trials] != list(self._asked):
            raise ValueError(f"`trials` must be the {len(self._asked)} asked for, in order; found {len(trials)}.")
        try:
            self._next = self._search.send(trials)
        except StopIteration:
            self._next = ()
        self._asked = None
