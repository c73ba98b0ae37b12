"""A training that hangs is ended at its deadline, which finished trainings teach and which changes no result."""

import os
import time
from concurrent.futures import BrokenExecutor
from dataclasses import replace

import lasso_study
import pytest
import stopping

from frontsearch import search
from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.study.config import read_study, study_of
from frontsearch.tasks import lasso
from frontsearch.trial import Status, Trial
from frontsearch.workers.deadlines import SHORTEST, Deadlines
from frontsearch.workers.pool import ProcessPool

RECIPE = Recipe(descent=WeightedSum(l1_weight=0.1), epochs=20)


def trial(recipe=RECIPE, *, seconds, status=Status.COMPLETE):
    return Trial(
        key="0" * 32, recipe=recipe, status=status, objectives=(1.0, 1.0), metrics={}, epochs=recipe.epochs,
        seconds=seconds,
    )  # fmt: skip


def test_before_a_training_of_its_kind_has_finished_there_is_no_deadline():
    deadlines = Deadlines()
    assert deadlines.of([RECIPE]) is None
    deadlines.learn([trial(seconds=1000, status=Status.DIVERGED)])
    deadlines.learn(0.25)  # a certificate
    assert deadlines.of([RECIPE]) is None
    deadlines.learn([trial(seconds=1000)])
    assert deadlines.of([RECIPE]) == pytest.approx(10_000)
    for other in (replace(RECIPE, batch_size=8), replace(RECIPE, descent=MultiGradient(l1_scale=1.0), optimiser="sgd")):
        assert deadlines.of([other]) is None


def test_a_deadline_is_ten_times_the_median_scaled_by_epochs_and_at_least_ten_minutes():
    deadlines = Deadlines()
    for seconds in (400, 200, 9999):
        deadlines.learn([trial(seconds=seconds)])
    assert deadlines.of([RECIPE]) == pytest.approx(4000)
    assert deadlines.of([replace(RECIPE, epochs=40)]) == pytest.approx(8000)
    assert deadlines.of([RECIPE, RECIPE]) == pytest.approx(8000)
    assert deadlines.of(trial(seconds=1)) == pytest.approx(4000)  # of its certificate
    assert deadlines.of([replace(RECIPE, epochs=1)]) == SHORTEST == 600


def test_a_given_deadline_holds_from_the_first_training():
    assert Deadlines(7.0).of([RECIPE]) == 7
    assert Deadlines(7.0).of([RECIPE] * 3) == 21


def test_a_stopped_or_hanging_worker_is_killed_at_the_deadline_and_its_job_tried_again(tmp_path):
    with ProcessPool(2, initializer=os.getpid, initargs=(), deadlines=Deadlines(1.0)) as pool:
        stopped, hanging = pool.submit(stopping.stop_once, tmp_path / "mark"), pool.submit(time.sleep, 600)
        assert stopped.result() == "alive"
        with pytest.raises(BrokenExecutor, match=r"twice, .* because it took longer than its deadline of 1 seconds\.$"):
            hanging.result()


def test_a_deadline_learned_while_a_training_hangs_ends_it(monkeypatch):
    monkeypatch.setattr("frontsearch.workers.deadlines.SHORTEST", 1.0)
    deadlines = Deadlines()
    with ProcessPool(1, initializer=os.getpid, initargs=(), deadlines=deadlines) as pool:
        hanging = pool.submit(stopping.sleep_over, [RECIPE])
        deadlines.learn([trial(seconds=0.001)])
        with pytest.raises(BrokenExecutor, match="its deadline of 1 seconds"):
            hanging.result()


def test_a_deadline_changes_neither_key_nor_result(tmp_path):
    study = lasso_study.write(tmp_path, "random", epochs=200)
    config = read_study(str(study))
    lasso_study.session(study, tmp_path / "without").run()
    study.write_text(study.read_text().replace("[training]", "[training]\ndeadline = 60"))
    assert read_study(str(study)).template() == config.template()
    lasso_study.session(study, tmp_path / "with").run()
    assert lasso_study.outcome(tmp_path / "with") == lasso_study.outcome(tmp_path / "without")
    assert "deadline = 60" in (tmp_path / "with" / "study.toml").read_text()


@pytest.mark.parametrize("value", [0, -1.0, float("inf"), "soon"])
def test_a_deadline_that_is_none_is_refused_before_any_training(value):
    with pytest.raises(Exception, match=r"^`deadline` must be (a number|positive|finite)"):
        search(lasso(), method="random", epochs=100, deadline=value)


def test_a_deadline_cannot_be_searched():
    space = {"deadline": {"low": 1.0, "high": 2.0}}
    content = {"name": "tiny", "epochs": 9, "task": {"name": "lasso"}, "methods": {"random": {}}, "space": space}
    with pytest.raises(Exception, match=r"unknown key 'deadline' in \[space\]"):
        study_of(content)
