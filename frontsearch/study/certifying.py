"""``Certifier``: optimality gaps of the networks on the fronts, computed by the workers that trained them."""

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field

from frontsearch.folder import Folder, changed_checkpoint
from frontsearch.front import Front
from frontsearch.ledger import Ledger
from frontsearch.study.run_state import RunState
from frontsearch.trial import Run, Trial
from frontsearch.workers import certify

Gap = Future[float | None]


@dataclass(frozen=True, kw_only=True)
class Certifier:
    """Has optimality gaps computed that are missing on the runs' fronts.

    Most of a gap's time is a forward pass over the whole training split, so workers that have nothing to train begin
    early, with the fronts so far. What is recorded does not depend on that: it is all gaps of the final fronts.

    Attributes:
        ledger: The study's ledger.
        executor: Where the gaps are computed.
        folder: The study's output folder.
    """

    ledger: Ledger
    executor: Executor
    folder: Folder
    _gaps: dict[tuple[str, str], Gap] = field(default_factory=dict)  # by trial key and digest of the checkpoint
    _fronts: dict[tuple[str, int], tuple[int, Sequence[Trial]]] = field(default_factory=dict)

    def submit_one(self, runs: Sequence[RunState]) -> Gap | None:
        """The future of a missing gap on the runs' fronts so far, submitted to the executor; None if none is left."""
        trials = (trial for run in runs for trial in self._front(run) if _name(trial) not in self._gaps)
        return next(map(self._submitted, filter(self._is_missing, trials)), None)

    def record(self, runs: Sequence[Run]) -> None:
        """Computes and records all missing gaps on the runs' fronts, run by run."""
        fronts = [list(filter(self._is_missing, Front.of_trials(run.trials).trials)) for run in runs]
        futures = [{trial.key: self._submitted(trial) for trial in front} for front in fronts]
        for run, of_front in zip(runs, futures, strict=True):
            gaps = {key: _result_or_none(future) for key, future in of_front.items()}
            new = {key: gap for key, gap in gaps.items() if gap is not None and key not in self.ledger.certificates}
            self.ledger.record_certificates(run.method, run.repeat, new)

    def _is_missing(self, trial: Trial) -> bool:
        """Whether the ledger has no gap of a trial whose checkpoint is there as its training wrote it."""
        known, folder = trial.key in self.ledger.certificates, self.folder
        return not known and folder.weights.find(trial.key) is not None and not changed_checkpoint(trial, folder)

    def _submitted(self, trial: Trial) -> Gap:
        name = _name(trial)
        if name not in self._gaps:
            self._gaps[name] = self.executor.submit(certify, trial)
        return self._gaps[name]

    def _front(self, run: RunState) -> Sequence[Trial]:
        """The front of a run so far, from the one of the last call and the trials since."""
        count, front = self._fronts.get((run.name, run.repeat), (0, ()))
        if count < len(run.trials):
            count, front = len(run.trials), Front.of_trials([*front, *run.trials[count:]]).trials
            self._fronts[run.name, run.repeat] = count, front
        return front


def _name(trial: Trial) -> tuple[str, str]:
    return trial.key, trial.checkpoint_sha256


def _result_or_none(future: Gap) -> float | None:
    """The optimality gap; None if its worker died, as a missing number must not cost the report."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
