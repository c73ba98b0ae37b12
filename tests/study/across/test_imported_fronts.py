"""Fronts from elsewhere: real Optuna storages, results of pymoo, and files that ParetoBench wrote or reads."""

import sys

import h5py
import lasso_study
import numpy as np
import optuna
import pandas as pd
import paretobench
import pytest
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.optimize import minimize

from frontsearch.cli import app
from frontsearch.comparison.quality import hypervolume
from frontsearch.errors import UserError
from frontsearch.folder.folder import Folder
from frontsearch.report.paretobench import file_names
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.recorded_runs import recorded_comparison

BOTH = {"cross_entropy": "0", "l1": "1"}


class Toy(Problem):
    """Half a circle as front: (x, sqrt(1 - x^2)) and what lies above it, in the lasso's range of l1."""

    def __init__(self):
        super().__init__(n_var=2, n_obj=2, xl=0.0, xu=1.0)

    def _evaluate(self, x, out, *args, **kwargs):
        out["F"] = np.column_stack([x[:, 0] + x[:, 1], np.sqrt(1 - x[:, 0] ** 2) + x[:, 1]])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study of two methods on the lasso, two repeats each."""
    folder = tmp_path_factory.mktemp("finished")
    study = lasso_study.write(folder, "random", "path")
    lasso_study.session(study, folder / "run", overrides={"repeats": 2}).run()
    return folder / "run"


@pytest.fixture
def imported(finished):
    """The comparison of the study's path with what is imported."""

    def read(*sources, columns=BOTH):
        return CrossStudyComparison.at([str(finished / "path")], sources, columns=columns).comparison

    return read


@pytest.fixture
def refused(imported):
    def sentence(*sources, columns=BOTH):
        with pytest.raises(UserError) as error:
            imported(*sources, columns=columns)
        return str(error.value)

    return sentence


@pytest.fixture(scope="module")
def result():
    """A result of pymoo's NSGA-II."""
    return minimize(Toy(), NSGA2(pop_size=12), ("n_gen", 6), seed=1)


def points_of(comparison, method, repeat=0):
    found = comparison.of_method(method)[repeat]
    return sorted((point.loss, point.complexity) for point in found.points)


def save_npz(path, objectives):
    np.savez(path, F=objectives, X=np.zeros((3, 4)))


def save_npy(path, objectives):
    np.save(path, objectives)


def save_text(path, objectives):
    np.savetxt(path, objectives, delimiter=",")


def save_text_with_header(path, objectives):
    np.savetxt(path, objectives, delimiter=",", header="0,1")


def save_frame(path, objectives):
    pd.DataFrame(objectives).to_csv(path, index=False)


def save_frame_with_index(path, objectives):
    pd.DataFrame(objectives).to_csv(path)


@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("f.npz", save_npz),
        ("f.npy", save_npy),
        ("f.csv", save_text),
        ("f.csv", save_text_with_header),
        ("f.csv", save_frame),
        ("f.csv", save_frame_with_index),
    ],
)
def test_the_objectives_of_a_pymoo_result_are_a_front(tmp_path, imported, result, name, save):
    save(tmp_path / name, result.F)
    found = points_of(imported(tmp_path / name), "f")
    np.testing.assert_array_equal(found, sorted(map(tuple, result.F.tolist())))


def test_columns_without_names_are_named_once_in_a_sentence(tmp_path, refused, result):
    save_npz(tmp_path / "f.npz", result.F)
    sentence = refused(tmp_path / "f.npz", columns={})
    assert "must have a column 'cross_entropy'; it has '0', '1'; name the right one with --columns" in sentence
    sentence = refused(tmp_path / "f.npz", columns={"cross_entropy": "0", "l1": "2"})
    assert sentence.startswith("--columns l1=2: --import ")
    assert sentence.endswith("f.npz has no column '2'; it has '0', '1'.")
    assert "did you mean 'cross_entropy'?" in refused(tmp_path / "f.npz", columns={"crossentropy": "0"})
    assert "there is no --import" in refused(columns={"l1": "1"})


