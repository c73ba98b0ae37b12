"""Studies that begin with the trials of an earlier run: two real runs on the lasso, one seeded from the other."""

import json
import shutil
from types import SimpleNamespace

import lasso_study
import optuna
import pytest

from frontsearch.errors import UserError
from frontsearch.ledger.storage import open_storage
from frontsearch.study.config import read_study
from frontsearch.study.runner import Runner

ACCEPTING = ("optuna-tpe", "optuna-nsga2", "pymoo-nsga2", "inheritance")


@pytest.fixture(scope="module")
def previous(tmp_path_factory):
    """The output folder of a finished study with a search and a path."""
    folder = tmp_path_factory.mktemp("previous")
    study = lasso_study.write(folder, "random", "path", name="previous")
    study.write_text(study.read_text().replace("first_epochs = 100", "first_epochs = 150"))  # no search can use these
    lasso_study.session(study, folder / "out").run()
    return folder / "out"


@pytest.fixture(scope="module")
def seeded(previous, tmp_path_factory):
    """A finished study, never interrupted, that began with the trials of the previous random search."""
    folder = tmp_path_factory.mktemp("seeded")
    study = lasso_study.write(folder, *ACCEPTING)
    lasso_study.session(study, folder / "out", overrides={"seed_from": str(previous / "random")}).run()
    return SimpleNamespace(study=study, out=folder / "out", seed_from=str(previous / "random"))


def keys(out, **column):
    rows = lasso_study.rows(out / "trials.csv")
    return {row["key"] for row in rows if all(row[name] == value for name, value in column.items())}


def run(study, out, **overrides):
    return lasso_study.session(study, out, overrides=overrides).run()


def test_initial_trials_are_recorded_in_the_ledger_and_belong_to_no_run(seeded, previous):
    recorded = optuna.load_study(
        study_name="tiny/seeds/0", storage=open_storage(seeded.out / "ledger.journal", to_write=False)
    )
    assert {trial.user_attrs["key"] for trial in recorded.trials} == keys(previous, method="random")
    assert len(recorded.trials) == 6
    assert not keys(seeded.out) & keys(previous)
    assert read_study(str(seeded.out / "study.toml")).seed_from == seeded.seed_from
    assert set(json.loads((seeded.out / "summary.json").read_text())["methods"]) == set(ACCEPTING)


def test_initial_trials_are_not_charged_to_the_budget(seeded):
    for method in ACCEPTING:
        rows = [row for row in lasso_study.rows(seeded.out / "trials.csv") if row["method"] == method]
        assert sum(float(row["epochs"]) for row in rows) == 600


def test_initial_trials_change_what_the_methods_ask_for(seeded, tmp_path):
    run(seeded.study, tmp_path)
    for method in ACCEPTING:
        assert not keys(seeded.out, method=method) >= keys(tmp_path, method=method)


def test_inheritance_starts_from_the_weights_of_initial_trials(seeded, previous):
    rows = [row for row in lasso_study.rows(seeded.out / "trials.csv") if row["method"] == "inheritance"]
    starts = {row["start_trial"] for row in rows} - {""}
    assert starts & keys(previous, method="random")
    kept = {path.stem for path in (seeded.out / "checkpoints").iterdir()}
    assert starts <= kept


def test_inheritance_accepts_trials_of_any_method(previous, tmp_path):
    study = lasso_study.write(tmp_path, "inheritance")
    run(study, tmp_path / "out", seed_from=str(previous / "path" / "0"))
    starts = {row["start_trial"] for row in lasso_study.rows(tmp_path / "out" / "trials.csv")}
    assert starts & keys(previous, method="path")


