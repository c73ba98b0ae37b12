from dataclasses import replace

import lasso_study
import pytest
from optuna.storages import InMemoryStorage

from frontsearch import methods
from frontsearch.ledger.ledger import Ledger
from frontsearch.methods import METHODS, Setting
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Range, Space
from frontsearch.study import finished_runs as settled
from frontsearch.study.finished_runs import FinishedRuns, digest, versions
from frontsearch.study.plans import RunPlan
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


def test_a_run_that_was_noted_is_known_again_in_the_order_told():
    storage = InMemoryStorage()
    first, second, third = map(trial, (0.1, 0.2, 0.3))
    written = ledger(storage)
    for one in (second, third, first):  # as they landed
        written.record("random", 0, one)
    run = Run(method="random", repeat=0, budget=3.0, trials=(first, second), cut=True)
    assert FinishedRuns(written).run(PLAN) is None
    FinishedRuns(written).note(PLAN, run)
    for known in (written, ledger(storage)):
        assert FinishedRuns(known).run(PLAN) == run


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
        replace(PLAN, method=METHODS["smgd"]()),
        replace(PLAN, method=METHODS["path"]()),
    ],
)
def test_a_run_made_of_anything_else_is_not(other):
    known = ledger(InMemoryStorage())
    known.record("random", 0, trial(0.1))
    FinishedRuns(known).note(PLAN, Run(method="random", repeat=0, budget=3.0, trials=(trial(0.1),)))
    assert digest(other) != digest(PLAN)
    assert FinishedRuns(known).run(other) is None


def test_what_another_version_ended_is_known_and_asked_again(monkeypatch):
    known, run = ledger(InMemoryStorage()), Run(method="random", repeat=0, budget=3.0, trials=(trial(0.1),))
    known.record("random", 0, trial(0.1))
    FinishedRuns(known).note(PLAN, run)
    monkeypatch.setattr(settled, "LIBRARIES", ("numpy",))
    versions.cache_clear()
    assert FinishedRuns(known).run(PLAN) is None
    assert FinishedRuns(known).ever(PLAN) == run
    assert FinishedRuns(known).ever(changed(seed=2)) is None
    versions.cache_clear()


def test_no_method_is_asked_for_a_study_that_is_over(tmp_path, monkeypatch):
    study = lasso_study.write(tmp_path, "random", "path")
    before = lasso_study.session(study, tmp_path / "out").run()
    asked = []
    monkeypatch.setattr(methods.AskTell, "ask", lambda self: asked.append(self) or [])
    again = lasso_study.session(study, tmp_path / "out", report_only=True).run()
    assert asked == []
    assert [figures.run for figures in again.runs] == [figures.run for figures in before.runs]
