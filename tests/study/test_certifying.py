"""Optimality gaps are computed early by idle workers, and recorded as if they had all been computed at the end."""

from concurrent.futures import Future

import pytest
from optuna.storages import InMemoryStorage

from frontsearch.folder import Folder
from frontsearch.ledger import Ledger
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Space
from frontsearch.study.certifying import Certifier
from frontsearch.study.run_state import RunState
from frontsearch.trial import Status, Trial


class Recorded:
    """An executor that remembers whose gaps it was asked for, and knows each of them at once."""

    def __init__(self):
        self.keys = []

    def submit(self, _, trial):
        self.keys.append(trial.key)
        future = Future()
        future.set_result(trial.recipe.descent.l1_weight)
        return future


class Never:
    """A method that asks for nothing."""

    def ask(self):
        return []


def trial(weight, loss, l1):
    recipe = Recipe(descent=WeightedSum(l1_weight=weight))
    return Trial(
        key=recipe.key("toy"), recipe=recipe, status=Status.COMPLETE, objectives=(loss, l1), metrics={}, epochs=1.0,
        seconds=0.0,
    )  # fmt: skip


FIRST, DOMINATED, BETTER, LAST = (trial(1, 1, 4), trial(2, 2, 2), trial(3, 1.5, 1), trial(4, 3, 0.5))


@pytest.fixture
def state():
    return RunState(name="path", repeat=0, budget=4, method=Never())


@pytest.fixture
def certifier(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    for each in (FIRST, DOMINATED, BETTER, LAST):
        (tmp_path / "checkpoints" / f"{each.key}.safetensors").touch()
    ledger = Ledger(InMemoryStorage(), "study", fingerprint="toy", space=Space({}))
    return Certifier(ledger=ledger, executor=Recorded(), folder=Folder(tmp_path))


def submitted_early(certifier, state):
    while certifier.submit_one([state]):
        pass
    return certifier.executor.keys


def test_what_is_recorded_does_not_depend_on_what_was_computed_early(certifier, state):
    state.trials = [FIRST, DOMINATED]
    assert submitted_early(certifier, state) == [FIRST.key, DOMINATED.key]
    state.trials += [BETTER]
    assert submitted_early(certifier, state) == [FIRST.key, DOMINATED.key, BETTER.key]
    state.trials += [LAST]
    certifier.record([state.to_run()])
    assert certifier.executor.keys == [FIRST.key, DOMINATED.key, BETTER.key, LAST.key]
    assert certifier.ledger.certificates == {FIRST.key: 1, BETTER.key: 3, LAST.key: 4}
    certifier.record([state.to_run()])
    assert len(certifier.executor.keys) == 4


def test_a_checkpoint_that_is_restored_later_is_certified_later(certifier, state):
    state.trials = [FIRST]
    path = certifier.folder.weights.find(FIRST.key)
    path.unlink()
    assert submitted_early(certifier, state) == []
    path.touch()
    certifier.record([state.to_run()])
    assert certifier.ledger.certificates == {FIRST.key: 1}


def test_two_runs_with_the_same_network_share_its_gap(certifier, state):
    state.trials = [FIRST]
    other = RunState(name="random", repeat=0, budget=4, method=Never(), trials=[FIRST, LAST])
    certifier.record([state.to_run(), other.to_run()])
    assert certifier.executor.keys == [FIRST.key, LAST.key]
