"""The ledger: a study's trials in an Optuna storage, one Optuna study per run.

In: trials as they finish. Out: trials by key or by run, and who may train which run. Read ``ledger.py`` first;
``storage.py`` opens journals and databases, ``lease.py`` keeps two coordinators apart.
"""

from frontsearch.ledger.ledger import SEEDS, Ledger
from frontsearch.ledger.located_runs import Finished
from frontsearch.ledger.optuna_distributions import distributions, parameters
from frontsearch.ledger.storage import lost_words, names_in, open_storage, quiet, recording, without_password

__all__ = [
    "SEEDS", "Finished", "Ledger", "distributions", "lost_words", "names_in", "open_storage", "parameters",
    "quiet", "recording", "without_password",
]  # fmt: skip
