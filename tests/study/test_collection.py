"""Collections: several studies run with the same options, and their common summary."""

import json
import re
import shutil
import sys
from concurrent.futures.process import BrokenProcessPool

import lasso_study
import pytest

from frontsearch.cli import app
from frontsearch.study import certifying, session

STUDY = """
epochs = {epochs}
exact = true
l1_weights = [0.02, 0.4]
reference_point = [1.0986122886681098, 8.0]
[task]
name = "iris"
network = "linear"
objective = "train"
[training]
epochs = 20
batch_size = 30
learning_rate = 0.1
[methods.random]
[methods.path]
first_epochs = 60
step_epochs = 20
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collection")
    for name, epochs in (("one", 200), ("two", 240)):
        (folder / f"{name}.toml").write_text(STUDY.format(epochs=epochs))
    (folder / "both.toml").write_text('description = "Two."\nstudies = ["one", "two"]\n')
    assert ended_with("study", folder / "both.toml", "--out", folder / "out", "--repeats", 2, "--jobs", 1) == 0
    return folder


def ended_with(*arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            app.main()
    return ended.value.code


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def test_every_study_is_run_with_the_same_overrides_and_summarised(finished):
    whole = summary_of(finished / "out")
    assert whole["study"] == "both"
    assert list(whole["studies"]) == ["one", "two"]
    for name, summary in whole["studies"].items():
        assert summary == summary_of(finished / "out" / name)
        assert all(figures["repeats"] == 2 for figures in summary["methods"].values())
    for method, figures in whole["methods"].items():
        single = [study["methods"][method] for study in whole["studies"].values()]
        values = [value for results in single for value in results["hypervolume_ratio"]["values"]]
        assert figures["hypervolume_ratio"]["values"] == values
        assert figures["hypervolume_ratio"]["least"] == min(values)
        assert figures["hypervolume_ratio"]["median"] == pytest.approx(sum(sorted(values)[1:3]) / 2)
        assert all(0 < value <= 1 for value in values)
        assert [results["below_exact"] for results in single] == [[0, 0], [0, 0]]


def test_the_page_of_a_collection_links_to_the_reports_of_its_studies(finished):
    page = (finished / "out" / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]*)"', page) == ["one/report.html", "two/report.html"]
    least = summary_of(finished / "out")["methods"]["path"]["hypervolume_ratio"]["least"]
    assert f"<td>{least:.4f}</td>" in page
    study = (finished / "out" / "one" / "report.html").read_text(encoding="utf-8")
    assert "No network can lie below it" in study
    assert "none does" in study
    assert "exact front, l1_weight" in study


def test_every_point_has_a_certificate_which_is_computed_once(finished, tmp_path, monkeypatch):
    rows = lasso_study.rows(finished / "out" / "one" / "fronts.csv")
    assert all(float(row["certificate"]) >= 0 for row in rows)
    assert any(float(row["certificate"]) > 0 for row in rows)
    shutil.copytree(finished / "out", tmp_path / "out")
    before = (tmp_path / "out" / "one" / "fronts.csv").read_bytes()

    def never(trial):
        raise AssertionError(f"{trial.key} was certified again")

    monkeypatch.setattr(certifying, "certify", never)
    arguments = ("--out", tmp_path / "out", "--repeats", 2, "--jobs", 1)
    assert ended_with("study", finished / "both.toml", *arguments) == 0
    assert ended_with("report", finished / "both.toml", "--out", tmp_path / "out") == 0
    assert (tmp_path / "out" / "one" / "fronts.csv").read_bytes() == before


def test_a_certificate_whose_worker_died_twice_costs_nothing_else(tmp_path, monkeypatch):
    def die(trial):
        raise BrokenProcessPool(trial.key)

    monkeypatch.setattr(certifying, "certify", die)
    study = lasso_study.write(tmp_path, "random")
    lasso_study.session(study, tmp_path / "out").run()
    rows = lasso_study.rows(tmp_path / "out" / "fronts.csv")
    assert rows
    assert {row["certificate"] for row in rows} == {""}


def test_a_point_without_a_checkpoint_has_no_certificate(finished, tmp_path, monkeypatch):
    monkeypatch.setattr(
        session.Ledger, "record_certificates", lambda *_: None
    )  # as if the study had been interrupted before
    assert ended_with("study", finished / "one.toml", "--out", tmp_path, "--jobs", 1) == 0
    monkeypatch.undo()
    shutil.rmtree(tmp_path / "checkpoints")
    assert ended_with("study", finished / "one.toml", "--out", tmp_path, "--jobs", 1) == 0
    assert {row["certificate"] for row in lasso_study.rows(tmp_path / "fronts.csv")} == {""}


@pytest.mark.parametrize("command", [["dashboard"], ["export"]])
def test_a_command_for_one_study_refuses_a_collection(finished, capsys, command):
    key = ["abc"] if command == ["export"] else []
    assert ended_with(*command, finished / "both.toml", *key) == 2
    assert capsys.readouterr().err == f"{finished / 'both.toml'} is a collection; name one of its studies: one, two.\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("studies = []", "`studies` must list at least one study, each once; found []."),
        ('studies = ["one", "one"]', "`studies` must list at least one study, each once; found ['one', 'one']."),
        ("studies = 3", "'studies' at the top level must be a list; found 3."),
        ('studies = ["three"]', "There is no study file"),
        ('studies = ["../one"]', "must be at most 100 letters, digits"),
        ('studies = ["/one"]', "must be at most 100 letters, digits"),
        ('studies = ["one/../one"]', "must be at most 100 letters, digits"),
        ('studies = ["one"]\nepochs = 3', "unknown key 'epochs' at the top level"),
        ('studies = ["again"]', "is a collection; name one of its studies"),
    ],
)
def test_an_invalid_collection_is_one_sentence(finished, capsys, text, sentence):
    (finished / "again.toml").write_text(text)
    assert ended_with("study", finished / "again.toml", "--out", finished / "no", "--jobs", 1) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_an_exact_front_of_a_task_without_one_is_one_sentence(tmp_path, capsys):
    study = lasso_study.write(tmp_path, "random")
    study.write_text(study.read_text().replace("epochs = 600", "epochs = 600\nexact = true"))
    assert ended_with("study", study, "--out", tmp_path / "out", "--jobs", 1) == 2
    assert "`exact` needs a convex task: a linear network" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
