"""Runs that are over, known again by what they were made of, so that no method is asked twice."""

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

LIBRARIES = ("numpy", "optuna", "pymoo", "scikit-learn", "scipy")  # what methods draw and compute with


@dataclass(frozen=True, slots=True)
class FinishedRuns:
    """The runs that a ledger knows to be over.

    A method is a deterministic function of its setting and of what it was told, so a run whose budget is spent comes
    out the same whenever it is asked again; but asking costs what a search spends on choosing, over thousands of
    trainings the most of a report's time. A run is therefore noted with digests of what its study says and of the
    versions that chose, the methods' own code included. It is asked again where the first differs and, if anything may
    be trained, where the second does.

    Attributes:
        ledger: Where runs are noted.
    """

    ledger: Ledger

    def run(self, plan: RunPlan) -> Run | None:
        """The run as planned; None where it is not over, or these versions of everything might choose otherwise."""
        noted = self.ledger.finished_entry(plan.name, plan.repeat)
        return self.ever(plan) if noted.get("versions") == versions() else None

    def ever(self, plan: RunPlan) -> Run | None:
        """The run as planned, whatever versions made it; None where it never was over."""
        noted, recorded = self.ledger.finished_entry(plan.name, plan.repeat), self.ledger.trials(plan.name, plan.repeat)
        if noted.get("plan") != digest(plan):
            return None
        trials = tuple(recorded[place] for place in noted["trials"])
        return Run(
            method=plan.name, repeat=plan.repeat, budget=plan.setting.budget, trials=trials, cut=noted["cut"]
        )  # fmt: skip

    def note(self, plan: RunPlan, run: Run) -> None:
        """Notes that a run is over, unless that is noted.

        Raises:
            UserError: When the storage cannot be written to.
        """
        places = {trial.key: place for place, trial in enumerate(self.ledger.trials(run.method, run.repeat))}
        trials = [places[trial.key] for trial in run.trials]
        noted = {"plan": digest(plan), "versions": versions(), "trials": trials, "cut": run.cut}
        self.ledger.mark_finished(run.method, run.repeat, noted)


def digest(plan: RunPlan) -> str:
    """A hash of all that a study says of a run: 32 hexadecimal digits."""
    setting = plan.setting
    first = [trial.key for trial in setting.initial_trials]
    return _hash([repr(plan.method), repr(replace(setting, initial_trials=())), first])


@cache
def versions() -> str:
    """A hash of what methods choose by, their own source included: 32 hexadecimal digits."""
    files = sorted(Path(methods.__file__).parent.glob("*.py"))
    source = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return _hash([source, *map(version, LIBRARIES)])


def _hash(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