@pytest.mark.parametrize("trainings", [0, 1, 7, 20])
def test_an_interrupted_study_can_be_continued_after_the_earlier_run_is_deleted(
    seeded, previous, tmp_path, monkeypatch, trainings
):
    copy, left = tmp_path / "previous", trainings
    shutil.copytree(previous, copy)
    submit = Runner._submit

    def until_interrupted(*arguments):
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        return submit(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Runner, "_submit", until_interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(seeded.study, tmp_path / "out", seed_from=str(copy / "random"))
    shutil.rmtree(copy)
    run(seeded.study, tmp_path / "out")  # without --seed-from, too
    run(seeded.study, tmp_path / "out", seed_from=str(copy / "random"))
    assert lasso_study.outcome(tmp_path / "out") == lasso_study.outcome(seeded.out)


def test_initial_trials_that_were_recorded_in_part_are_completed(seeded, tmp_path):
    lines = (seeded.out / "ledger.journal").read_text().splitlines(keepends=True)
    third = [number for number, line in enumerate(lines) if '"key":' in line][2]
    (tmp_path / "out").mkdir()
    begun = [line for line in lines[: third + 1] if "frontsearch:lease:" not in line]  # this process still runs
    (tmp_path / "out" / "ledger.journal").write_text("".join(begun))
    run(seeded.study, tmp_path / "out", seed_from=seeded.seed_from)
    assert lasso_study.outcome(tmp_path / "out") == lasso_study.outcome(seeded.out)


def test_a_report_can_be_written_again_after_the_earlier_run_is_deleted(seeded, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(seeded.out, out)
    study = out / "study.toml"
    study.write_text(study.read_text().replace(seeded.seed_from, str(tmp_path / "gone")))
    lasso_study.session(study, out, report_only=True).run()
    assert lasso_study.outcome(out) == lasso_study.outcome(seeded.out)


def test_the_resolved_study_reproduces_the_seeded_one(seeded, tmp_path):
    run(seeded.out / "study.toml", tmp_path)
    assert lasso_study.outcome(tmp_path) == lasso_study.outcome(seeded.out)


@pytest.mark.parametrize("method", ["inheritance", "successive-halving"])
def test_a_larger_budget_continues_from_what_is_there(method, tmp_path):
    study = lasso_study.write(tmp_path, method)
    for epochs in (450.0, 1200.0):  # the first ends within a generation or a rung
        run(study, tmp_path / "out", epochs=epochs)
    run(study, tmp_path / "at once", epochs=1200.0)
    assert keys(tmp_path / "out") == keys(tmp_path / "at once")


def test_another_earlier_run_in_the_same_folder_is_refused(seeded, previous, tmp_path):
    with pytest.raises(UserError, match=r"began with --seed-from .*, not --seed-from"):
        run(seeded.study, seeded.out, seed_from=str(previous))
    study = lasso_study.write(tmp_path, "random")
    run(study, tmp_path / "out")
    with pytest.raises(UserError, match="began without --seed-from"):
        run(study, tmp_path / "out", seed_from=str(previous))


def refused(study, out, seed_from):
    with pytest.raises(UserError) as caught:
        run(study, out, seed_from=str(seed_from))
    assert not (out / "study.toml").exists()
    return str(caught.value)


def test_an_earlier_run_that_cannot_be_used_is_one_sentence(previous, tmp_path):
    study, out = lasso_study.write(tmp_path, "optuna-nsga2"), tmp_path / "out"
    assert "there is no ledger.journal" in refused(study, out, tmp_path / "nowhere")
    assert "has no method 'pth': did you mean 'path'?" in refused(study, out, previous / "pth")
    assert "has no repeat '1': choose from 0." in refused(study, out, previous / "random" / "1")
    assert f"No trial of {previous / 'path'} can be used by optuna-nsga2: it must have completed" in refused(
        study, out, previous / "path"
    )
    none = lasso_study.write(tmp_path, "random", "path")
    assert "accepts initial trials: one of optuna-tpe, optuna-gp, " in refused(none, out, previous)


def test_an_earlier_run_on_another_task_is_refused(previous, tmp_path):
    journal = (previous / "ledger.journal").read_text()
    task = read_study(str(previous / "study.toml")).fingerprint
    (tmp_path / "previous").mkdir()
    (tmp_path / "previous" / "ledger.journal").write_text(journal.replace(task, "feed" * 4))
    study = lasso_study.write(tmp_path, "optuna-nsga2")
    assert f"was on feedfeedfeedfeed and not {task}" in refused(study, tmp_path / "out", tmp_path / "previous")


def test_initial_trials_of_another_run_in_a_shared_storage_are_refused(previous, tmp_path):
    study, url = lasso_study.write(tmp_path, "optuna-nsga2", "inheritance"), f"sqlite:///{tmp_path}/study.db"
    first, second = ({"seed_from": str(previous / name)} for name in ("random", "path"))
    lasso_study.session(study, tmp_path / "a", storage=url, overrides=first).run()
    with pytest.raises(UserError, match="The storage already has initial trials of the study tiny that are not from"):
        lasso_study.session(study, tmp_path / "b", storage=url, overrides={**second, "methods": ["inheritance"]}).run()


@pytest.mark.parametrize("method", ["optuna-nsga2", "inheritance", "successive-halving"])
def test_a_population_that_the_budget_cannot_pay_for_is_refused(tmp_path, method):
    study = lasso_study.write(tmp_path, method)
    text = study.read_text()
    study.write_text(text.replace("population = 3", "population = 7").replace("population = 4", "population = 25"))
    size, paid = (25, 24) if method == "successive-halving" else (7, 6)
    with pytest.raises(UserError) as caught:
        read_study(str(study))
    assert str(caught.value).endswith(
        f"[methods.{method}] `population` = {size} must be at most the {paid} trainings that the budget, "
        "`epochs` (--epochs) = 600, pays for."
    )
    assert read_study(str(study), {"epochs": 700.0}).epochs == 700
