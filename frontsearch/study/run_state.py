"""The state of one run while its budget is being spent."""

from collections import deque
from dataclasses import dataclass, field

from frontsearch.methods import FrontMethod
from frontsearch.recipe import Offspring, Recipe
from frontsearch.trial import Run, Trial

TOLERANCE = 1e-9  # sums of fractional epochs may exceed a budget by rounding


@dataclass(kw_only=True)
class RunState:
    """A run while its budget is being spent.

    Attributes:
        name: The method's name.
        repeat: From 0.
        budget: Epochs.
        method: What asks and is told.
        spent: Epochs of everything told so far.
        trains: Whether any of it has to be trained; until then it is only looked up.
        stopped: Whether it ended where a training is missing that nobody is there to make.
    """

    name: str
    repeat: int
    budget: float
    method: FrontMethod
    spent: float = 0.0
    told: list[Trial] = field(default_factory=list)
    finished: bool = False
    trains: bool = False
    stopped: bool = False
    _batch: list[Recipe] = field(default_factory=list)
    _outcomes: dict[int, Trial] = field(default_factory=dict)
    _waiting: deque[int] = field(default_factory=deque)
    _last: bool = False

    @property
    def promised(self) -> float:
        """Share of the budget that is told or being trained; the loop serves whoever is behind."""
        begun = len(self._batch) - len(self._waiting)
        return (self.spent + sum(recipe.epochs for recipe in self._batch[:begun])) / self.budget

    @property
    def landed(self) -> float:
        """Epochs of every training that has finished."""
        return self.spent + sum(trial.epochs for trial in self._outcomes.values())

    def ask(self) -> None:
        """Asks for the next batch, as far as the budget pays for it."""
        asked, cost = self.method.ask(), self.spent
        for recipe in asked:
            cost += recipe.epochs
            if cost > self.budget + TOLERANCE:
                break
            self._batch.append(recipe)
        self._last = len(self._batch) < len(asked)
        self._waiting = deque(range(len(self._batch)))
        self.finished = not self._batch

    def take(self) -> list[tuple[int, Recipe]]:
        """The next training to begin, with its place in the batch; of crosses, which train nothing, all that wait."""
        taken: list[tuple[int, Recipe]] = []
        while self._waiting and (not taken or _crosses(taken[-1][1], self._batch[self._waiting[0]])):
            place = self._waiting.popleft()
            taken.append((place, self._batch[place]))
        return taken

    @property
    def waits(self) -> bool:
        """Whether some training of the batch has not begun."""
        return bool(self._waiting)

    def put(self, place: int, trial: Trial) -> None:
        """Takes an outcome; tells the batch, in the order asked, when its last outcome is in."""
        self._outcomes[place] = trial
        if len(self._outcomes) < len(self._batch):
            return
        trials = [self._outcomes[number] for number in range(len(self._batch))]
        self.told += trials
        self.spent += sum(trial.epochs for trial in trials)
        self._batch, self._outcomes = [], {}
        if self._last:
            self.finished = True
        else:
            self.method.tell(trials)
            self.ask()

    def run(self) -> Run:
        """The run as it stands; of a batch not told yet, what has come in."""
        trials = (*self.told, *(self._outcomes[place] for place in sorted(self._outcomes)))
        return Run(
            method=self.name, repeat=self.repeat, budget=self.budget, trials=trials, cut=self._last,
            over=not self.stopped,
        )  # fmt: skip


def _crosses(*recipes: Recipe) -> bool:
    return all(isinstance(recipe.start, Offspring) for recipe in recipes)
