"""The state of one run while its budget is being spent."""

import math
from collections import deque
from dataclasses import dataclass, field

from frontsearch.errors import UserError, inside
from frontsearch.methods import FrontMethod
from frontsearch.recipe import Offspring, Recipe
from frontsearch.trial import Run, Trial

TOLERANCE = 1e-9  # sums of fractional epochs may exceed a budget by rounding


@dataclass(kw_only=True)
class RunState:
    """A run while its budget is being spent: the method, its current batch and the trials so far.

    Attributes:
        name: Name of the method.
        repeat: Number of the repeat, from 0.
        budget: Budget of the run in epochs.
        method: The method, which is asked for recipes and told their trials.
        spent: Epochs of all completed batches.
        trials: Trials of all completed batches, in the order the method asked for them.
        finished: Whether the run has ended.
        training_started: Whether a worker has begun a training of this run; until then all trials were in the ledger.
        incomplete: Whether the run ended at a recipe without a trial in the ledger, because nothing may be trained.
    """

    name: str
    repeat: int
    budget: float
    method: FrontMethod
    spent: float = 0.0
    trials: list[Trial] = field(default_factory=list)
    finished: bool = False
    training_started: bool = False
    incomplete: bool = False
    _batch: list[Recipe] = field(default_factory=list)
    _results: dict[int, Trial] = field(default_factory=dict)
    _pending: deque[int] = field(default_factory=deque)
    _budget_exhausted: bool = False

    @property
    def committed_share(self) -> float:
        """Share of the budget that is spent or being trained; the runner serves the run with the smallest one next."""
        waiting = math.fsum(self._batch[position].epochs for position in self._pending)
        return (self.spent + math.fsum(recipe.epochs for recipe in self._batch) - waiting) / self.budget

    @property
    def epochs_done(self) -> float:
        """Epochs of every finished training, those of the current batch included."""
        return self.spent + sum(trial.epochs for trial in self._results.values())

    @property
    def has_pending(self) -> bool:
        """Whether the current batch has recipes that were not started yet."""
        return bool(self._pending)

    @property
    def pending(self) -> list[Recipe]:
        """The recipes of the current batch that were not started yet."""
        return [self._batch[position] for position in self._pending]

    @property
    def batch_size(self) -> int:
        """How many recipes the current batch has, started or not; 0 after the run's end."""
        return len(self._batch)

    def ask(self) -> None:
        """Asks the method for the next batch and cuts it where the budget ends.

        Raises:
            UserError: If the method cannot begin with the study's trainings.
        """
        try:
            asked = self.method.ask()
        except ValueError as error:
            raise UserError(f"{inside('methods', self.name)} {error}") from error
        cost = self.spent
        for recipe in asked:
            cost += recipe.epochs
            if cost > self.budget + TOLERANCE:
                break
            self._batch.append(recipe)
        self._budget_exhausted = len(self._batch) < len(asked)
        self._pending = deque(range(len(self._batch)))
        self.finished = not self._batch

    def next_recipes(self) -> list[tuple[int, Recipe]]:
        """The next recipe to start, with its position in the batch; consecutive crossovers are started together."""
        taken: list[tuple[int, Recipe]] = []
        while self._pending and (not taken or _are_crossovers(taken[-1][1], self._batch[self._pending[0]])):
            position = self._pending.popleft()
            taken.append((position, self._batch[position]))
        return taken

    def take(self, recipe: Recipe) -> tuple[int, Recipe]:
        """Takes this pending recipe, with its position in the batch."""
        position = next(position for position in self._pending if self._batch[position] == recipe)
        self._pending.remove(position)
        return position, recipe

    def add_result(self, position: int, trial: Trial) -> None:
        """Stores the trial at a position of the batch; a complete batch is told to the method in the order asked."""
        self._results[position] = trial
        if len(self._results) < len(self._batch):
            return
        trials = [self._results[number] for number in range(len(self._batch))]
        self.trials += trials
        self.spent += sum(trial.epochs for trial in trials)
        self._batch, self._results = [], {}
        if self._budget_exhausted:
            self.finished = True
            return
        self.method.tell(trials)
        self.ask()

    def to_run(self) -> Run:
        """The run as it stands, with the finished trials of an incomplete batch at its end."""
        trials = (*self.trials, *(self._results[position] for position in sorted(self._results)))
        return Run(
            method=self.name, repeat=self.repeat, budget=self.budget, trials=trials,
            budget_exhausted=self._budget_exhausted, finished=not self.incomplete,
        )  # fmt: skip


def _are_crossovers(*recipes: Recipe) -> bool:
    return all(isinstance(recipe.start, Offspring) for recipe in recipes)
