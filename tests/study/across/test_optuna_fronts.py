"""Fronts from real Optuna storages."""

import numpy as np
import optuna
import pytest


def points_of(comparison, method, repeat=0):
    found = comparison.of_method(method)[repeat]
    return sorted((point.loss, point.complexity) for point in found.points)


def searched(storage, name, *, names=None, trials=15):
    """A real search of Optuna on the toy."""
    study = optuna.create_study(
        study_name=name, storage=storage, directions=["minimize"] * 2, sampler=optuna.samplers.NSGAIISampler(seed=1)
    )
    if names:
        with pytest.warns(optuna.exceptions.ExperimentalWarning):
            study.set_metric_names(names)

    def objective(trial):
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        trial.set_user_attr("nonzeros", int(100 * y))
        if trial.number == 3:
            raise optuna.TrialPruned
        return (float("inf"), float("inf")) if trial.number == 4 else (x + y, np.sqrt(1 - x**2) + y)

    study.optimize(objective, n_trials=trials)
    return study


@pytest.fixture
def storage(tmp_path):
    """The URL of an SQLite storage with three studies, two of them repeats of one search."""
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for repeat in range(2):
        searched(url, f"nsga2/{repeat}", names=["cross_entropy", "l1"])
    searched(url, "unnamed")
    optuna.logging.set_verbosity(verbosity)
    return url


def test_studies_of_an_optuna_storage_are_fronts(imported, storage):
    comparison = imported(f"{storage}#nsga2", columns={})
    study = optuna.load_study(study_name="nsga2/1", storage=storage)
    best = {trial.number: tuple(trial.values) for trial in study.best_trials}
    assert best
    first, second = comparison.of_method("nsga2")
    assert {point.trial.objectives for point in second.points} == set(best.values())
    assert (first.run.repeat, second.run.repeat) == (0, 1)
    for point in second.points:
        trial = study.trials[int(point.trial.key[1:])]
        assert point.trial.objectives == tuple(trial.values)
        assert point.trial.metrics["nonzeros"] == trial.user_attrs["nonzeros"]
        assert point.seconds_spent == pytest.approx(
            sum(each.duration.total_seconds() for each in study.trials[: trial.number + 1])
        )


def test_repeats_in_one_storage_are_one_method(imported, storage):
    comparison = imported(storage)  # the third study has no names of metrics
    assert [len(comparison.of_method(method)) for method in ("nsga2", "unnamed")] == [2, 1]
    assert comparison.sources["nsga2"].path == storage


def test_an_optuna_journal_is_a_storage(tmp_path, imported):
    path = tmp_path / "theirs.journal"
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = searched(optuna.storages.JournalStorage(backend), "tpe")
    optuna.logging.set_verbosity(verbosity)
    assert {*points_of(imported(f"{path}#tpe"), "tpe")} == {tuple(trial.values) for trial in study.best_trials}


def test_nothing_in_a_storage_is_changed(tmp_path, imported, storage):
    before = (tmp_path / "theirs.db").read_bytes()
    imported(storage)
    assert (tmp_path / "theirs.db").read_bytes() == before


def test_a_mistake_with_a_storage_is_one_sentence(tmp_path, refused_import, storage):
    assert refused_import(f"{storage}#nsga") == (
        f"--import {storage} must be a storage with a study 'nsga'; it has 'nsga2/0', 'nsga2/1', 'unnamed'."
    )
    optuna.create_study(study_name="one", storage=storage)
    sentence = f"--import {storage}#one must minimise two objectives, the loss and the norm; it has directions "
    assert sentence in refused_import(storage)
    assert f"each with an --import {storage}#STUDY." in refused_import(storage)
    missing = f"sqlite:///{tmp_path / 'missing.db'}"
    assert refused_import(missing).startswith(f"--import '{missing}' must be the database of a study")
    assert "there is no such file" in refused_import(tmp_path / "missing.journal")
    assert not (tmp_path / "missing.journal").exists()
    assert "--import must be a storage URL" in refused_import("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" not in refused_import("postgresql://me:secret@127.0.0.1:1/db")


def test_only_feasible_trials_are_points(tmp_path, imported, refused_import):
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    for name, limit in (("some", 0.5), ("none", -1.0)):
        sampler = optuna.samplers.RandomSampler(seed=1)
        study = optuna.create_study(study_name=name, storage=url, directions=["minimize"] * 2, sampler=sampler)
        study.optimize(lambda trial, limit=limit: violating(trial, limit), n_trials=12)
    optuna.create_study(study_name="empty", storage=url, directions=["minimize"] * 2)
    optuna.logging.set_verbosity(verbosity)
    best = optuna.load_study(study_name="some", storage=url).best_trials
    assert {*points_of(imported(f"{url}#some"), "some")} == {tuple(trial.values) for trial in best}
    for name, count in (("none", 12), ("empty", 0)):
        assert refused_import(f"{url}#{name}") == (
            f"--import {url}#{name} must have a trial that is complete, finite and feasible; found none among {count}."
        )


def violating(trial, limit):
    """Objectives of a trial whose x must not be beyond the limit; those beyond dominate the others."""
    x = trial.suggest_float("x", 0, 1)
    trial.set_constraint("met", -1.0)
    trial.set_constraint("x", x - limit)
    return (2 - x, 3 - x + abs(x - 0.3) * (x <= 0.5))
