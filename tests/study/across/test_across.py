"""Comparisons across studies: real small studies beside copies and other studies."""

import csv
import sys
from contextlib import suppress
from pathlib import Path

import lasso_study
import numpy as np
import pytest
from across_runs import copy, edited, lasso, snapshot, summary

from frontsearch.cli import app, commands
from frontsearch.comparison.quality import hypervolume
from frontsearch.folder.folder import Folder
from frontsearch.study.recorded_runs import recorded_comparison
from frontsearch.study.runner import Runner

INDICATORS = ("hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive")


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
    shortest = lasso(tmp_path, tmp_path / "shortest", "random", epochs=150)
    comparison, _ = compared(finished, shorter, shortest)
    assert comparison.notes == (
        "The runs had budgets of 150, 300 and 600 epochs, so their fronts were not found at equal cost.",
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
