"""Studies that begin with a former run's trials: two real runs on the lasso, one seeded from the other."""

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

TAKERS = ("optuna-tpe", "optuna-nsga2", "pymoo-nsga2", "inheritance")


@pytest.fixture(scope="module")
def former(tmp_path_factory):
    """A finished run of a search and a path."""
    folder = tmp_path_factory.mktemp("former")
    study = lasso_study.write(folder, "random", "path", name="former")
    study.write_text(study.read_text().replace("first_epochs = 100", "first_epochs = 150"))  # fits no search
    lasso_study.session(study, folder / "out").run()
    return folder / "out"


@pytest.fixture(scope="module")
def seeded(former, tmp_path_factory):
    """A finished study that was seeded from it and never interrupted."""
    folder = tmp_path_factory.mktemp("seeded")
    study = lasso_study.write(folder, *TAKERS)
    lasso_study.session(study, folder / "out", overrides={"seed_from": str(former / "random")}).run()
    return SimpleNamespace(study=study, out=folder / "out", seed_from=str(former / "random"))


def keys(out, **column):
    rows = lasso_study.rows(out / "trials.csv")
    return {row["key"] for row in rows if all(row[name] == value for name, value in column.items())}


def run(study, out, **overrides):
    return lasso_study.session(study, out, overrides=overrides).run()


def test_seeds_are_noted_in_the_ledger_and_are_no_trials_of_the_runs(seeded, former):
    noted = optuna.load_study(
        study_name="tiny/seeds/0", storage=open_storage(seeded.out / "ledger.journal", to_write=False)
    )
    assert {trial.user_attrs["key"] for trial in noted.trials} == keys(former, method="random")
    assert len(noted.trials) == 6
    assert not keys(seeded.out) & keys(former)
    assert read_study(str(seeded.out / "study.toml")).seed_from == seeded.seed_from
    assert set(json.loads((seeded.out / "summary.json").read_text())["methods"]) == set(TAKERS)


def test_seeds_cost_nothing(seeded):
    for method in TAKERS:
        rows = [row for row in lasso_study.rows(seeded.out / "trials.csv") if row["method"] == method]
        assert sum(float(row["epochs"]) for row in rows) == 600


def test_seeds_change_what_is_asked(seeded, tmp_path):
    run(seeded.study, tmp_path)
    for method in TAKERS:
        assert not keys(seeded.out, method=method) >= keys(tmp_path, method=method)


def test_inheritance_starts_from_the_weights_of_its_seeds(seeded, former):
    rows = [row for row in lasso_study.rows(seeded.out / "trials.csv") if row["method"] == "inheritance"]
    starts = {row["start_trial"] for row in rows} - {""}
    assert starts & keys(former, method="random")
    kept = {path.stem for path in (seeded.out / "checkpoints").iterdir()}
    assert starts <= kept


def test_inheritance_takes_what_was_trained_in_any_way(former, tmp_path):
    study = lasso_study.write(tmp_path, "inheritance")
    run(study, tmp_path / "out", seed_from=str(former / "path" / "0"))
    starts = {row["start_trial"] for row in lasso_study.rows(tmp_path / "out" / "trials.csv")}
    assert starts & keys(former, method="path")


@pytest.mark.parametrize("trainings", [0, 1, 7, 20])
def test_an_interrupted_study_ends_as_the_uninterrupted_one_without_the_former_run(
    seeded, former, tmp_path, monkeypatch, trainings
):
    copy, left = tmp_path / "former", trainings
    shutil.copytree(former, copy)
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
    run(seeded.study, tmp_path / "out")  # without the option, too
    run(seeded.study, tmp_path / "out", seed_from=str(copy / "random"))
    assert lasso_study.outcome(tmp_path / "out") == lasso_study.outcome(seeded.out)


def test_seeds_that_were_noted_by_halves_are_noted_again(seeded, tmp_path):
    lines = (seeded.out / "ledger.journal").read_text().splitlines(keepends=True)
    third = [number for number, line in enumerate(lines) if '"key":' in line][2]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ledger.journal").write_text("".join(lines[: third + 1]))
    run(seeded.study, tmp_path / "out", seed_from=seeded.seed_from)
    assert lasso_study.outcome(tmp_path / "out") == lasso_study.outcome(seeded.out)


def test_a_report_is_written_again_without_the_former_run(seeded, tmp_path):
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
def test_more_epochs_go_on_from_what_is_there(method, tmp_path):
    study = lasso_study.write(tmp_path, method)
    for epochs in (450.0, 1200.0):  # the first ends in the midst of a generation or a rung
        run(study, tmp_path / "out", epochs=epochs)
    run(study, tmp_path / "at once", epochs=1200.0)
    assert keys(tmp_path / "out") == keys(tmp_path / "at once")


def test_another_former_run_in_the_same_folder_is_refused(seeded, former, tmp_path):
    with pytest.raises(UserError, match=r"began with --seed-from .*, not --seed-from"):
        run(seeded.study, seeded.out, seed_from=str(former))
    study = lasso_study.write(tmp_path, "random")
    run(study, tmp_path / "out")
    with pytest.raises(UserError, match="began without --seed-from"):
        run(study, tmp_path / "out", seed_from=str(former))


def refused(study, out, seed_from):
    with pytest.raises(UserError) as caught:
        run(study, out, seed_from=str(seed_from))
    assert not (out / "study.toml").exists()
    return str(caught.value)


def test_what_is_wrong_with_a_former_run_is_one_sentence(former, tmp_path):
    study, out = lasso_study.write(tmp_path, "optuna-nsga2"), tmp_path / "out"
    assert "there is no ledger.journal" in refused(study, out, tmp_path / "nowhere")
    assert "has no method 'pth': did you mean 'path'?" in refused(study, out, former / "pth")
    assert "has no repeat '1': Allowed: 0." in refused(study, out, former / "random" / "1")
    assert "no trial fits optuna-nsga2: it must have completed" in refused(study, out, former / "path")
    none = lasso_study.write(tmp_path, "random", "path")
    assert "which are optuna-tpe, optuna-gp, " in refused(none, out, former)


def test_a_former_run_on_another_task_is_refused(former, tmp_path):
    journal = (former / "ledger.journal").read_text()
    task = read_study(str(former / "study.toml")).fingerprint
    (tmp_path / "former").mkdir()
    (tmp_path / "former" / "ledger.journal").write_text(journal.replace(task, "feed" * 4))
    study = lasso_study.write(tmp_path, "optuna-nsga2")
    assert f"was on feedfeedfeedfeed and not {task}" in refused(study, tmp_path / "out", tmp_path / "former")


def test_seeds_of_another_run_in_a_shared_storage_are_refused(former, tmp_path):
    study, url = lasso_study.write(tmp_path, "optuna-nsga2", "inheritance"), f"sqlite:///{tmp_path}/study.db"
    first, second = ({"seed_from": str(former / name)} for name in ("random", "path"))
    lasso_study.session(study, tmp_path / "a", storage=url, overrides=first).run()
    with pytest.raises(UserError, match="The storage has other seeds of the study tiny"):
        lasso_study.session(study, tmp_path / "b", storage=url, overrides={**second, "methods": ["inheritance"]}).run()


@pytest.mark.parametrize("method", ["optuna-nsga2", "inheritance", "successive-halving"])
def test_a_population_that_the_budget_cannot_pay_is_refused(tmp_path, method):
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
