"""Fronts from CSV files, written by hand and by studies."""

import lasso_study
import pytest
from across_runs import refused, summary
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontsearch.errors import UserError
from frontsearch.measures import Measures
from frontsearch.report.figures.anytime import anytime_panel
from frontsearch.report.repeat_tables import epochs_rows
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.across.files import read_front

INDICATORS = ("hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive")


def test_imported_fronts_have_the_indicators_of_the_runs_that_wrote_them(finished, compared):
    comparison, out = compared(finished, imports=[finished / "fronts.csv"])
    methods = summary(out)["methods"]
    for method in ("random", "path"):
        ours, theirs = methods[f"run:{method}"], methods[f"fronts:{method}"]
        for name in (*INDICATORS, "front_size", "repeats"):
            assert ours[name] == theirs[name]
        assert theirs["epochs"] == theirs["seconds"] == [None, None]
        assert theirs["knee"]["checkpoint"] is None
        for name in ("cross_entropy", "l1", "nonzeros", "epochs_spent", "seconds_spent"):
            assert theirs["knee"][name] == ours["knee"][name]
    rows = lasso_study.rows(out / "fronts.csv", "method", "key")
    assert len(rows) == 2 * len(lasso_study.rows(finished / "fronts.csv"))
    assert all(rows.count(row) == 2 for row in rows)
    assert (out / "trials.csv").read_text().replace("run:", "") == (finished / "trials.csv").read_text()
    assert comparison.sources["fronts:path"].path == str(finished / "fronts.csv")


def test_imported_errors_and_nonzeros_make_a_sparse_front(classes, compared):
    comparison, _ = compared(classes, imports=[classes / "sparse_fronts.csv"])
    for ours, theirs in zip(comparison.runs[:4], comparison.runs[4:], strict=True):
        pairs = [
            [
                (point.trial.metrics["validation_error"], point.trial.metrics["nonzeros"])
                for point in figures.metric_front
            ]
            for figures in (ours, theirs)
        ]
        assert pairs[0] == pairs[1]
        assert theirs.indicators["hypervolume_ratio"] <= ours.indicators["hypervolume_ratio"]


def test_two_columns_are_enough_however_a_spreadsheet_writes_them(finished, written, compared):
    file = written('\ufeffwho, l1 ,cross_entropy,\r\n\r\nme,2.0,  1e0,\r\n"a, ""b""", 1,2\r\nme,2,3,\r\n')
    comparison, out = compared(finished / "path", imports=[file])
    (figures,) = comparison.of_method("theirs")
    assert [(point.loss, point.complexity, point.trial.key) for point in figures.points] == [
        (1.0, 2.0, "#3"),
        (2.0, 1.0, "#4"),
    ]
    high = 7.15625, 6.75
    area = (high[0] - 1) * (high[1] - 2) + (high[0] - 2) * 1
    assert figures.indicators["hypervolume"] == pytest.approx(area / (high[0] * high[1]))
    assert figures.metric_front == ()
    assert comparison.sources["theirs"].note == "imported: 3 points; the file does not state its task"
    assert {row["method"] for row in lasso_study.rows(out / "trials.csv")} == {"path"}


def test_rows_are_grouped_by_method_and_repeat(finished, written, compared):
    file = written("method,repeat,cross_entropy,l1\na,0,1,2\nb,3,2,1\na,1,1,2\n,,4,4\na,0,0.5,3\n")
    comparison, _ = compared(finished / "path", imports=[file])
    found = [(one.run.method, one.run.repeat, len(one.points)) for one in comparison.runs[2:]]
    assert found == [("a", 0, 2), ("b", 3, 1), ("a", 1, 1), ("theirs", 0, 1)]
    assert comparison.methods == ("path", "a", "b", "theirs")


def test_duplicate_rows_count_once_and_are_reported(finished, written, compared):
    file = written("cross_entropy,l1,nonzeros\n1,2,3\n1.0,2.0,3\n1,2,4\n1,2,3\n")
    comparison, out = compared(finished / "path", imports=[file])
    assert comparison.sources["theirs"].note == (
        "imported: 2 points; 2 duplicate rows left out; the file does not state its task"
    )
    assert comparison.sources["theirs"].note in (out / "report.html").read_text()


def test_one_point_is_a_front(finished, written, compared):
    comparison, _ = compared(finished / "path", imports=[written("cross_entropy,l1\n0,0\n")])
    (figures,) = comparison.of_method("theirs")
    assert figures.indicators["hypervolume"] == 1.0
    assert comparison.ranking[0] == "theirs"
    assert [outcome.key for outcome in comparison.reference_front.trials] == ["#2"]


def test_an_imported_front_has_attainment_surfaces_but_no_costs(finished, written, compared):
    comparison, _ = compared(finished, imports=[written("cross_entropy,l1\n1,2\n2,1\n9,9\n")])
    assert comparison.epochs_to_share("theirs", 0.01) == (None,)
    for table in (epochs_rows(comparison), anytime_panel(comparison).table):
        cells = {row[0]: set(row[1:]) for row in table}
        assert cells["theirs"] == {"unknown"}
        assert "unknown" not in cells["path"]
    assert all(
        len(comparison.band("theirs", spent=spent, indicator="hypervolume").at) == 0 for spent in ("epochs", "seconds")
    )
    assert {tuple(map(tuple, surface.points)) for surface in comparison.surfaces("theirs")} == {
        ((1.0, 2.0), (2.0, 1.0))
    }
    assert (comparison.difference("theirs", "path").share <= 1).all()


