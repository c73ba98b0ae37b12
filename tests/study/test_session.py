import csv
import html
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, nullcontext
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import lasso_study
import pytest
from full_disk import full_disk

from frontsearch.cli import app
from frontsearch.cli.interruption import INTERRUPTED
from frontsearch.errors import UserError
from frontsearch.folder.folder import STUDY_FILES, SUBFOLDERS, Folder
from frontsearch.study.config import read_study
from frontsearch.tasks import lasso
from frontsearch.training import trainer

LONG = {"epochs": 800, "training": 100}  # some 50 trainings, a few seconds: long enough to be killed half-way


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that was never interrupted, run in this process."""
    folder = tmp_path_factory.mktemp("finished")
    study = lasso_study.write(folder)
    lasso_study.session(study, folder / "out").run()
    return SimpleNamespace(study=study, out=folder / "out")


@pytest.fixture
def again(finished, tmp_path):
    """A copy of the finished study's folder for a test to change; commands in its report name the copy."""
    out = tmp_path / "out"
    shutil.copytree(finished.out, out)
    for page in (out / "report.html", *(out / "artifacts").iterdir()):
        page.write_bytes(page.read_bytes().replace(bytes(finished.out), bytes(out)))
    return SimpleNamespace(study=finished.study, out=out)


@pytest.fixture
def trained(monkeypatch):
    """Keys of the trials that are trained in this process from now on."""
    keys, train = [], trainer.Trainer.train

    def trained_and_listed(self, recipes):
        trials = train(self, recipes)
        keys.extend(trial.key for trial in trials)
        return trials

    monkeypatch.setattr(trainer.Trainer, "train", trained_and_listed)
    return keys


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ended_with(capsys, *arguments):
    """Exit code and stderr of the console script, run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["frontsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            app.main()
    return ended.value.code, capsys.readouterr().err


# -- interrupted and uninterrupted ---------------------------------------------------------------------------------


def begin(study, out, jobs):
    command = [sys.executable, "-m", "frontsearch.study", study, "--out", out, "--jobs", str(jobs), "--quiet"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_trials(journal, process, count):
    deadline = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b'"key":') < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def children(pid):
    """Ids of the child processes of a process, by the fourth field of ``/proc/ID/stat``."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid:
            found.append(int(stat.parent.name))
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_gone(pids):
    deadline = time.monotonic() + 60
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A study on two workers that was interrupted by Ctrl-C, continued, killed, and then run to its end."""
    folder = tmp_path_factory.mktemp("interrupted")
    study, out = lasso_study.write(folder, *lasso_study.METHODS, **LONG), folder / "out"
    seen = SimpleNamespace(study=study, out=out, workers=[])

    process = begin(study, out, 2)
    wait_for_trials(out / "ledger.journal", process, 3)
    seen.workers += children(process.pid)
    process.send_signal(signal.SIGINT)
    seen.stdout, seen.stderr = process.communicate(timeout=60)
    seen.code = process.returncode
    seen.after_interrupt = (out / "ledger.journal").read_bytes().count(b'"key":')

    process = begin(study, out, 2)
    wait_for_trials(out / "ledger.journal", process, seen.after_interrupt + 3)
    seen.workers += children(process.pid)
    process.kill()
    process.communicate(timeout=60)
    seen.killed_code = process.returncode
    seen.after_kill = (out / "ledger.journal").read_bytes().count(b'"key":')
    seen.workers_gone = all_gone(seen.workers)
    seen.reported_while_killed = (out / "trials.csv").exists()

    partial = folder / "partial"
    shutil.copytree(out, partial)
    seen.partial = partial

    lasso_study.session(study, out, jobs=2).run()
    return seen


@pytest.fixture(scope="module")
def uninterrupted(interrupted, tmp_path_factory):
    """The same study on one worker, without an interruption."""
    out = tmp_path_factory.mktemp("uninterrupted")
    lasso_study.session(interrupted.study, out, jobs=1).run()
    return out


def test_ctrl_c_ends_with_130_and_says_how_to_continue(interrupted):
    assert interrupted.code == 130
    assert interrupted.stderr == f"{INTERRUPTED}\n"
    assert interrupted.stdout == ""


def test_the_study_was_really_interrupted_half_way(interrupted, uninterrupted):
    total = (uninterrupted / "ledger.journal").read_bytes().count(b'"key":')
    assert interrupted.killed_code == -signal.SIGKILL
    assert 3 <= interrupted.after_interrupt < interrupted.after_kill < total
    assert not interrupted.reported_while_killed


def test_workers_end_with_their_parent(interrupted):
    assert len(interrupted.workers) >= 4  # two workers, twice
    assert interrupted.workers_gone


def test_an_interrupted_study_ends_like_an_uninterrupted_one(interrupted, uninterrupted):
    assert lasso_study.outcome(interrupted.out) == lasso_study.outcome(uninterrupted)
    # Finished trainings were reused: there are no more trials than without the interruptions.
    counts = [(out / "ledger.journal").read_bytes().count(b'"key":') for out in (interrupted.out, uninterrupted)]
    assert counts[0] == counts[1]
    curves = content(uninterrupted / "curves")
    assert len(curves) > 10
    assert content(interrupted.out / "curves") == curves


def test_a_report_of_an_interrupted_study_trains_nothing(interrupted, trained):
    lasso_study.session(interrupted.study, interrupted.partial, report_only=True).run()
    reported = lasso_study.rows(interrupted.partial / "trials.csv", "seconds")
    whole = lasso_study.rows(interrupted.out / "trials.csv", "seconds")
    assert trained == []
    assert 0 < len(reported) < len(whole)
    assert [row for row in whole if row in reported] == reported
    notes = json.loads((interrupted.partial / "summary.json").read_text())["notes"]
    assert notes[0].startswith("Unfinished runs, compared by the trials they have so far: ")
    assert notes[0] in html.unescape((interrupted.partial / "report.html").read_text())
    assert "notes" not in json.loads((interrupted.out / "summary.json").read_text())


# -- run again -----------------------------------------------------------------------------------------------------


def test_a_finished_study_is_not_trained_again(again, trained):
    before = content(again.out)
    lasso_study.session(again.study, again.out).run()
    assert trained == []
    assert content(again.out) == before


def test_writing_the_report_again_changes_nothing_in_a_finished_study(again, trained):
    before = content(again.out)
    lasso_study.session(again.study, again.out, report_only=True).run()
    assert trained == []
    assert content(again.out) == before


def test_a_report_of_other_settings_leaves_the_study_file_of_the_folder_alone(again):
    before = (again.out / "study.toml").read_bytes()
    comparison = lasso_study.session(again.study, again.out, overrides={"seed": 99}, report_only=True).run()
    assert all(figures.run.trials == () or figures.run.finished for figures in comparison.runs)
    assert (again.out / "study.toml").read_bytes() == before


def test_a_report_has_the_budget_of_the_last_run(again, tmp_path, capsys):
    lasso_study.session(again.study, again.out, overrides={"epochs": 700.0}).run()
    before = content(again.out)
    code, _ = ended_with(capsys, "report", again.study, "--out", again.out)
    assert code == 0
    assert content(again.out) == before


def test_a_larger_budget_in_the_same_folder_reuses_earlier_trainings(tmp_path, trained):
    study, out = lasso_study.write(tmp_path, "random", "smgd"), tmp_path / "out"
    lasso_study.session(study, out).run()
    first = list(trained)
    trained.clear()
    lasso_study.session(study, out, overrides={"epochs": 900.0}).run()
    assert (len(first), len(trained)) == (12, 6)
    assert not set(first) & set(trained)
    assert len(lasso_study.rows(out / "trials.csv")) == 18
    assert read_study(str(out / "study.toml")).epochs == 900


def test_runs_of_one_study_in_a_database_are_shared_by_folders(tmp_path, trained):
    study, url = lasso_study.write(tmp_path, "weighted-grid"), f"sqlite:///{tmp_path}/study.db"
    lasso_study.session(study, tmp_path / "a", storage=url).run()
    assert len(trained) == 6
    lasso_study.session(study, tmp_path / "b", storage=url).run()
    assert len(trained) == 6
    assert (tmp_path / "a" / "trials.csv").read_bytes() == (tmp_path / "b" / "trials.csv").read_bytes()
    assert not (tmp_path / "a" / "ledger.journal").exists()


def test_an_error_of_a_database_while_it_is_read_is_one_sentence(tmp_path, capsys):
    study, file = lasso_study.write(tmp_path, "weighted-grid"), tmp_path / "study.db"
    lasso_study.session(study, tmp_path / "out", storage=f"sqlite:///{file}").run()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("ALTER TABLE trial_values RENAME COLUMN value TO lost")
    code, words = ended_with(capsys, "study", study, "--out", tmp_path / "out", "--storage", f"sqlite:///{file}")
    assert code == 2
    assert words.startswith("The storage can no longer be read: ")
    assert words.count("\n") == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS allows only names in UTF-8")
def test_a_folder_whose_name_is_not_in_utf_8_is_refused_before_training(tmp_path, capsys, trained):
    study = lasso_study.write(tmp_path, "weighted-grid")
    code, words = ended_with(capsys, "study", study, "--out", f"{tmp_path}/M\udcfcller")
    assert (code, trained) == (2, [])
    assert words == f"--out must be a path in UTF-8; found '{tmp_path}/M\\udcfcller'.\n"


def test_sigterm_interrupts_a_study_like_ctrl_c(tmp_path, monkeypatch):
    study, out = lasso_study.write(tmp_path, *lasso_study.METHODS, **LONG), tmp_path / "out"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = begin(study, out, 2)
    wait_for_trials(out / "ledger.journal", process, 3)
    process.terminate()
    assert process.communicate(timeout=60)[1] == f"{INTERRUPTED}\n"
    assert process.returncode == 130
    assert not list(temporary.iterdir())


def test_repeats_and_methods_have_seeds_of_their_own(finished, tmp_path):
    lasso_study.session(finished.study, tmp_path, overrides={"repeats": 2, "methods": ["weighted-grid"]}).run()
    twice = lasso_study.rows(tmp_path / "trials.csv", "seconds")
    once = [row for row in lasso_study.rows(finished.out / "trials.csv", "seconds") if row["method"] == "weighted-grid"]
    assert [row for row in twice if row["repeat"] == "0"] == once
    assert len({row["seed"] for row in twice}) == len(twice) == 12


# -- the study that a folder belongs to -----------------------------------------------------------------------------


def test_another_study_in_the_same_folder_is_refused(again, tmp_path):
    before = content(again.out)
    other = lasso_study.write(tmp_path, "random", name="other")
    with pytest.raises(UserError, match=r"holds another study: 'tiny' and not 'other'; choose another with --out"):
        lasso_study.session(other, again.out).run()
    assert content(again.out) == before


def test_the_same_study_with_a_changed_task_is_refused(again, monkeypatch):
    before = content(again.out)
    monkeypatch.setattr(sys.modules[lasso.__module__], "TARGET", (3.0, -2.0, 1.0, -0.5, 0.25, 0.125))
    with pytest.raises(UserError, match=r"holds another task \(data, split, network or penalised weights\)"):
        lasso_study.session(again.study, again.out).run()
    assert content(again.out) == before


def test_a_resolved_study_with_a_changed_task_is_refused(again, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[lasso.__module__], "TARGET", (3.0, -2.0, 1.0, -0.5, 0.25, 0.125))
    with pytest.raises(UserError, match="was made with the task"):
        lasso_study.session(again.out / "study.toml", tmp_path / "new").run()
    assert not (tmp_path / "new").exists()


def test_a_folder_whose_study_file_cannot_be_read_is_refused(again):
    (again.out / "study.toml").write_text("name = ")
    before = content(again.out)
    with pytest.raises(UserError, match="must be the study this folder belongs to"):
        lasso_study.session(again.study, again.out).run()
    assert content(again.out) == before


# -- checkpoints ---------------------------------------------------------------------------------------------------


def test_checkpoints_are_kept_of_front_points_and_of_possible_parents_of_later_trainings(tmp_path):
    study, out = lasso_study.write(tmp_path, "smgd", "path"), tmp_path / "out"
    # After one epoch the first network of the path is far from the front, but it is the parent of the second.
    study.write_text(study.read_text().replace("first_epochs = 100", "first_epochs = 1"))
    lasso_study.session(study, out).run()
    kept = {path.stem for path in (out / "checkpoints").iterdir()}
    trials = lasso_study.rows(out / "trials.csv")
    warm = {row["key"] for row in trials if row["method"] == "path"}
    front = {row["key"] for row in lasso_study.rows(out / "fronts.csv")}
    assert warm - front
    assert kept == front | warm
    assert kept < {row["key"] for row in trials}
    assert {path.stem for path in (out / "curves").iterdir()} == kept


def test_a_run_keeps_the_checkpoints_of_other_runs_in_its_folder(tmp_path, trained):
    study, out = lasso_study.write(tmp_path, "path", "random"), tmp_path / "out"
    kept = set()
    for overrides in ({}, {"methods": ["random"], "seed": 2}, {"methods": ["path"], "epochs": 300.0}):
        lasso_study.session(study, out, overrides=overrides).run()
        kept |= {row["key"] for row in lasso_study.rows(out / "fronts.csv")}
        assert kept <= {path.stem for path in (out / "checkpoints").iterdir()}
    assert set(trained) - {path.stem for path in (out / "checkpoints").iterdir()}
    lasso_study.session(study, out, overrides={"epochs": 900.0}).run()


def test_missing_parent_checkpoints_are_trained_again(tmp_path):
    study, out = lasso_study.write(tmp_path, "path"), tmp_path / "out"
    lasso_study.session(study, out, overrides={"epochs": 150.0}).run()
    shutil.rmtree(out / "checkpoints")
    lasso_study.session(study, out).run()
    lasso_study.session(study, tmp_path / "at once").run()
    assert lasso_study.outcome(out) == lasso_study.outcome(tmp_path / "at once")


# -- a full disk ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["study.toml", "trials.csv", "fronts.csv", "summary.json", "report.html"])
def test_a_full_disk_is_one_sentence_and_keeps_the_old_file(again, monkeypatch, name):
    before, write = content(again.out), Folder.write

    def full(folder, file, text):
        with full_disk(len(text) // 2) if file == name else nullcontext():
            write(folder, file, text)

    monkeypatch.setattr(Folder, "write", full)
    with pytest.raises(UserError, match=rf"{name} could not be written to .*\[Errno 27\] File too large\.$"):
        lasso_study.session(again.study, again.out).run()
    assert content(again.out) == before


def test_a_folder_that_cannot_be_created_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="could not be written"):
        Folder(tmp_path / "file").write("trials.csv", "")


# -- contracts: people and scripts rely on these --------------------------------------------------------------------


def test_the_folder_has_every_file(finished):
    files = {str(path.parent) if path.parts[1:] else str(path) for path in content(finished.out)}
    assert files == {
        "study.toml", "ledger.journal", "checkpoints", "curves", "trials.csv", "fronts.csv", "sparse_fronts.csv",
        "attainment.csv", "attainment_differences.csv", "learning_curves.csv", "summary.json", "tables.json",
        "report.html", "artifacts", "owner",
    }  # fmt: skip
    made_elsewhere = {"unit_fronts.csv", "benchmarks"}  # with group l1, and by frontsearch bench
    assert files == (STUDY_FILES | SUBFOLDERS) - made_elsewhere


def test_fronts_csv_has_its_header(finished):
    with (finished.out / "fronts.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert ", ".join(header) == (
        "method, repeat, key, cross_entropy, l1, nonzeros, sparsity, validation_error, test_cross_entropy, "
        "test_error, epochs_spent, seconds_spent, certificate, units, multiply_adds"
    )
    assert {row[0] for row in rows} == set(lasso_study.METHODS)
    points = [(row[0], float(row[3]), float(row[4])) for row in rows]
    for (one, ce, l1), (next_one, next_ce, next_l1) in pairwise(points):
        assert one != next_one or (ce < next_ce and l1 > next_l1)


def test_trials_csv_has_a_row_for_each_trial(finished):
    rows = lasso_study.rows(finished.out / "trials.csv")
    assert list(rows[0])[:5] == ["method", "repeat", "number", "key", "status"]
    recipe = {
        "descent", "l1_weight", "l1_scale", "optimiser", "learning_rate", "learning_rate_schedule", "momentum",
        "batch_size", "epochs", "seed", "start", "start_trial", "start_optimiser", "pruning_threshold",
        "pruning_relative", "pruning_begin", "pruning_every", "pruning_ramp", "pruning_regrow",
    }  # fmt: skip
    metrics = {f"{split}_cross_entropy" for split in ("train", "validation", "test")}
    metrics |= {"cross_entropy", "l1", "nonzeros", "prunable", "sparsity", "seconds"}
    assert recipe | metrics <= set(rows[0])
    for method in lasso_study.METHODS:
        of_method = [row for row in rows if row["method"] == method]
        assert [int(row["number"]) for row in of_method] == list(range(len(of_method)))
        assert sum(float(row["epochs"]) for row in of_method) <= 600


def test_summary_json_has_its_keys(finished):
    summary = json.loads((finished.out / "summary.json").read_text())
    assert {"study", "task", "reference_point", "versions", "methods", "pairs"} <= set(summary)
    assert (summary["study"], summary["task"]) == ("tiny", "lasso")
    assert summary["reference_point"] == [7.15625, 6.75]
    assert list(summary["methods"]) == list(lasso_study.METHODS)
    counts = {"repeats", "trials", "diverged", "failed", "epochs", "seconds", "front_size", "machines"}
    told = {"epochs_to", "knee", "widest_knee"}
    indicators = {"hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive"}
    indicators |= {f"{name}_test" for name in indicators}
    for figures in summary["methods"].values():
        assert set(figures) == counts | indicators | told
        assert figures["repeats"] == 1
        for name in indicators:
            (value,) = figures[name]["values"]
            assert figures[name]["median"] == value
        assert 0 <= figures["hypervolume"]["median"] <= 1
        assert (finished.out / figures["knee"]["checkpoint"]).is_file()
        assert {"cross_entropy", "l1", "nonzeros", "sparsity", "test_error", "key"} - set(figures["knee"]) == {
            "test_error"  # the lasso toy has no classes
        }


def test_the_journal_has_a_study_for_each_run_with_key_recipe_and_metrics(finished):
    logs = [json.loads(line) for line in (finished.out / "ledger.journal").read_bytes().splitlines()]
    names = [log["study_name"] for log in logs if "study_name" in log]
    assert sorted(names) == sorted(["tiny/comparison", *(f"tiny/{method}/0" for method in lasso_study.METHODS)])
    trials = [log["user_attrs"] for log in logs if "key" in log.get("user_attrs", {})]
    rows = lasso_study.rows(finished.out / "trials.csv")
    assert {trial["key"] for trial in trials} == {row["key"] for row in rows}
    assert all({"recipe", "status", "epochs", "seconds", "machine", "l1", "nonzeros"} <= set(trial) for trial in trials)


def test_study_toml_reproduces_the_study(finished, tmp_path):
    lasso_study.session(finished.out / "study.toml", tmp_path).run()
    assert lasso_study.outcome(tmp_path) == lasso_study.outcome(finished.out)
    assert (tmp_path / "study.toml").read_bytes() == (finished.out / "study.toml").read_bytes()