def test_arrays_of_an_archive_are_columns_by_their_names(tmp_path, imported):
    np.savez(tmp_path / "f.npz", F=[[0.5, 2.0], [0.25, 3.0]], nnz=[4, 5], validation_error=[0.5, 0.25])
    comparison = imported(tmp_path / "f.npz", columns={**BOTH, "nonzeros": "nnz"})
    (found,) = comparison.of_method("f")
    assert [point.trial.metrics["nonzeros"] for point in found.points] == [5, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no archive", "must be a file of numbers that numpy's save or savez wrote"),
        ({"F": np.array([[object(), 1]], dtype=object)}, "cannot be read: Object arrays cannot be loaded"),
        (
            {"G": np.ones((2, 2))},
            "must have an array 'F' with a row for each point, or an array for each column; found",
        ),
        ({"F": np.array([[np.nan, 1.0]])}, "f.npz, row 0, column cross_entropy: must be a number from 0 to"),
        ({"F": np.array([["a", "b"]])}, "must have an array 'F'"),
    ],
)
def test_what_is_no_array_of_numbers_is_one_sentence(tmp_path, refused, content, sentence):
    if isinstance(content, bytes):
        (tmp_path / "f.npz").write_bytes(content)
    else:
        np.savez(tmp_path / "f.npz", **content)
    assert sentence in refused(tmp_path / "f.npz")


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


