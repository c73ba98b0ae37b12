"""The one loop that spends budgets: asks, evaluates on an executor, records, tells."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field

from frontsearch.ledger import Ledger
from frontsearch.methods.base import FrontMethod
from frontsearch.recipe import Recipe
from frontsearch.trial import Evaluate, Run, Trial

TOLERANCE = 1e-9  # sums of fractional epochs may exceed a budget by rounding


@dataclass(kw_only=True)
class Spending:
    """A run while its budget is being spent.

    Attributes:
        name: The method's name.
        repeat: From 0.
        budget: Epochs.
        method: What asks and is told.
        spent: Epochs of everything told so far.
    """

    name: str
    repeat: int
    budget: float
    method: FrontMethod
    spent: float = 0.0
    told: list[Trial] = field(default_factory=list)
    finished: bool = False
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

    def take(self) -> tuple[int, Recipe] | None:
        """The next training to begin, with its place in the batch."""
        if not self._waiting:
            return None
        place = self._waiting.popleft()
        return place, self._batch[place]

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
        return Run(method=self.name, repeat=self.repeat, budget=self.budget, trials=trials, cut=self._last)


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Spends the budgets of many runs on one executor.

    Trials are told in the order they were asked, whatever order they finish in, so the number of workers changes the
    time and never the result. A training that the ledger knows is not repeated, but is charged all the same.

    Attributes:
        ledger: Where trials are looked up and recorded.
        fingerprint: Of the task; with a recipe it makes the key.
        executor: Where trainings happen; None only looks trials up, and ends each run where one is missing.
        evaluate: The training itself; must be picklable if the executor's workers are processes.
        workers: How many trainings are handed to the executor at once.
        watch: Called with the run and the trial whenever one is recorded.
    """

    ledger: Ledger
    fingerprint: str
    executor: Executor | None
    evaluate: Evaluate
    workers: int
    watch: Callable[[Spending, Trial], None]

    def spend(self, runs: Sequence[Spending]) -> tuple[Run, ...]:
        """Every run with its budget spent, or its method finished.

        Raises:
            UserError: As a training does; what had finished by then is recorded.
        """
        for run in runs:
            run.ask()
        flying: dict[str, Future[Trial]] = {}
        wanted: dict[str, list[tuple[Spending, int]]] = {}
        while True:
            self._launch(runs, flying, wanted)
            if not flying:
                break
            done, _ = wait(flying.values(), return_when=FIRST_COMPLETED)
            landed = [key for key, future in flying.items() if future in done]
            # What went wrong is raised last, so that its finished neighbours are recorded first.
            for key in sorted(landed, key=lambda key: flying[key].exception() is not None):
                self._land(flying.pop(key).result(), wanted.pop(key))
        return tuple(run.run() for run in runs)

    def _launch(
        self, runs: Sequence[Spending], flying: dict[str, Future[Trial]], wanted: dict[str, list[tuple[Spending, int]]]
    ) -> None:
        """Begins trainings until every worker has one, those of the run first that is most behind."""
        waiting = [run for run in runs if not run.finished]
        while waiting and len(flying) < self.workers:
            run = min(waiting, key=lambda run: run.promised)
            taken = run.take()
            if taken is None:
                waiting.remove(run)
                continue
            place, recipe = taken
            key = recipe.key(self.fingerprint)
            known = self.ledger.lookup(key)
            if known is not None:
                self._land(known, [(run, place)])
                waiting = [run for run in runs if not run.finished]
            elif key in flying:
                wanted[key].append((run, place))
            elif self.executor is None:
                run.finished = True
                waiting.remove(run)
            else:
                flying[key] = self.executor.submit(self.evaluate, recipe)
                wanted[key] = [(run, place)]

    def _land(self, trial: Trial, places: list[tuple[Spending, int]]) -> None:
        for run, place in places:
            self.ledger.record(run.name, run.repeat, trial)
            run.put(place, trial)
            self.watch(run, trial)
