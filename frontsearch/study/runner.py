"""The one loop that spends budgets: it asks methods, trains on an executor, records the trials and tells them."""

import math
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from frontsearch.ledger import Ledger
from frontsearch.recipe import TRAINER, Recipe
from frontsearch.study.run_state import RunState
from frontsearch.trial import Run, Status, Trial

MAX_COMPANY = 32  # recipes trained together: more gain little, and are lost together if a worker dies
Request = tuple[RunState, int]  # a run, and the position in its batch at which it awaits a trial
Requests = dict[str, list[Request]]  # by the key of a trial that is being trained
Running = dict[Future[Sequence[Trial]], Sequence[Recipe]]


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Spends the budgets of many runs on one executor.

    Methods are told their trials in the order they asked for them, whatever order the trainings finish in, so the
    number of workers changes the time and never the result. A trial that the ledger has is not trained again, but is
    charged to the budget all the same.

    Attributes:
        ledger: The ledger in which trials are looked up and recorded.
        fingerprint: Fingerprint of the task; with a recipe it makes the trial's key.
        executor: Where trainings happen. With None nothing is trained: each run ends at its first missing trial.
        evaluate: Trains recipes and returns their trials. It gets recipes of one company, one recipe, or several
            crossovers; it must be picklable if workers are processes. If a worker dies (``BrokenExecutor``), failed
            trials are recorded.
        workers: Returns how many trainings the executor should have at once; the number may change during a run.
        before_training: Callback, called with recipes before they are submitted.
        company: Returns what is equal for recipes that are trained fastest together; None for one to be trained alone.
        trainer: Version of the trainer, which is part of the keys.
        machine: The machine or cluster that trains, which is recorded with each trial.
        on_trial: Callback, called with the run and the trial after each trial is recorded.
        when_idle: Callback, called with the runs for each worker that no current batch wants; it may submit other work,
            and returns its future.
    """

    ledger: Ledger
    fingerprint: str
    executor: Executor | None
    evaluate: Callable[[Sequence[Recipe]], Sequence[Trial]]
    workers: Callable[[], int]
    on_trial: Callable[[RunState, Trial], None]
    before_training: Callable[[Sequence[Recipe]], None] = lambda _: None
    when_idle: Callable[[Sequence[RunState]], Future[Any] | None] = lambda _: None
    company: Callable[[Recipe], Hashable | None] = lambda _: None
    trainer: int = TRAINER
    machine: str = ""

    def run(self, runs: Sequence[RunState]) -> tuple[Run, ...]:
        """Continues every run until its budget is spent or its method has finished, and returns the runs.

        Raises:
            UserError: When a training raises one; trials that had finished by then are recorded first.
        """
        for run in runs:
            run.ask()
        running: Running = {}
        requests: Requests = {}
        beside: set[Future[Any]] = set()
        while True:
            self._submit(runs, running, requests)
            if not running:
                break
            self._submit_beside(runs, beside)
            done, _ = wait([*running, *beside], return_when=FIRST_COMPLETED)
            beside -= done
            # Errors are raised last, so that the trials that finished at the same time are recorded first.
            for future in sorted(done & running.keys(), key=lambda future: future.exception() is not None):
                for trial in self._result(future, running.pop(future)):
                    self._deliver(replace(trial, machine=self.machine), requests.pop(trial.key))
        return tuple(run.to_run() for run in runs)

    def _result(self, future: Future[Sequence[Trial]], recipes: Sequence[Recipe]) -> Sequence[Trial]:
        try:
            return future.result()
        except BrokenExecutor as error:
            return [self._failed_trial(recipe, reason=str(error)) for recipe in recipes]

    def _failed_trial(self, recipe: Recipe, *, reason: str) -> Trial:
        """A failed trial, charged in full: a method could ask for free ones without end."""
        return Trial(
            key=self._key(recipe), recipe=recipe, status=Status.FAILED, objectives=None, metrics={},
            epochs=recipe.epochs, seconds=0.0, reason=reason,
        )  # fmt: skip

    def _submit(self, runs: Sequence[RunState], running: Running, requests: Requests) -> None:
        """Submits trainings until every worker has one, always for the run that has used the least of its budget."""
        waiting = [run for run in runs if not run.finished]
        while waiting and len(running) < self.workers():
            run = min(waiting, key=lambda run: run.committed_share)
            untrained = self._untrained(run, run.next_recipes(), requests)
            if untrained and self.executor is None:
                run.finished = run.incomplete = True
            elif untrained and self.executor:
                run.training_started = True
                untrained += self._companions(untrained[0], waiting, requests, idle=self.workers() - len(running))
                self.before_training(untrained)
                running[self.executor.submit(self.evaluate, untrained)] = untrained
            elif not run.has_pending:
                waiting.remove(run)
            waiting = [run for run in waiting if not run.finished]

    def _companions(self, recipe: Recipe, runs: Sequence[RunState], requests: Requests, *, idle: int) -> list[Recipe]:
        """Pending recipes to train with this one, as long as it is, so that no run waits for another's training.

        They are one idle worker's share of those that there are, taken from the runs by turns as trainings are.
        """
        company = self.company(recipe)
        if company is None:
            return []
        fits = lambda other: other.epochs == recipe.epochs and self.company(other) == company  # noqa: E731
        count = sum(map(fits, (other for run in runs for other in run.pending)))
        companions: list[Recipe] = []
        for _ in range(min(MAX_COMPANY, math.ceil((count + 1) / idle)) - 1):
            candidates = [(run, other) for run in runs if (other := next(filter(fits, run.pending), None))]
            if not candidates:  # some were known
                break
            run, other = min(candidates, key=lambda pair: pair[0].committed_share)
            run.training_started = True
            companions += self._untrained(run, [run.take(other)], requests)
        return companions

    def _submit_beside(self, runs: Sequence[RunState], beside: set[Future[Any]]) -> None:
        """Submits other work, but to no worker that would keep a training of the next batches waiting."""
        wanted = sum(run.batch_size for run in runs)
        while wanted + len(beside) < self.workers() and (future := self.when_idle(runs)):
            beside.add(future)

    def _untrained(self, run: RunState, numbered: Sequence[tuple[int, Recipe]], requests: Requests) -> list[Recipe]:
        """The recipes that still have to be trained; delivers trials from the ledger and joins trainings under way."""
        untrained = []
        for position, recipe in numbered:
            key = self._key(recipe)
            known = self.ledger.lookup(key)
            if known is not None:
                self._deliver(known, [(run, position)])
            elif key in requests:
                requests[key].append((run, position))
            else:
                untrained.append(recipe)
                if self.executor:
                    requests[key] = [(run, position)]
        return untrained

    def _deliver(self, trial: Trial, requests: Sequence[Request]) -> None:
        for run, position in requests:
            if self.executor:  # a report must not change the ledger
                self.ledger.record(run.name, run.repeat, trial)
            run.add_result(position, trial)
            self.on_trial(run, trial)

    def _key(self, recipe: Recipe) -> str:
        return recipe.key(self.fingerprint, trainer=self.trainer)
