"""What a ledger of many thousand trials must not do once for each of them, or with all of them at every access."""

import copy

from test_ledger import ENTRY, TASK, WITHIN, ledger_at, trial

from frontsearch.ledger import stored_runs
from frontsearch.ledger.ledger import Ledger
from frontsearch.ledger.storage import open_storage
from frontsearch.recipe import Recipe, WeightedSum

TRIALS = [trial(Recipe(descent=WeightedSum(l1_weight=weight), optimiser="sgd")) for weight in (0.1, 0.2)]


def test_trials_that_are_read_share_their_distributions(tmp_path):
    written = ledger_at(tmp_path / "ledger.journal")
    for one in TRIALS:
        written.record("path", 0, one)
    storage = open_storage(tmp_path / "ledger.journal", to_write=False)
    study = Ledger(storage, "mine", fingerprint=TASK, space=WITHIN).optuna_study("path", 0)
    (_, first), (_, second) = stored_runs.frozen_trials(study, storage)
    assert [first.params["l1_weight"], second.params["l1_weight"]] == [0.1, 0.2]
    assert first.distributions.keys() == first.params.keys()
    assert all(first.distributions[name] is second.distributions[name] for name in first.distributions)


def test_the_keys_of_a_finished_run_are_not_copied(tmp_path, monkeypatch):
    ledger = ledger_at(tmp_path / "ledger.journal")
    ledger.mark_finished("path", 0, ENTRY)
    monkeypatch.setattr(copy, "deepcopy", None)
    assert ledger.finished_entry("path", 0) == ENTRY
