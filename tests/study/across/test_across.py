"""Comparisons across studies: real small studies beside copies, other studies and fronts written by hand."""

import csv
import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import lasso_study
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from frontsearch.cli import app, commands
from frontsearch.comparison.quality import hypervolume
from frontsearch.errors import UserError
from frontsearch.folder.folder import Folder
from frontsearch.measures import Measures
from frontsearch.report.figures.anytime import anytime_panel
from frontsearch.report.repeat_tables import epochs_rows
from frontsearch.study.across import CrossStudyComparison
from frontsearch.study.across.consistency import TaskProperty, check_consistent
from frontsearch.study.across.files import read_front
from frontsearch.study.config import read_study
from frontsearch.study.recorded_runs import recorded_comparison
from frontsearch.study.runner import Runner
from frontsearch.study.session import Session

IRIS = """
epochs = {epochs}
repeats = 2
l1_weights = [0.001, 0.3]
exact = {exact}
[task]
name = "iris"
network = "{network}"
objective = "train"
[training]
epochs = 10
batch_size = 30
learning_rate = 0.05
[space]
l1_weight = {{ low = 0.001, high = 0.3, log = true }}
[methods.random]
[methods.weighted-grid]
"""
INDICATORS = ("hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive")


def lasso(folder, out, *methods, **study):
    lasso_study.session(lasso_study.write(folder, *methods, **study), out, overrides={"repeats": 2}).run()
    return out


