"""The one loop that spends budgets: asks, evaluates on an executor, records, tells."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass

from frontsearch.ledger import Ledger
from frontsearch.recipe import Recipe
from frontsearch.study.run_state import RunState
from frontsearch.trial import Run, Status, Trial

Place = tuple[RunState, int]  # of a training in its run's batch
Flying = dict[Future[Sequence[Trial]], Sequence[Recipe]]  # what is being evaluated


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Spends the budgets of many runs on one executor.

    Trials are told in the order they were asked, whatever order they finish in, so the number of workers changes the
    time and never the result. A training that the ledger knows is not repeated, but is charged all the same.

    Attributes:
        ledger: Where trials are looked up and recorded.
        fingerprint: Of the task; with a recipe it makes the key.
        executor: Where trainings happen; None only looks trials up, and ends each run where one is missing.
        evaluate: The trials of some recipes, one but for crosses; must be picklable if the workers are processes. Where
            the executor ends it with ``BrokenExecutor``, they are recorded as failed.
        workers: How many trainings are handed to the executor at once, as of now.
        watch: Called with the run and the trial whenever one is recorded.
    """

    ledger: Ledger
    fingerprint: str
    executor: Executor | None
    evaluate: Callable[[Sequence[Recipe]], Sequence[Trial]]
    workers: Callable[[], int]
    watch: Callable[[RunState, Trial], None]

    def spend(self, runs: Sequence[RunState]) -> tuple[Run, ...]:
        """Every run with its budget spent, or its method finished.

        Raises:
            UserError: As a training does; what had finished by then is recorded.
        """
        for run in runs:
            run.ask()
        flying: Flying = {}
        wanted: dict[str, list[Place]] = {}
        while True:
            self._launch(runs, flying, wanted)
            if not flying:
                break
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            # What went wrong is raised last, so that its finished neighbours are recorded first.
            for future in sorted(done, key=lambda future: future.exception() is not None):
                for trial in self._outcome(future, flying.pop(future)):
                    self._land(trial, wanted.pop(trial.key))
        return tuple(run.run() for run in runs)

    def _outcome(self, future: Future[Sequence[Trial]], recipes: Sequence[Recipe]) -> Sequence[Trial]:
        try:
            return future.result()
        except BrokenExecutor as error:
            return [self._failed(recipe, reason=str(error)) for recipe in recipes]

    def _failed(self, recipe: Recipe, *, reason: str) -> Trial:
        """A trial that cost all its epochs and brought nothing: one for nothing could be asked for without end."""
        return Trial(
            key=recipe.key(self.fingerprint), recipe=recipe, status=Status.FAILED, objectives=None, metrics={},
            epochs=recipe.epochs, seconds=0.0, reason=reason,
        )  # fmt: skip

    def _launch(self, runs: Sequence[RunState], flying: Flying, wanted: dict[str, list[Place]]) -> None:
        """Begins trainings until every worker has some, those of the run first that is most behind."""
        waiting = [run for run in runs if not run.finished]
        while waiting and len(flying) < self.workers():
            run = min(waiting, key=lambda run: run.promised)
            fresh = self._fresh(run, run.take(), wanted)
            if fresh and self.executor is None:
                run.finished = run.stopped = True
            elif fresh and self.executor:
                run.trains = True
                flying[self.executor.submit(self.evaluate, fresh)] = fresh
            elif not run.waits:
                waiting.remove(run)
            waiting = [run for run in waiting if not run.finished]

    def _fresh(
        self, run: RunState, taken: Sequence[tuple[int, Recipe]], wanted: dict[str, list[Place]]
    ) -> list[Recipe]:
        """Those of a run's trainings that are neither known nor begun; what is known lands at once."""
        fresh = []
        for place, recipe in taken:
            key = recipe.key(self.fingerprint)
            known = self.ledger.lookup(key)
            if known is not None:
                self._land(known, [(run, place)])
            elif key in wanted:
                wanted[key].append((run, place))
            else:
                fresh.append(recipe)
                if self.executor:
                    wanted[key] = [(run, place)]
        return fresh

    def _land(self, trial: Trial, places: Sequence[Place]) -> None:
        for run, place in places:
            if self.executor:  # whoever only looks trials up may not change what is there
                self.ledger.record(run.name, run.repeat, trial)
            run.put(place, trial)
            self.watch(run, trial)
