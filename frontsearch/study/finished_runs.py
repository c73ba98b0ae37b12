"""``FinishedRuns``: an index of a ledger's finished runs, so that a report need not replay their methods."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from frontsearch import methods
from frontsearch.ledger import Ledger
from frontsearch.study.plans import RunPlan
from frontsearch.trial import Run

# Their versions may change what methods choose.
LIBRARIES = ("moocore", "numpy", "optuna", "pymoo", "scikit-learn", "scipy", "torch")


@dataclass(frozen=True, slots=True)
class FinishedRuns:
    """Index of a ledger's finished runs, keyed by a digest of their settings.

    A method is a deterministic function of its setting and of the trials it was told, so a finished run could always be
    replayed from the ledger. But replaying a search of thousands of trainings takes most of the time of a report.
    A finished run is therefore stored with two digests: one of its settings, and one of the library versions and of the
    methods' source code. A run whose settings have changed is replayed; where trainings may follow, so is a run whose
    versions have changed.

    Attributes:
        ledger: Ledger in which the runs are recorded.
    """

    ledger: Ledger

    def lookup(self, plan: RunPlan) -> Run | None:
        """The finished run of this plan; None if there is none or other versions of the methods made it."""
        entry = self.ledger.finished_entry(plan.name, plan.repeat)
        run = self.lookup_any_version(plan) if entry.get("versions") == versions_digest() else None
        return run if run and run.finished else None

    def lookup_any_version(self, plan: RunPlan) -> Run | None:
        """The finished run of this plan, whichever versions made it; None if there is none.

        Where records of it are damaged, it has the trials that are left and is not finished.
        """
        entry = self.ledger.finished_entry(plan.name, plan.repeat)
        if entry.get("plan") != settings_digest(plan):
            return None
        recorded = self.ledger.trials(plan.name, plan.repeat)
        by_key = {trial.key: trial for trial in recorded}
        names = entry["trials"]
        if not all(isinstance(name, str) for name in names):  # earlier versions stored positions
            names = [recorded[index].key for index in names if index < len(recorded)]
        trials = tuple(by_key[key] for key in names if key in by_key)
        return Run(
            method=plan.name, repeat=plan.repeat, budget=plan.setting.budget, trials=trials,
            budget_exhausted=entry["cut"], finished=len(trials) == len(entry["trials"]),
        )  # fmt: skip

    def add(self, plan: RunPlan, run: Run) -> None:
        """Stores that a run has finished.

        Raises:
            UserError: When the storage cannot be written to.
        """
        entry = {
            "plan": settings_digest(plan),
            "versions": versions_digest(),
            "trials": [trial.key for trial in run.trials],
            "cut": run.budget_exhausted,
        }
        self.ledger.mark_finished(run.method, run.repeat, entry)


def settings_digest(plan: RunPlan) -> str:
    """A hash of a run's method, options, setting and initial trials: 32 hexadecimal digits."""
    setting = plan.setting
    initial_keys = [trial.key for trial in setting.initial_trials]
    target = [] if setting.target is None else [repr(setting.target)]
    return _digest([repr(plan.method), repr(replace(setting, initial_trials=())), initial_keys, *target])


@cache
def versions_digest() -> str:
    """A hash of the source code that methods choose by and of the libraries' versions: 32 hexadecimal digits."""
    package = Path(methods.__file__).parent
    shared = (package.parent / f"{module}.py" for module in ("front", "measures", "recipe", "space", "target"))
    files = [*sorted(package.glob("*.py")), *shared]
    source = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return _digest([source, *map(version, LIBRARIES)])


def _digest(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
