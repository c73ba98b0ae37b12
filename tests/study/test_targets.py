"""Studies with a target, trained for real on the digits: who gets there, and that it is said."""

import json

import pytest
from digits_study import TEXT

from frontsearch.cli import picking
from frontsearch.cli.study_command import target_of
from frontsearch.folder import Folder
from frontsearch.study import read_study, recorded_comparison
from frontsearch.study.session import Session


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "aimed.toml"
    path.write_text(TEXT.replace("epochs = 8", "epochs = 60", 1).replace("first_epochs = 2", "first_epochs = 12"))
    return path


def ran(study, out, target, *methods):
    overrides = {"methods": list(methods), **({"target": target_of(target)} if target else {})}
    config = read_study(str(study), overrides)
    return Session(config=config, folder=Folder(out), quiet=True).run()


def validation_error_at(comparison, sparsity):
    trials = [trial for result in comparison.runs for trial in result.run.trials]
    return min(trial.metrics["validation_error"] for trial in trials if trial.metrics.get("sparsity", 0.0) >= sparsity)


def test_path_reaches_a_sparsity_with_a_better_network_than_without_the_target(study, tmp_path):
    out = tmp_path / "out"
    comparison = ran(study, out, "sparsity=0.9", "path")
    (note,) = [note for note in comparison.notes if note.startswith("path reached sparsity 0.9: its best network has ")]
    summary = json.loads((out / "summary.json").read_text())
    (key,) = summary["target"]["methods"]["path"]["key"]
    assert summary["target"] == {
        "asked": {"sparsity": 0.9}, "methods": {"path": {"reached": [True], "key": [key]}},
    }  # fmt: skip
    assert key[:8] in note
    assert note in summary["notes"]
    assert note.split(":")[0] in (out / "report.html").read_text()
    assert "default: the best at the target, sparsity 0.9" in (out / "report.html").read_text()
    assert read_study(str(out / "study.toml")).target == read_study(str(study), {"target": {"sparsity": 0.9}}).target
    assert picking.default_pick(Folder(out), storage=None).trial.key == key
    assert recorded_comparison(Folder(out)).target == comparison.target
    assert validation_error_at(comparison, 0.9) < validation_error_at(ran(study, tmp_path / "plain", "", "path"), 0.9)


def test_gmp_reaches_a_number_of_nonzeros_and_a_method_without_targets_is_named(study, tmp_path):
    comparison = ran(study, tmp_path / "out", "nonzeros=300", "gmp", "optuna-tpe")
    assert any(note.startswith("gmp reached 300 nonzeros: its best network has") for note in comparison.notes)
    assert "optuna-tpe searched the whole front and not near the target." in comparison.notes


def test_a_target_out_of_reach_is_said(study, tmp_path):
    study.write_text(study.read_text().replace("epochs = 60", "epochs = 12", 1))
    comparison = ran(study, tmp_path / "out", "sparsity=0.98", "path")
    assert comparison.notes[0].startswith("path did not reach sparsity 0.98: its sparsest network has sparsity 0.")


def test_a_study_without_a_target_says_nothing_of_one(study, tmp_path):
    study.write_text(study.read_text().replace("epochs = 60", "epochs = 12", 1))
    comparison = ran(study, tmp_path / "out", "", "path")
    assert not any("target" in note or "reach" in note for note in comparison.notes)
    assert "target" not in json.loads((tmp_path / "out" / "summary.json").read_text())
    assert "target" not in (tmp_path / "out" / "study.toml").read_text()