HEADER = "cross_entropy,l1,test_error,repeat\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must have at least one point; found none."),
        (HEADER, "must have at least one point; found none."),
        (
            "cross_entropy,L1\n1,2\n",
            "must have a column 'l1'; the nearest of its columns is 'L1': --columns l1=L1.",
        ),
        (
            "Cross entropy,l1\n1,2\n",
            "the nearest of its columns is 'Cross entropy': --columns cross_entropy='Cross entropy'.",
        ),
        (
            "loss,l1\n1,2\n",
            "a column 'cross_entropy'; it has 'loss', 'l1'; name the right one with --columns cross_entropy=COLUMN.",
        ),
        ("0.5,20\n0.7,10\n", "must have a column 'cross_entropy'; it has '0', '1'; name the right one with --columns"),
        ("cross_entropy;l1\n1;2\n", "separated by commas; found 'cross_entropy;l1', which has ';'."),
        ("cross_entropy,l1,l1\n1,2,3\n", "must have each column once; found 'l1' more than once."),
        (f"{HEADER}1,2\n1,inf\n", "line 3, column l1: must be a number from 0 to 1e+30; found 'inf'."),
        (f"{HEADER}nan,2\n", "line 2, column cross_entropy: must be a number from 0 to 1e+30; found 'nan'."),
        (f"{HEADER}-1,2\n", "line 2, column cross_entropy: must be a number from 0 to 1e+30; found '-1'."),
        (f"{HEADER}1,many\n", "line 2, column l1: must be a number from 0 to 1e+30; found 'many'."),
        (f"{HEADER}1\n", "line 2, column l1: must be a number from 0 to 1e+30; found ''."),
        (f"{HEADER}1,2,2.5\n", "line 2, column test_error: must be a number from 0 to 1; found '2.5'."),
        (f"{HEADER}1,2,,1.5\n", "line 2, column repeat: must be a whole number; found '1.5'."),
        (f"{HEADER}1,2,,²\n", "line 2, column repeat: must be a number from 0 to 1e+30; found '²'."),
        ("cross_entropy,l1,nonzeros\n1,2,30.5\n", "line 2, column nonzeros: must be a whole number; found '30.5'."),
        (f"{HEADER}1,2,,1,5\n", "line 2: must have at most 4 cells, one for each column; found 5."),
        (f'{HEADER}1,"2\n', "must be a CSV file in UTF-8; it cannot be read: unexpected end of data."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "must be a CSV file in UTF-8; it cannot be read: "),
        ("cross_entropy,l1\n1,2\n".encode("utf-16"), "must be a CSV file in UTF-8; it cannot be read: "),
        (b"a" * 200_000, "must be a CSV file in UTF-8; it cannot be read: field larger than field limit"),
        (b"\x00" * 1000, "must have a column 'cross_entropy'; it has '"),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_that_names_file_and_line(finished, written, text, sentence):
    file = written(text)
    found = refused(finished, imports=[file])
    assert sentence in found
    assert str(file) in found
    assert len(found) < 500


def test_what_is_given_in_the_place_of_a_file_is_named(finished, tmp_path):
    start, missing, database = "must be a file or an Optuna storage; ", tmp_path / "none.csv", tmp_path / "theirs.db"
    database.write_text("no database")
    for path, sentence in (
        (tmp_path, f"{start}a folder is named without --import."),
        (missing, f"{start}there is no such file."),
        (database, f"must be named by its URL, as databases are: --import sqlite:///{database}."),
    ):
        assert refused(finished, imports=[path]) == f"--import {path} {sentence}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=40)
    | st.lists(
        st.sampled_from(["cross_entropy", "l1", "repeat", "nan", "0", ",", "\n", "1e-320", '"', "\x00", "é"])
    ).map(lambda parts: "".join(parts).encode())
)
def test_any_content_of_a_file_is_read_as_points_or_refused_in_a_sentence(tmp_path, content):
    file = tmp_path / "any.csv"
    file.write_bytes(content)
    try:
        found = read_front(file, Measures(objective="train"))
    except UserError:
        return
    assert all(front.points for front in found.fronts)


figures = st.sampled_from([0.0, 5e-324, 1e-300, 1e-12, 0.5, 1.0, 3.0, 1e10, 1e30])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.tuples(figures, figures), min_size=1, max_size=6))
@example([(0.0, 1.0), (1.0, 1e-300), (1e30, 0.0)])  # a slope underflows
def test_any_points_that_a_file_may_have_can_be_compared(finished, written, points):
    file = written("cross_entropy,l1\n" + "".join(f"{x!r},{y!r}\n" for x, y in points))
    comparison = CrossStudyComparison.at([str(finished / "path")], [file]).comparison
    (found,) = comparison.of_method("theirs")
    best = [p for p in set(points) if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)]
    assert [(point.loss, point.complexity) for point in found.points] == sorted(best)
    assert 0 <= found.indicators["hypervolume"] <= 1


def test_imported_points_below_the_exact_front_are_counted(classes, written, compared):
    comparison, _ = compared(classes / "random", imports=[written("cross_entropy,l1\n0,0.1\n1.05,0\n9,9\n")])
    (figures,) = comparison.of_method("theirs")
    assert figures.below_exact == 2