def test_a_mistake_with_a_storage_is_one_sentence(tmp_path, refused, storage):
    assert refused(f"{storage}#nsga") == (
        f"--import {storage} has no study 'nsga'; it has 'nsga2/0', 'nsga2/1', 'unnamed'."
    )
    optuna.create_study(study_name="one", storage=storage)
    assert f"--import {storage}#one must minimise two objectives, the loss and the norm; it has directions " in refused(
        storage
    )
    assert f"each with an --import {storage}#STUDY." in refused(storage)
    missing = f"sqlite:///{tmp_path / 'missing.db'}"
    assert refused(missing).startswith(f"--import '{missing}' must be the database of a study")
    assert "there is no such file" in refused(tmp_path / "missing.journal")
    assert not (tmp_path / "missing.journal").exists()
    assert "--import must be a storage URL" in refused("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" not in refused("postgresql://me:secret@127.0.0.1:1/db")


def experiment(path, **changes):
    """A file of the real ParetoBench: two runs of two generations on one problem, with a constraint."""
    rng = np.random.default_rng(1)
    runs = []
    for _ in range(2):
        populations = [
            paretobench.Population(
                f=rng.uniform(0.1, 1.0, (6, 2)), g=rng.uniform(-1, 1, (6, 1)), fevals=6 * (generation + 1),
                **{"names_f": ["cross_entropy", "l1"], "constraint_directions": "<", **changes},
            )
            for generation in range(2)
        ]  # fmt: skip
        runs.append(paretobench.History(reports=populations, problem="toy", metadata={}))
    made = paretobench.Experiment(runs=runs, name="theirs")
    made.save(path)
    return made


@pytest.mark.parametrize("direction", ["<", ">"])
def test_a_file_of_paretobench_has_its_feasible_points(tmp_path, imported, direction):
    made = experiment(tmp_path / "f.h5", constraint_directions=direction)
    comparison = imported(tmp_path / "f.h5", columns={})
    for number, history in enumerate(made.runs):
        whole = history.reports[0] + history.reports[1]
        feasible = whole[whole.get_feasible_indices()]
        expected = feasible.get_nondominated_set().f
        assert 0 < len(feasible.f) < 12
        assert points_of(comparison, "theirs", number) == sorted(map(tuple, expected.tolist()))


def test_objectives_without_names_are_named_by_their_numbers(tmp_path, imported, refused):
    experiment(tmp_path / "f.h5", names_f=None)
    assert "must have a column 'cross_entropy'; it has 'method', 'repeat', '0', '1'" in refused(
        tmp_path / "f.h5", columns={}
    )
    assert imported(tmp_path / "f.h5").of_method("theirs")


def test_a_mistake_in_a_file_of_paretobench_is_one_sentence(tmp_path, refused):
    path = tmp_path / "f.h5"
    experiment(path, obj_directions="-+")
    assert "must minimise every objective; in run_0 the directions are '-+'." in refused(path)
    path.write_bytes(b"no HDF5")
    assert "must be an HDF5 file that ParetoBench wrote; it cannot be read: " in refused(path)
    made = experiment(path)
    paretobench.Experiment(
        runs=[*made.runs, paretobench.History(reports=made.runs[0].reports, problem="other", metadata={})], name="two"
    ).save(path)
    assert "must have runs on one problem, the task of the other runs; found 'other', 'toy'." in refused(path)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "must be an HDF5 file that ParetoBench wrote" in refused(path)


@pytest.mark.parametrize("kind", ["external link", "virtual", "soft link"])
def test_nothing_is_read_from_another_file(tmp_path, refused, kind):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["f"] = np.ones((12, 2))
    experiment(tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.h5", "a") as file:
        del file["run_0/f"]
        if kind == "virtual":
            layout = h5py.VirtualLayout(shape=(12, 2), dtype="f8")
            layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "f", shape=(12, 2))
            file.create_virtual_dataset("run_0/f", layout)
        elif kind == "external link":
            file["run_0/f"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "f")
        else:
            file["run_0/f"] = h5py.SoftLink("/nowhere")
    assert "must be an HDF5 file that ParetoBench wrote; it cannot be read" in refused(tmp_path / "f.h5")


def test_without_h5py_a_sentence_says_how_to_get_it(tmp_path, refused, monkeypatch):
    experiment(tmp_path / "f.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert refused(tmp_path / "f.h5").endswith("f.h5 needs h5py: pip install 'frontsearch[paretobench]' brings it.")


@pytest.fixture
def written(finished, tmp_path, monkeypatch):
    """The files for ParetoBench that the command wrote of the study and an imported front, and the comparison."""
    (tmp_path / "theirs.csv").write_text("loss,l1\n0.5,2\n0.75,1\n1,1.5\n")
    words = f"compare {finished} --import theirs.csv --columns cross_entropy=loss --paretobench --out both".split()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["frontsearch", *words])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 0
    return tmp_path / "both" / "paretobench", recorded_comparison(Folder(finished))


def test_paretobench_reads_what_is_written_and_finds_the_same_hypervolume(written):
    folder, own = written
    assert {path.name for path in folder.iterdir()} == {"random.h5", "path.h5", "theirs.h5"}
    corner = np.array(own.linear.high)
    for method in ("random", "path"):
        loaded = paretobench.Experiment.load(folder / f"{method}.h5")
        assert (loaded.name, len(loaded.runs)) == (method, 2)
        for result, history in zip(own.of_method(method), loaded.runs, strict=True):
            assert history.reports[-1].fevals == len(result.run.trials)
            assert history.reports[-1].names_f == ["cross_entropy", "l1"]
            assert history.metadata["epochs"] == result.epochs
            np.testing.assert_array_equal(history.reports[-1].f, result.front)
            theirs = paretobench.Hypervolume(ref_point=corner)(history.reports[-1], history.problem)
            assert theirs / corner.prod() == pytest.approx(result.indicators["hypervolume"])
            for report in history.reports:  # anytime, as in our curve
                value = hypervolume(report.f, box=own.linear)
                assert value == pytest.approx(result.curve.hypervolume[report.fevals - 1])


def test_what_is_written_is_read_back(written, imported):
    folder, own = written
    comparison = imported(folder / "random.h5", folder / "theirs.h5", columns={})
    assert points_of(comparison, "theirs") == [(0.5, 2.0), (0.75, 1.0)]
    for repeat, result in enumerate(own.of_method("random")):
        assert points_of(comparison, "random", repeat) == sorted(map(tuple, result.front.tolist()))


def test_methods_have_files_of_their_own_whatever_their_names():
    names = ["a/b", "a:b", "A-B", "..", "", "ü"]
    found = file_names(names)
    assert list(found) == names
    assert len({name.lower() for name in found.values()}) == len(names)
    assert all("/" not in name and not name.startswith(".") for name in found.values())
