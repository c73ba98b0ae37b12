"""Studies with published points, which are read, compared, copied and reported; the front of error and nonzeros."""

import json

import hand_made
import lasso_study
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.study.config import read_study
from frontsearch.study.config.files import RESERVED_NAMES

POINTS = "# From nowhere, <b>by hand</b>.\ncross_entropy,l1\n7.0,6.0\n3.0,4.0\n0.0001,0.0001\n"


@pytest.fixture
def study(tmp_path):
    path = lasso_study.write(tmp_path, "weighted-grid", "path")
    path.write_text('published = "points.csv"\n' + path.read_text())
    (tmp_path / "points.csv").write_text(POINTS)
    return path


def test_published_points_that_a_run_dominates_are_counted_by_test_metrics(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out, overrides={"repeats": 2}).run()
    summary = json.loads((out / "summary.json").read_text())
    rows = lasso_study.rows(out / "fronts.csv")
    for method in ("weighted-grid", "path"):
        published = summary["methods"][method]["published"]
        assert list(published) == ["test_cross_entropy / l1_raw"]
        assert published["test_cross_entropy / l1_raw"]["points"] == 3
        for repeat, count in enumerate(published["test_cross_entropy / l1_raw"]["dominated"]):
            front = [
                (float(row["test_cross_entropy"]), float(row["l1"]))
                for row in rows
                if (row["method"], row["repeat"]) == (method, str(repeat))
            ]
            points = [(7.0, 6.0), (3.0, 4.0), (1e-4, 1e-4)]
            assert count == sum(any(ce <= a and l1 <= b for ce, l1 in front) for a, b in points)
            assert 0 < count < 3
    report = (out / "report.html").read_text()
    assert "Of 3 published points" in report
    assert "From nowhere, &lt;b&gt;by hand&lt;/b&gt;." in report
    assert "<b>by hand" not in report


def test_published_points_are_copied_so_that_the_folder_reproduces_itself(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out).run()
    assert (out / "points.csv").read_text() == POINTS
    assert {path.name for path in out.iterdir()} - {
        "points.csv"
    } <= RESERVED_NAMES  # which the file of points must not have
    assert read_study(str(out / "study.toml")).published == out / "points.csv"
    before = (out / "summary.json").read_bytes()
    study.with_name("points.csv").unlink()
    lasso_study.session(out / "study.toml", out, report_only=True).run()
    assert (out / "summary.json").read_bytes() == before


@pytest.mark.parametrize("name", ["fronts.csv", "study.toml", "learning_curves.csv", "Fronts.CSV", "curves"])
def test_a_file_of_published_points_must_not_have_the_name_of_a_file_that_a_study_writes(study, name):
    study.write_text(study.read_text().replace("points.csv", name))
    with pytest.raises(UserError, match="must not be the name of a file that a study writes"):
        read_study(str(study))


@pytest.mark.parametrize("name", ["../points.csv", "/etc/points.csv", "a/points.csv", "..", ".", ""])
def test_a_file_of_published_points_lies_beside_the_study_file(study, name):
    study.write_text(study.read_text().replace("points.csv", name))
    with pytest.raises(UserError, match="`published` must be the name of a file in the same folder as the study file"):
        read_study(str(study))


def test_a_missing_file_of_published_points_is_noticed_before_training(study, tmp_path):
    study.with_name("points.csv").unlink()
    with pytest.raises(UserError, match=r"points\.csv could not be read"):
        lasso_study.session(study, tmp_path / "out").run()
    assert not (tmp_path / "out" / "ledger.journal").exists()


figures = st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(1, 8))


@given(st.lists(figures, max_size=8))
def test_the_sparse_front_is_of_validation_error_and_nonzeros(found):
    trials = [
        hand_made.trial(number, (1.0 + ce, float(l1)), error=error / 10)
        for number, (ce, error, l1) in enumerate(found, start=1)
    ]
    (run,) = hand_made.compare([hand_made.run("path", *trials)], linear=hand_made.LINEAR, log=hand_made.LOG).runs
    values = {trial.key: (trial.metrics["validation_error"], trial.metrics["nonzeros"]) for trial in trials}
    expected = {
        value
        for value in values.values()
        if not any(a <= value[0] and b <= value[1] and (a, b) != value for a, b in values.values())
    }
    assert {values[point.trial.key] for point in run.metric_front} == expected
    assert len(run.metric_front) == len(expected)
    errors = [point.trial.metrics["validation_error"] for point in run.metric_front]
    assert errors == sorted(errors)
    assert all(point.trial in trials for point in run.metric_front)  # unchanged, with their own objectives
