"""Studies beside published points: read, held against, copied, reported; and the front of error and nonzeros."""

import json

import hand_made
import lasso_study
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.study.config import read_study
from frontsearch.study.config.files import TAKEN

POINTS = "# From nowhere, <b>by hand</b>.\ncross_entropy,l1\n7.0,6.0\n3.0,4.0\n0.0001,0.0001\n"


@pytest.fixture
def study(tmp_path):
    path = lasso_study.write(tmp_path, "weighted-grid", "path")
    path.write_text('published = "points.csv"\n' + path.read_text())
    (tmp_path / "points.csv").write_text(POINTS)
    return path


def test_what_each_run_dominates_is_counted_on_its_front_with_test_figures(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out, overrides={"repeats": 2}).run()
    summary = json.loads((out / "summary.json").read_text())
    rows = lasso_study.rows(out / "fronts.csv")
    for method in ("weighted-grid", "path"):
        found = summary["methods"][method]["published"]
        assert list(found) == ["test_cross_entropy / l1"]
        assert found["test_cross_entropy / l1"]["points"] == 3
        for repeat, count in enumerate(found["test_cross_entropy / l1"]["dominated"]):
            own = [
                (float(row["test_cross_entropy"]), float(row["l1"]))
                for row in rows
                if (row["method"], row["repeat"]) == (method, str(repeat))
            ]
            points = [(7.0, 6.0), (3.0, 4.0), (1e-4, 1e-4)]
            assert count == sum(any(ce <= a and l1 <= b for ce, l1 in own) for a, b in points)
            assert 0 < count < 3
    report = (out / "report.html").read_text()
    assert "Of 3 published points" in report
    assert "From nowhere, &lt;b&gt;by hand&lt;/b&gt;." in report
    assert "<b>by hand" not in report


def test_the_points_go_along_so_that_the_folder_reproduces_itself(study, tmp_path):
    out = tmp_path / "out"
    lasso_study.session(study, out).run()
    assert (out / "points.csv").read_text() == POINTS
    assert {path.name for path in out.iterdir()} - {"points.csv"} <= TAKEN  # which may not be its name, therefore
    assert read_study(str(out / "study.toml")).published == out / "points.csv"
    before = (out / "summary.json").read_bytes()
    study.with_name("points.csv").unlink()
    lasso_study.session(out / "study.toml", out, report_only=True).run()
    assert (out / "summary.json").read_bytes() == before


@pytest.mark.parametrize("name", ["fronts.csv", "study.toml", "learning_curves.csv", "Fronts.CSV", "curves"])
def test_published_points_do_not_have_the_name_of_a_file_of_the_study(study, name):
    study.write_text(study.read_text().replace("points.csv", name))
    with pytest.raises(UserError, match="must not have the name of a file that every study writes"):
        read_study(str(study))


@pytest.mark.parametrize("name", ["../points.csv", "/etc/points.csv", "a/points.csv", "..", ".", ""])
def test_published_points_lie_beside_the_study(study, name):
    study.write_text(study.read_text().replace("points.csv", name))
    with pytest.raises(UserError, match="`published` must be the name of a file beside the study's"):
        read_study(str(study))


def test_points_that_are_not_there_are_missed_before_anything_trains(study, tmp_path):
    study.with_name("points.csv").unlink()
    with pytest.raises(UserError, match=r"points\.csv could not be read"):
        lasso_study.session(study, tmp_path / "out").run()
    assert not (tmp_path / "out" / "ledger.journal").exists()


figures = st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(1, 8))


@given(st.lists(figures, max_size=8))
def test_the_other_front_is_of_validation_error_and_nonzeros(found):
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
    assert {values[point.trial.key] for point in run.sparse} == expected
    assert len(run.sparse) == len(expected)
    errors = [point.trial.metrics["validation_error"] for point in run.sparse]
    assert errors == sorted(errors)
    assert all(point.trial in trials for point in run.sparse)  # with the objectives they have
