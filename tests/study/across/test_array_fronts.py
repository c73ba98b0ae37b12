"""Results of pymoo, as numpy and pandas write them."""

import numpy as np
import pandas as pd
import pytest
from across_runs import BOTH
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.problem import Problem
from pymoo.optimize import minimize


class Toy(Problem):
    """Half a circle as front: (x, sqrt(1 - x^2)) and what lies above it, in the lasso's range of l1."""

    def __init__(self):
        super().__init__(n_var=2, n_obj=2, xl=0.0, xu=1.0)

    def _evaluate(self, x, out, *args, **kwargs):
        out["F"] = np.column_stack([x[:, 0] + x[:, 1], np.sqrt(1 - x[:, 0] ** 2) + x[:, 1]])


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


def test_columns_without_names_are_named_once_in_a_sentence(tmp_path, refused_import, result):
    save_npz(tmp_path / "f.npz", result.F)
    sentence = refused_import(tmp_path / "f.npz", columns={})
    assert "must have a column 'cross_entropy'; it has '0', '1'; name the right one with --columns" in sentence
    sentence = refused_import(tmp_path / "f.npz", columns={"cross_entropy": ["0"], "l1": ["2"]})
    assert sentence.startswith("--columns l1=2: --import ")
    assert sentence.endswith("f.npz has no column '2'; it has '0', '1'.")
    assert "did you mean 'cross_entropy'?" in refused_import(tmp_path / "f.npz", columns={"crossentropy": ["0"]})
    assert "there is no --import" in refused_import(columns={"l1": ["1"]})


def test_arrays_of_an_archive_are_columns_by_their_names(tmp_path, imported):
    np.savez(tmp_path / "f.npz", F=[[0.5, 2.0], [0.25, 3.0]], nnz=[4, 5], validation_error=[0.5, 0.25])
    comparison = imported(tmp_path / "f.npz", columns={**BOTH, "nonzeros": ["nnz"]})
    (found,) = comparison.of_method("f")
    assert [point.trial.metrics["nonzeros"] for point in found.points] == [5, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no archive", "numpy's save or savez wrote; it cannot be read: it is neither an .npy nor an .npz file."),
        ({"F": np.array([[object(), 1]], dtype=object)}, "cannot be read: Object arrays cannot be loaded"),
        (
            {"G": np.ones((2, 2))},
            "must have an array 'F' with a row for each point, or an array for each column; found",
        ),
        ({"F": np.ones((4, 3))}, "must have two objectives in 'F', the loss and the norm; found 3: save those two"),
        ({"F": np.ones((0, 2))}, "must have at least one point; found none."),
        ({"F": np.array([[np.nan, 1.0]])}, "f.npz, row 0, column cross_entropy: must be a number from 0 to"),
        ({"F": np.array([["a", "b"]])}, "must have an array 'F'"),
    ],
)
def test_what_is_no_array_of_numbers_is_one_sentence(tmp_path, refused_import, content, sentence):
    if isinstance(content, bytes):
        (tmp_path / "f.npz").write_bytes(content)
    else:
        np.savez(tmp_path / "f.npz", **content)
    assert sentence in refused_import(tmp_path / "f.npz")


def test_sources_whose_columns_have_other_names_are_named_together(tmp_path, imported, refused_import, result):
    save_npz(tmp_path / "f.npz", result.F)
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("run,Val. loss,norm\n0,1,2\n1,2,1\n")
    columns = {"cross_entropy": ["0", "Val. loss"], "l1": ["1", "norm"], "repeat": ["run"]}
    comparison = imported(tmp_path / "f.npz", theirs, columns=columns)
    assert [len(comparison.of_method(method)) for method in ("f", "theirs")] == [1, 2]
    assert points_of(comparison, "theirs", repeat=1) == [(2.0, 1.0)]
    mistaken = {**columns, "repeat": ["run", "rnu"]}
    assert refused_import(tmp_path / "f.npz", theirs, columns=mistaken) == (
        "--columns repeat=rnu: no --import has a column 'rnu'; there are '0', '1', 'run', 'Val. loss', 'norm'."
    )
    del columns["cross_entropy"][1]
    assert refused_import(tmp_path / "f.npz", theirs, columns=columns) == (
        f"--columns cross_entropy=0: --import {theirs} has no column '0'; it has 'run', 'Val. loss', 'norm'."
    )
