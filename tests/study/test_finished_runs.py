from dataclasses import replace

import lasso_study
import pytest
from optuna.storages import InMemoryStorage

from frontsearch import methods
from frontsearch.ledger.ledger import Ledger
from frontsearch.methods import METHODS, Setting
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Range, Space
from frontsearch.study import finished_runs
from frontsearch.study.finished_runs import FinishedRuns, settings_digest, versions_digest
from frontsearch.study.plans import RunPlan
from frontsearch.target import Target
from frontsearch.trial import Run, Status, Trial

TASK = "toy"
SETTING = Setting(
    budget=3.0,
    seed=1,
    template=Recipe(epochs=1.0),
    space=Space({"l1_weight": Range(low=1e-3, high=1.0, log=True)}),
    l1_weights=(1e-3, 1.0),
    reference_point=(2.0, 9.0),
)
PLAN = RunPlan(name="random", repeat=0, method=METHODS["random"](), setting=SETTING)


def trial(weight):
    recipe = Recipe(descent=WeightedSum(l1_weight=weight))
    return Trial(
        key=recipe.key(TASK),
        recipe=recipe,
        status=Status.COMPLETE,
        objectives=(1.0, weight),
        metrics={},
        epochs=1.0,
        seconds=0.0,
    )


def ledger(storage):
    return Ledger(storage, "study", fingerprint=TASK, space=SETTING.space)


def changed(**setting):
    return replace(PLAN, setting=replace(SETTING, **setting))


def test_a_finished_run_is_found_with_its_trials_in_the_order_told():
    storage = InMemoryStorage()
    first, second, third = map(trial, (0.1, 0.2, 0.3))
    written = ledger(storage)
    for one in (second, third, first):  # in the order they finished
        written.record("random", 0, one)
    run = Run(method="random", repeat=0, budget=3.0, trials=(first, second), budget_exhausted=True)
    assert FinishedRuns(written).lookup(PLAN) is None
    FinishedRuns(written).add(PLAN, run)
    for known in (written, ledger(storage)):
        assert FinishedRuns(known).lookup(PLAN) == run


@pytest.mark.parametrize(
    "other",
    [
        changed(budget=4.0),
        changed(seed=2),
        changed(template=Recipe(epochs=0.5)),
        changed(space=Space({"l1_weight": Range(low=1e-3, high=2.0, log=True)})),
        changed(l1_weights=(1e-3, 2.0)),
        changed(reference_point=(2.0, 8.0)),
        changed(initial_trials=(trial(0.1),)),
        changed(target=Target(metric="nonzeros", value=3)),
        replace(PLAN, method=METHODS["smgd"]()),
        replace(PLAN, method=METHODS["path"]()),
    ],
)
def test_a_run_with_other_settings_is_not_found(other):
    known = ledger(InMemoryStorage())
    known.record("random", 0, trial(0.1))
    FinishedRuns(known).add(PLAN, Run(method="random", repeat=0, budget=3.0, trials=(trial(0.1),)))
    assert settings_digest(other) != settings_digest(PLAN)
    assert FinishedRuns(known).lookup(other) is None


def test_a_run_finished_by_other_versions_is_found_only_for_a_report(monkeypatch):
    known, run = ledger(InMemoryStorage()), Run(method="random", repeat=0, budget=3.0, trials=(trial(0.1),))
    known.record("random", 0, trial(0.1))
    FinishedRuns(known).add(PLAN, run)
    monkeypatch.setattr(finished_runs, "LIBRARIES", ("numpy",))
    versions_digest.cache_clear()
    assert FinishedRuns(known).lookup(PLAN) is None
    assert FinishedRuns(known).lookup_any_version(PLAN) == run
    assert FinishedRuns(known).lookup_any_version(changed(seed=2)) is None
    versions_digest.cache_clear()


def test_no_method_is_asked_in_a_report_of_finished_runs(tmp_path, monkeypatch):
    study = lasso_study.write(tmp_path, "random", "path")
    before = lasso_study.session(study, tmp_path / "out").run()
    asked = []
    monkeypatch.setattr(methods.AskTell, "ask", lambda self: asked.append(self) or [])
    again = lasso_study.session(study, tmp_path / "out", report_only=True).run()
    assert asked == []
    assert [figures.run for figures in again.runs] == [figures.run for figures in before.runs]
