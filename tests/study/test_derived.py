"""What a study file does not say is derived, written down and the same again."""

import json
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lasso_study import outcome, rows, session

from frontsearch.comparison import hypervolume
from frontsearch.ledger import Ledger
from frontsearch.study.boxes import default_log_box, hypervolume_boxes
from frontsearch.study.config import read_study, to_toml
from frontsearch.study.derived import with_derived
from frontsearch.study.loading import load_task

MINIMAL = """
epochs = 20
[task]
name = "digits"
network = "linear"
[methods.path]
"""


def write(folder, text, name="minimal"):
    """Writes a study file and returns its path."""
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def derived(path, overrides=None):
    """The study at this path with all that is derived."""
    config = read_study(str(path), overrides)
    return with_derived(config, load_task(config))


def test_a_minimal_file_runs_and_its_resolved_study_is_complete_and_repeats_it(tmp_path, monkeypatch):
    study, first, second = write(tmp_path, MINIMAL), tmp_path / "first", tmp_path / "second"
    session(study, first).run()
    resolved = tomllib.loads((first / "study.toml").read_text(encoding="utf-8"))
    assert resolved.keys() >= {"reference_point", "l1_weights", "log_box", "training", "fingerprint"}
    assert resolved["training"].items() >= {"epochs": 1.0, "batch_size": 64}.items()
    assert resolved["log_box"]["l1"][1] == resolved["reference_point"][1]
    before = outcome(first)
    assert len(before["trials"]) > 3
    assert 0 < before["summary"]["methods"]["path"]["hypervolume"]["median"] < 1

    session(first / "study.toml", second, overrides={"name": "minimal"}).run()
    assert outcome(second) == before
    assert (second / "study.toml").read_text() == (first / "study.toml").read_text()

    trained = []
    monkeypatch.setattr(Ledger, "record_certificates", lambda *_: None)
    monkeypatch.setattr("frontsearch.study.session.evaluate", trained.append)
    session(study, first).run()  # resumes: everything is in the ledger
    assert trained == []
    assert outcome(first) == before


def test_a_file_that_says_everything_is_left_as_it_is(tmp_path):
    study = derived(write(tmp_path, MINIMAL))
    assert with_derived(study, load_task(study)) == study
    assert with_derived(read_study(str(write(tmp_path, to_toml(study)))), load_task(study)) == study


def test_each_value_that_the_file_gives_stays(tmp_path):
    whole = derived(write(tmp_path, MINIMAL)).model_dump()
    for line, key in {
        "reference_point = [1.0, 70.0]": "reference_point", "l1_weights = [0.5, 0.7]": "l1_weights",
    }.items():  # fmt: skip
        study = derived(write(tmp_path, line + MINIMAL)).model_dump()
        assert list(study[key]) == json.loads(line.split(" = ")[1])
        assert study[key] != whole[key]


@pytest.mark.parametrize("name", ["digits", "iris", "lasso", "convex-digits", "convex-breast-cancer", "convex-iris"])
def test_the_range_of_l1_weights_is_near_the_one_chosen_by_hand(name):
    config = read_study(name)
    found = with_derived(config.model_copy(update={"l1_weights": None}), load_task(config)).l1_weights
    least, greatest = np.divide(found, config.l1_weights)
    assert 1 / 4 < least < 4
    assert 1 / 2 < greatest < 2


def test_a_training_takes_a_twentieth_of_the_budget_unless_the_file_says_its_length(tmp_path):
    assert derived(write(tmp_path, MINIMAL), {"epochs": 50}).training.epochs == 2.5
    given_length = write(tmp_path, MINIMAL + "[training]\nepochs = 4\nbatch_size = 7\n")
    assert derived(given_length, {"epochs": 50}).training.epochs == 4
    assert derived(given_length).training.batch_size == 7


def test_a_space_is_derived_only_for_searches_and_lies_in_the_range_of_l1_weights(tmp_path):
    assert derived(write(tmp_path, MINIMAL)).space == {}
    study = derived(write(tmp_path, MINIMAL + "[methods.random]\n[training]\nlearning_rate = 0.1\n"))
    assert (study.space["l1_weight"].low, study.space["l1_weight"].high) == study.l1_weights
    assert study.space["learning_rate"].low < 0.1 < study.space["learning_rate"].high
    assert read_study(str(write(tmp_path, to_toml(study)))) == study.model_copy(update={"name": "minimal"})
    own = derived(write(tmp_path, MINIMAL + "[methods.random]\n[space]\nmomentum = [0.5, 0.9]\n"))
    assert list(own.space) == ["momentum"]


@pytest.mark.parametrize("method", ["random", "optuna-nsga2", "pymoo-nsga2", "inheritance", "successive-halving"])
def test_a_minimal_file_is_enough_for_a_search(tmp_path, method):
    study = write(tmp_path, MINIMAL.replace("path", method))
    session(study, tmp_path / "out").run()
    trials = rows(tmp_path / "out" / "trials.csv")
    assert len({trial["l1_weight"] for trial in trials}) > 3


@given(loss=st.floats(1e-27, 1e30), l1=st.floats(1e-27, 1e30))
def test_the_log_box_is_never_inside_out(loss, l1):
    box = default_log_box((loss, l1))
    assert 0 < box.loss[0] < box.loss[1] == loss
    assert 0 < box.l1[0] < box.l1[1] == l1


@pytest.mark.parametrize("loss", [1e-6, 0.005, 0.01, 0.02, 0.7, 2.3, 1e6])
def test_both_hypervolumes_are_shares_of_their_box_whatever_the_reference_point(tmp_path, loss):
    config = read_study(str(write(tmp_path, f"reference_point = [{loss}, 300.0]" + MINIMAL)))
    points = np.array([[0.0, 0.0], [loss / 2, 3.0], [loss / 500, 200.0], [2 * loss, 1.0]])
    for box in hypervolume_boxes(config):
        assert 0 < hypervolume(points[1:], box=box) < 1
        assert hypervolume(points, box=box) == pytest.approx(1)


def test_the_log_box_of_entropies_in_nats_begins_at_a_hundredth():
    assert [default_log_box((loss, 1.0)).loss[0] for loss in (0.1, 0.6931, 2.3, 10.0)] == [0.01] * 4