def iris(folder, name, *, network="linear", exact="false", epochs=40):
    file = folder / f"{name}.toml"
    file.write_text(IRIS.format(network=network, exact=exact, epochs=epochs))
    Session(config=read_study(str(file)), folder=Folder(folder / name), quiet=True).run()
    return folder / name


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study of two methods on the lasso, two repeats each."""
    folder = tmp_path_factory.mktemp("finished")
    return lasso(folder, folder / "run", "random", "path")


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """A convex study of two methods on iris, with its exact front."""
    return iris(tmp_path_factory.mktemp("classes"), "convex", exact="true")


@pytest.fixture
def written(tmp_path):
    """A CSV file with this text."""

    def write(text, name="theirs.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def compared(tmp_path):
    """The comparison of these runs and files, and the folder it was written to."""

    def compare(*runs, imports=()):
        out = tmp_path / "compared"
        return CrossStudyComparison.at([str(run) for run in runs], imports).write(out), out

    return compare


def summary(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def snapshot(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def copy(run, to):
    shutil.copytree(run, to)
    return to


def edited(run, to, old, new, *, file="study.toml"):
    """A copy of a run with something replaced in one of its files."""
    path = copy(run, to) / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return to


def refused(*runs, imports=()):
    with pytest.raises(UserError) as caught:
        assert CrossStudyComparison.at([str(run) for run in runs], imports).comparison is None
    return str(caught.value)


@pytest.mark.parametrize("which", ["finished", "classes"])
def test_a_study_compared_alone_has_the_results_of_its_own_report(which, request, compared):
    run = request.getfixturevalue(which)
    comparison, out = compared(run)
    for name in ("trials.csv", "fronts.csv", "sparse_fronts.csv"):
        assert (out / name).read_bytes() == (run / name).read_bytes()
    ours, theirs = summary(out), summary(run)
    for method, figures in ours["methods"].items():
        assert figures.pop("source")["path"] == str(run)
        for knee in ("knee", "widest_knee"):
            if figures[knee]:
                figures[knee]["checkpoint"] = figures[knee]["checkpoint"].removeprefix(f"{run}/")
        assert figures == theirs["methods"][method]
    for name in ("reference_point", "log_box"):
        assert ours[name] == theirs[name]
    assert (comparison.exact is None) == (which == "finished")


def test_nothing_in_a_run_is_changed(finished, tmp_path, compared):
    run = copy(finished, tmp_path / "run")
    with (run / "ledger.journal").open("ab") as journal:
        journal.write(b'{"op_code": 4, "worker')  # a killed process may leave this
    before = snapshot(run)
    comparison, _ = compared(run, imports=[run / "fronts.csv"])
    assert snapshot(run) == before
    assert len(comparison.runs) == 8


def test_copies_of_one_study_are_told_apart_and_have_equal_results(finished, tmp_path, compared):
    comparison, out = compared(finished, copy(finished, tmp_path / "twin"))
    assert comparison.methods == ("run:random", "run:path", "twin:random", "twin:path")
    methods = summary(out)["methods"]
    for method in ("random", "path"):
        ours, theirs = methods[f"run:{method}"], methods[f"twin:{method}"]
        for name in (*INDICATORS, "trials", "epochs", "front_size"):
            assert ours[name] == theirs[name]
        assert (theirs["source"]["path"], theirs["source"]["method"]) == (str(tmp_path / "twin"), method)
        assert ours["knee"]["checkpoint"].startswith(str(finished))
        assert theirs["knee"]["checkpoint"].startswith(str(tmp_path / "twin"))


def test_runs_of_folders_with_one_name_are_told_apart_by_their_paths(finished, tmp_path, compared):
    twin = copy(finished, tmp_path / "run")
    comparison, _ = compared(finished / "path", twin / "path")
    assert comparison.methods == (f"{finished}:path", f"{twin}:path")


def test_a_method_or_a_repeat_can_be_named_and_counts_once(finished, compared):
    comparison, _ = compared(finished / "path" / "1", finished / "random", finished / "random" / "0")
    assert [(one.run.method, one.run.repeat) for one in comparison.runs] == [("random", 0), ("random", 1), ("path", 1)]


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
        ("", "must have a header and at least one row; found none."),
        (HEADER, "must have a header and at least one row; found none."),
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


def test_a_path_that_is_not_a_file_is_one_sentence(finished, tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        assert f"--import {path} must be a CSV file in UTF-8; it cannot be read: " in refused(finished, imports=[path])


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


def test_task_properties_in_a_file_must_agree_with_the_study(finished, written):
    task = read_study(str(finished / "study.toml")).fingerprint
    ok = written(f"cross_entropy,l1,fingerprint,l1_reduction,split,penalised\n1,2,{task},sum,train,all\n")
    (file,) = CrossStudyComparison.at([str(finished)], [ok]).files
    assert file.note == "imported: 1 points"
    for column, value, ours in (
        ("fingerprint", "feed", task),
        ("l1_reduction", "mean", "sum"),
        ("split", "test", "train"),
        ("penalised", "kernels", "all"),
    ):
        other = written(f"cross_entropy,l1,{column}\n1,2,\n1,3,{value}\n", "other.csv")
        found = refused(finished, imports=[other])
        assert f"{other}, line 3 differs in {column} ('{value}', where {finished} has '{ours}')." in found


def test_every_property_in_which_a_source_differs_is_named():
    def stated(source, **properties):
        return [TaskProperty(source=source, name=name, value=value) for name, value in properties.items()]

    alike = stated("a", split="train", network="mlp", fingerprint="1") + stated("b", split="train")
    check_consistent(alike)
    other = stated("c", split="train", network="linear", fingerprint="2") + stated("d", split="test")
    with pytest.raises(UserError) as caught:
        check_consistent(alike + other)
    assert str(caught.value).endswith(
        "; c differs in network ('linear', where a has 'mlp'), fingerprint ('2', where a has '1')."
    )


def test_runs_of_other_tasks_are_refused_with_what_differs(finished, classes, tmp_path):
    task = read_study(str(finished / "study.toml")).fingerprint
    changed = edited(
        edited(finished, tmp_path / "half", task, "feed" * 4),
        tmp_path / "changed",
        task,
        "feed" * 4,
        file="ledger.journal",
    )
    assert f"; {changed} differs in fingerprint ('feedfeedfeedfeed', where {finished} has '{task}')." in refused(
        finished, changed
    )
    tanh = iris(tmp_path, "tanh", network="tanh")
    assert f"; {tanh} differs in network ('tanh', where {classes} has 'linear'), fingerprint (" in refused(
        classes, tanh
    )
    assert f"; {classes} differs in task ('iris', where {finished} has 'lasso'), penalised (" in refused(
        finished, classes
    )


def test_different_boxes_are_replaced_by_the_smallest_around_them_and_a_note_says_so(finished, tmp_path, compared):
    point = edited(finished, tmp_path / "point", "7.15625,\n    6.75", "3.0,\n    9.0")
    other = edited(point, tmp_path / "other", "0.00675,\n    6.75", "0.009,\n    9.0")
    comparison, out = compared(finished / "random", other / "random")  # random search does not depend on the box
    assert comparison.linear.high == (7.15625, 9.0)
    assert comparison.log.low == (0.01, 0.00675)
    assert comparison.log.high == (7.15625, 9.0)
    (note,) = comparison.notes
    assert "smallest box around theirs" in note
    assert note in (out / "report.html").read_text()
    assert summary(out)["notes"] == [note]
    for figures in comparison.runs:
        points = np.array([(point.loss, point.complexity) for point in figures.points])
        assert figures.indicators["hypervolume"] == hypervolume(points, box=comparison.linear)


def test_different_budgets_are_noted(finished, tmp_path, compared):
    shorter = lasso(tmp_path, tmp_path / "shorter", "random", epochs=300)
    comparison, _ = compared(finished, shorter)
    assert comparison.notes == (
        "The runs had budgets of 300 and 600 epochs, so their fronts were not found at equal cost.",
    )
    assert comparison.sources["shorter:random"].note == "study tiny, 300 epochs a run"


def test_a_run_has_only_the_trials_that_its_study_s_budget_pays_for(finished, tmp_path, compared):
    """The folder also has trials of a larger budget and of another seed, which its own report leaves out too."""
    run = copy(finished, tmp_path / "run")
    study = lasso_study.write(tmp_path, "random", "path")
    for overrides in ({"epochs": 900}, {"seed": 5}, {"epochs": 300}):
        lasso_study.session(study, run, overrides={"repeats": 2, **overrides}).run()
    comparison, out = compared(run)
    assert {figures.epochs for figures in comparison.runs} == {300}
    assert (out / "trials.csv").read_bytes() == (run / "trials.csv").read_bytes()
    assert comparison.notes == ()


def test_unfinished_runs_are_compared_by_the_trials_they_have_and_a_note_says_so(finished, tmp_path, compared, capsys):
    run = edited(finished, tmp_path / "other", "epochs = 600.0", "epochs = 700.0")
    comparison, out = compared(finished, run / "random" / "1")
    assert [figures.epochs for figures in comparison.runs] == [600] * 5
    note, budgets = comparison.notes
    assert note.startswith(
        "Unfinished runs, compared by the trials they have so far: other:random, repeat 1 (600 of 700 epochs). Run the "
    )
    assert budgets.startswith("The runs had budgets of 600 and 700 epochs")
    assert summary(out)["notes"] == [note, budgets]
    commands.compare_runs([str(run)], [], out=tmp_path / "again")
    assert "random, repeat 0 (600 of 700 epochs); path, repeat 0 (" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("change", [{"seed": 2}, {"epochs": 900}, {"epochs": 300}, {"methods": ["path"]}])
def test_trials_of_other_settings_in_the_same_folder_are_ignored(finished, tmp_path, compared, monkeypatch, change):
    """The study with other settings is interrupted at its first new training; its file is in the folder by then."""
    run, alone = copy(finished, tmp_path / "run"), tmp_path / "alone"
    study, overrides = lasso_study.write(tmp_path, "random", "path"), {"repeats": 2, **change}
    lasso_study.session(study, alone, overrides=overrides).run()
    with monkeypatch.context() as patch:
        patch.setattr(Runner, "_result", interrupt)
        with suppress(KeyboardInterrupt):
            lasso_study.session(study, run, overrides=overrides).run()
    asked = {row["key"] for row in lasso_study.rows(alone / "trials.csv")}
    for comparison in (compared(run)[0], recorded_comparison(Folder(run))):
        assert {trial.key for figures in comparison.runs for trial in figures.run.trials} <= asked
        assert comparison.methods == tuple(overrides.get("methods", ["random", "path"]))
        assert bool(comparison.notes) == any(not figures.run.finished for figures in comparison.runs)
        assert all(figures.epochs == figures.run.budget for figures in comparison.runs if figures.run.finished)


def interrupt(*_):
    raise KeyboardInterrupt


def test_a_run_that_the_folder_s_study_no_longer_has_is_refused(finished, tmp_path):
    run = copy(finished, tmp_path / "run")
    study = lasso_study.write(tmp_path, "random", "path")
    lasso_study.session(study, run, overrides={"methods": ["path"], "repeats": 1}).run()
    assert f"{run}/study.toml was written by a later command and has no random/0, so that run's " in refused(
        run / "random"
    )
    assert "has no path/1" in refused(run / "path" / "1")
    comparison = CrossStudyComparison.at([str(run)]).comparison
    assert [(figures.run.method, figures.run.repeat) for figures in comparison.runs] == [("path", 0)]


def test_exact_and_published_fronts_are_carried_over(classes, tmp_path, compared):
    study = (classes / "study.toml").read_text()
    with_published = study.replace("exact = true", 'exact = false\npublished = "theirs.csv"')
    one, two = (copy(classes, tmp_path / name) for name in ("one", "two"))
    for folder, point in ((one, "9,9"), (two, "8,8")):
        (folder / "study.toml").write_text(with_published)
        (folder / "theirs.csv").write_text(f"# From {folder.name}.\ncross_entropy,l1\n{point}\n")
    comparison, _ = compared(classes, one, two, copy(two, tmp_path / "three"))
    assert comparison.published.source == "From one. From two."
    assert comparison.published.points["test_cross_entropy", "l1_raw"] == ((9.0, 9.0), (8.0, 8.0))
    assert {figures.dominated["test_cross_entropy", "l1_raw"] for figures in comparison.runs} == {2}
    assert {figures.below_exact for figures in comparison.runs} == {0}


def test_imported_points_below_the_exact_front_are_counted(classes, written, compared):
    comparison, _ = compared(classes / "random", imports=[written("cross_entropy,l1\n0,0.1\n1.05,0\n9,9\n")])
    (figures,) = comparison.of_method("theirs")
    assert figures.below_exact == 2


def test_runs_without_a_point_are_shown_as_such(finished, tmp_path, compared):
    study = lasso_study.write(tmp_path, "random", name="astray")
    text = study.read_text().replace("learning_rate = 0.05", "learning_rate = 1e30")
    study.write_text(text.replace('optimiser = ["adam", "prox-sgd"]', "learning_rate = [1e29, 1e30]"))
    lasso_study.session(study, tmp_path / "astray").run()
    with (tmp_path / "astray" / "study.toml").open("a") as resolved:
        resolved.write(f"\n[methods.smgd]\n{lasso_study.METHODS['smgd']}")
    comparison, out = compared(tmp_path / "astray")
    assert [(one.run.method, len(one.run.trials), one.diverged) for one in comparison.runs] == [
        ("random", 6, 6),
        ("smgd", 0, 0),
    ]
    page = (out / "report.html").read_text()
    assert "No training completed, so there is no front to compare." in page
    assert page.count("no trial completed") == 4
    comparison, _ = compared(finished, tmp_path / "astray")
    assert comparison.ranking[-1] == "smgd"


def test_a_path_without_a_run_is_one_sentence(finished, tmp_path):
    assert (
        "RUN must be a study's FOLDER, FOLDER/METHOD or FOLDER/METHOD/REPEAT; there is no ledger.journal at "
        in refused(tmp_path / "nowhere")
    )
    assert refused(finished / "pth").endswith("run has no method 'pth': did you mean 'path'? Choose from path, random.")
    assert "has no repeat '2': choose from 0, 1." in refused(finished / "path" / "2")
    assert "has no method 'report.html'" in refused(finished / "report.html")
    assert refused(finished, finished / "fronts.csv").endswith("fronts.csv with --import instead.")
    assert refused() == "At least one finished run must be named."
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "ledger.journal").write_text("")
    assert f"{tmp_path / 'empty'} has no runs" in refused(tmp_path / "empty")
    binary = copy(finished, tmp_path / "binary")
    (binary / "ledger.journal").write_bytes(b"\xff\x00\n" * 3)
    assert f"{binary} has no runs" in refused(binary)
    bare = copy(finished, tmp_path / "bare")
    (bare / "study.toml").unlink()
    assert refused(bare) == f"There is no study file {bare / 'study.toml'}."
    plain = copy(finished, tmp_path / "plain")
    shutil.copy(finished.parent / "tiny.toml", plain / "study.toml")
    text = (plain / "study.toml").read_text()
    (plain / "study.toml").write_text("\n".join(line for line in text.splitlines() if "reference" not in line))
    assert "must be the study file that a run writes" in refused(plain)


def test_the_output_folder_must_be_another(finished, tmp_path, written):
    across = CrossStudyComparison.at([str(finished / "path")])
    for out in (finished, finished / "compared", tmp_path / ".." / finished.parent.name / "run"):
        with pytest.raises(UserError, match="--out must lie outside the runs that are compared"):
            across.write(out)
    twin = copy(finished, tmp_path / "twin")
    before = snapshot(twin)
    with pytest.raises(UserError, match="holds another study: 'tiny'"):
        across.write(twin)
    assert snapshot(twin) == before
    file = written("cross_entropy,l1\n1,2\n", "fronts.csv")
    with pytest.raises(UserError, match="--out must not be the folder of an imported file"):
        CrossStudyComparison.at([str(finished)], [file]).write(tmp_path)
    assert file.read_text() == "cross_entropy,l1\n1,2\n"


def test_two_methods_that_would_have_the_same_name_are_refused(finished, tmp_path, written):
    twin = copy(finished, tmp_path / "twin")
    file = written("method,cross_entropy,l1\ntwin:path,1,2\n")
    assert "Two methods would both be called 'twin:path'" in refused(finished / "path", twin / "path", imports=[file])


EVIL = "<b>[red]../x[/no]\x1b[31m"


def test_the_command_prints_names_as_text_and_uses_none_as_a_path(finished, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("theirs.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("method", "cross_entropy", "l1"), (EVIL, 1, 2), ("=cmd", 2, 1)])
    arguments = ["compare", str(finished / "path"), "--import", "theirs.csv", "--out", "a/b [c]"]
    monkeypatch.setattr(sys, "argv", ["frontsearch", *arguments])
    with pytest.raises(SystemExit) as ended:
        app.main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.err) == (0, "")
    assert printed.out.splitlines()[2].startswith("<b>[red]../x[/no] [31m  ")
    assert printed.out.splitlines()[-1] == "Report:     a/b [c]/report.html"
    page = Path("a/b [c]/report.html").read_text()
    assert "&lt;b&gt;[red]../x[/no] [31m" in page
    assert "<b>[red]" not in page
    assert {path.name for path in tmp_path.rglob("*")} == {
        "theirs.csv", "a", "b [c]", "report.html", "trials.csv", "fronts.csv", "sparse_fronts.csv", "summary.json",
        "attainment.csv", "attainment_differences.csv", "tables.json",
    }  # fmt: skip
