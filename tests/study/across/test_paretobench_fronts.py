"""Fronts from files of ParetoBench, and files that it reads."""

import sys

import h5py
import numpy as np
import paretobench
import pytest

from frontsearch.cli import app
from frontsearch.comparison.quality import hypervolume
from frontsearch.folder.folder import Folder
from frontsearch.report.paretobench import file_names
from frontsearch.study.across import paretobench_table
from frontsearch.study.recorded_runs import recorded_comparison


def points_of(comparison, method, repeat=0):
    found = comparison.of_method(method)[repeat]
    return sorted((point.loss, point.complexity) for point in found.points)


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


def test_objectives_without_names_are_named_by_their_numbers(tmp_path, imported, refused_import):
    experiment(tmp_path / "f.h5", names_f=None)
    assert "must have a column 'cross_entropy'; it has 'method', 'repeat', '0', '1'" in refused_import(
        tmp_path / "f.h5", columns={}
    )
    assert imported(tmp_path / "f.h5").of_method("theirs")


def test_a_mistake_in_a_file_of_paretobench_is_one_sentence(tmp_path, refused_import):
    path = tmp_path / "f.h5"
    experiment(path, obj_directions="-+")
    assert "must minimise two objectives, the loss and the norm; in run_0 the directions are '-+'." in refused_import(
        path
    )
    path.write_bytes(b"no HDF5")
    assert "must be an HDF5 file that ParetoBench wrote; it cannot be read: " in refused_import(path)
    made = experiment(path)
    paretobench.Experiment(
        runs=[*made.runs, paretobench.History(reports=made.runs[0].reports, problem="other", metadata={})], name="two"
    ).save(path)
    assert "must have runs on one problem, the task of the other runs; found 'other', 'toy'." in refused_import(path)
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "must be an HDF5 file that ParetoBench wrote" in refused_import(path)


def test_points_that_are_no_front_of_two_objectives_are_refused_in_a_sentence(tmp_path, refused_import):
    path = tmp_path / "f.h5"
    for f, g, sentence in (
        (np.ones((3, 2)), np.ones((3, 1)), "must have a point that meets all constraints; found none among 3."),
        (np.ones((3, 3)), np.empty((3, 0)), "the loss and the norm; in run_0 the directions are '---'."),
        (np.full((1, 2), np.nan), np.empty((1, 0)), "point 0, column cross_entropy: must be a number from 0 to 1e+30;"),
    ):
        population = paretobench.Population(f=f, g=g, x=np.empty((len(f), 0)), fevals=len(f))
        history = paretobench.History(reports=[population], problem="toy", metadata={})
        paretobench.Experiment(runs=[history], name="theirs").save(path)
        assert sentence in refused_import(path)
    paretobench.Experiment(runs=[], name="theirs").save(path)
    assert "found none among 0." in refused_import(path)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import time; time.sleep(60)", "the HDF5 library did not end within 0.5 seconds; is the file damaged?"),
        ("import os; os.abort()", "the HDF5 library crashed; is the file damaged?"),
    ],
)
def test_a_reader_that_crashes_or_never_ends_is_one_sentence(tmp_path, refused_import, monkeypatch, program, sentence):
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "f.h5").write_text("no HDF5")
    monkeypatch.setattr(paretobench_table, "PROGRAM", tmp_path / "program.py")
    monkeypatch.setattr(paretobench_table, "SECONDS", 0.5 if "sleep" in program else 60)
    assert refused_import(tmp_path / "f.h5") == (
        f"--import {tmp_path / 'f.h5'} must be an HDF5 file that ParetoBench wrote; it cannot be read: {sentence}."
    )


@pytest.mark.parametrize("kind", ["external link", "virtual", "soft link"])
def test_nothing_is_read_from_another_file(tmp_path, refused_import, kind):
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
    assert "must be an HDF5 file that ParetoBench wrote; it cannot be read" in refused_import(tmp_path / "f.h5")


def test_without_h5py_a_sentence_says_how_to_get_it(tmp_path, refused_import, monkeypatch):
    experiment(tmp_path / "f.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert refused_import(tmp_path / "f.h5").endswith(
        "f.h5 needs h5py: pip install 'frontsearch[paretobench]' brings it."
    )


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
