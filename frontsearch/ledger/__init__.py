"""The ledger: a study's trials in an Optuna storage, with one Optuna study for each run.

In: trials as they finish. Out: trials by key or by run, and leases, which keep two coordinators from training the same
run. Read ``ledger.py`` first. ``storage.py`` opens journals and databases, ``stored_trial.py`` converts trials to
Optuna's and back, ``lease.py`` holds the leases, ``redaction.py`` hides passwords. Nothing that a storage contains is
trusted: ``journal.py``, ``database.py``, ``stored_runs.py`` and ``lease_record.py`` name what is damaged and go on
without it.
"""

from frontsearch.ledger.ledger import INITIAL_TRIALS, Ledger
from frontsearch.ledger.listed_folders import comparison_name
from frontsearch.ledger.located_runs import LocatedRuns
from frontsearch.ledger.optuna_distributions import distributions
from frontsearch.ledger.redaction import hide_password
from frontsearch.ledger.storage import (
    open_storage,
    quiet_optuna,
    storage_errors,
    storage_failure,
    storage_option,
    study_names,
)
from frontsearch.ledger.trainer_versions import trainer_of

__all__ = [
    "INITIAL_TRIALS", "Ledger", "LocatedRuns", "comparison_name", "distributions", "hide_password", "open_storage",
    "quiet_optuna", "storage_errors", "storage_failure", "storage_option",
    "study_names", "trainer_of",
]  # fmt: skip
