"""Optimality gaps of the networks on the fronts, computed by the workers that trained them."""

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Executor, Future

from frontsearch.folder import Folder, changed_checkpoint
from frontsearch.front import Front
from frontsearch.ledger import Ledger
from frontsearch.trial import Run
from frontsearch.workers import certify


def record_certificates(runs: Sequence[Run], ledger: Ledger, executor: Executor, *, folder: Folder) -> None:
    """Computes and records the optimality gaps that are missing on the runs' fronts, run by run."""
    for run in runs:
        front = Front.of_trials(run.trials).trials
        missing = [trial for trial in front if trial.key not in ledger.certificates]
        missing = [trial for trial in missing if not changed_checkpoint(trial, folder)]
        futures = {trial.key: executor.submit(certify, trial) for trial in missing}
        gaps = {key: _result_or_none(future) for key, future in futures.items()}
        known = {key: gap for key, gap in gaps.items() if gap is not None}
        ledger.record_certificates(run.method, run.repeat, known)


def _result_or_none(future: Future[float | None]) -> float | None:
    """The optimality gap; None if its worker died, as a missing number must not cost the report."""
    try:
        return future.result()
    except BrokenExecutor:
        return None
