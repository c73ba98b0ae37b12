"""The ledger: a study's trials in an Optuna storage, one Optuna study per run.

In: trials as they finish. Out: trials by key or by run, and who may train which run. Read ``ledger.py`` first;
``storage.py`` opens journals and databases, ``lease.py`` keeps two coordinators apart.
"""

from frontsearch.ledger.ledger import SEEDS, Ledger
from frontsearch.ledger.located_runs import LocatedRuns
from frontsearch.ledger.optuna_distributions import distributions, parameters
from frontsearch.ledger.storage import hide_password, open_storage, quiet, storage_errors, storage_failure, study_names

__all__ = [
    "SEEDS", "Ledger", "LocatedRuns", "distributions", "hide_password", "open_storage", "parameters", "quiet",
    "storage_errors", "storage_failure", "study_names",
]  # fmt: skip
