"""The campaign's checks see what they are for, and a study that is killed twice ends as one that is not."""

import json
import os
import shutil
import subprocess
import sys

import interruptions
import pytest
from aftermath import content, different, faults, strangers
from bench import Bench
from disturbed import JOBS, Disturbed, kill_group, wait_until


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("campaign"))


@pytest.fixture
def undisturbed(bench):
    return bench.undisturbed("logged_digits")[0]


@pytest.fixture
def copy(undisturbed, tmp_path):
    """A copy of the undisturbed study, with its log, for a test to spoil."""
    shutil.copytree(undisturbed.folder, tmp_path / "copy")
    return Disturbed(undisturbed.study, tmp_path / "copy")


def test_a_study_killed_twice_ends_as_undisturbed(bench, undisturbed):
    study, findings = bench.fresh("logged_digits", "killed twice"), []
    for count in (4, 9):
        before = study.started(), study.recorded()
        process = study.begin()
        assert wait_until(lambda: study.recorded() >= count, process)  # noqa: B023
        kill_group(process)
        process.wait()
        study.lost += JOBS
        findings += interruptions.too_many(study, before)
    assert findings + interruptions.unsuccessful(study.finish()) == []
    assert faults(study, undisturbed) == {}


def test_a_copy_has_no_faults(copy, undisturbed):
    assert faults(copy, undisturbed) == {}
    assert undisturbed.started() == len(content(undisturbed.out / "trials.csv")) > 10


@pytest.mark.parametrize("name", ["trials.csv", "fronts.csv", "summary.json", "study.toml"])
def test_a_digit_that_differs_is_seen(copy, undisturbed, name):
    path = copy.out / name
    text = path.read_text()
    counted = text.index("complete" if name == "trials.csv" else "", len(text) // 2)  # seconds may differ
    place = next(n for n in range(counted, len(text)) if text[n] in "12345678")
    path.write_text(f"{text[:place]}9{text[place + 1 :]}")
    assert different(copy.out, undisturbed.out) == [f"{name} differs"]


def test_a_weight_that_differs_is_seen(copy, undisturbed):
    path = next((copy.out / "checkpoints").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert different(copy.out, undisturbed.out) == [f"checkpoints/{path.name} differs"]


def test_seconds_may_differ(copy, undisturbed):
    path = copy.out / "trials.csv"
    rows = path.read_text().splitlines()
    place = rows[0].split(",").index("seconds")
    rows[1] = ",".join("77" if n == place else cell for n, cell in enumerate(rows[1].split(",")))
    path.write_text("\n".join(rows) + "\n")
    assert different(copy.out, undisturbed.out) == []


@pytest.mark.parametrize(("column", "found"), [("seconds", []), ("epochs", ["tables.json differs"])])
def test_seconds_of_a_table_may_differ_and_nothing_else(copy, undisturbed, column, found):
    path = copy.out / "tables.json"
    tables = json.loads(path.read_text())
    rows = next(table["rows"] for table in tables if table["name"] == "indicators")
    rows[1][rows[0].index(column)] += "7"
    path.write_text(json.dumps(tables))
    assert different(copy.out, undisturbed.out) == found


def test_files_too_many_and_missing_are_seen(copy, undisturbed):
    (copy.out / ".report.html.123").touch()
    (copy.out / "fronts.csv").unlink()
    next((copy.out / "artifacts").iterdir()).unlink()
    last = len(list((undisturbed.out / "artifacts").iterdir())) - 1
    assert strangers(copy.out, undisturbed.out) == [
        ".report.html.123 is too many",
        f"artifacts/{last} is missing",
        "fronts.csv is missing",
    ]


def test_a_process_left_behind_is_seen(copy, undisturbed, monkeypatch):
    monkeypatch.setattr("aftermath.GRACE", 0.2)
    left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=os.environ | copy.environment)
    with left:
        assert faults(copy, undisturbed) == {"processes": [f"process {left.pid} still runs"]}


def test_a_file_in_tmpdir_is_seen(copy, undisturbed):
    (copy.scratch / "tmpabc").mkdir()
    assert faults(copy, undisturbed) == {"TMPDIR": ["tmpabc is left in TMPDIR"]}


def test_a_training_made_twice_is_seen(copy, undisturbed):
    with (copy.folder / "started").open("a") as log:
        log.write("1\n")
    count = undisturbed.started()
    assert faults(copy, undisturbed) == {
        "trainings": [f"{count + 1} trainings started for {count} trials; at most 0 may be lost"]
    }
    copy.lost = 1
    assert faults(copy, undisturbed) == {}


@pytest.mark.parametrize(("started", "recorded", "wrong"), [(4, 2, False), (5, 2, True), (0, 0, False)])
def test_a_life_that_trains_again_what_was_recorded_is_seen(tmp_path, started, recorded, wrong):
    study = Disturbed(tmp_path / "none.toml", tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "started").write_text("1\n" * (10 + started))
    (tmp_path / "out" / "ledger.journal").write_text('{"key":1}\n' * (8 + recorded))
    assert bool(interruptions.too_many(study, (10, 8))) is wrong
