"""Ledgers of versions whose l1 was the plain sum: read with l1 measured anew, and not continued."""

import csv
import json

import digits_study
import lasso_study
import pytest
from safetensors.numpy import load_file

from frontsearch.errors import UserError
from frontsearch.folder.folder import Folder
from frontsearch.names import L1, L1_RAW
from frontsearch.study.config import read_study
from frontsearch.study.session import Session
from frontsearch.training import objectives


def as_before(function):
    """The metrics of a version that knew only the plain sum."""

    def metrics(*args, **options):
        found = function(*args, **options)
        found[L1] = found.pop(L1_RAW)
        return found

    return metrics


def session(folder, **options):
    study = read_study(str(digits_study.write(folder)))
    return Session(config=study, folder=Folder(folder / "out"), quiet=True, **options)


@pytest.fixture
def earlier(tmp_path, monkeypatch):
    """The folder of a study that an earlier version ran."""
    with monkeypatch.context() as patched:
        patched.setattr(objectives, "_weight_metrics", as_before(objectives._weight_metrics))
        session(tmp_path).run()
    return tmp_path


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plain_sum_and_least(checkpoint):
    weights = load_file(checkpoint)
    first, second = (abs(weights[f"{layer}.weight"].astype(float)) for layer in (1, 3))
    return first.sum() + second.sum(), 2 * ((first.sum(1) * second.sum(0)) ** 0.5).sum()


def test_a_report_has_l1_measured_anew_where_there_are_checkpoints(earlier):
    old = {row["key"]: float(row["l1"]) for row in rows(earlier / "out/trials.csv")}
    session(earlier, report_only=True).run()
    for row in rows(earlier / "out/fronts.csv"):
        plain, least = plain_sum_and_least(earlier / f"out/checkpoints/{row['key']}.safetensors")
        assert float(row["l1"]) == pytest.approx(least, rel=1e-6)
        assert old[row["key"]] == pytest.approx(plain, rel=1e-6)
    found = {row["key"]: row for row in rows(earlier / "out/trials.csv")}
    assert {key: float(row["l1_raw"]) for key, row in found.items()} == old


def test_trials_without_a_checkpoint_keep_the_plain_sum_and_are_on_no_front(earlier):
    key = rows(earlier / "out/fronts.csv")[0]["key"]
    (earlier / f"out/checkpoints/{key}.safetensors").unlink()
    session(earlier, report_only=True).run()
    assert key not in {row["key"] for row in rows(earlier / "out/fronts.csv")}
    (found,) = (row for row in rows(earlier / "out/trials.csv") if row["key"] == key)
    assert (found["l1"], found["status"]) == ("", "complete")
    assert float(found["l1_raw"]) > 0
    notes = json.loads((earlier / "out/summary.json").read_text())["notes"]
    assert [note for note in notes if note.startswith("Trainings of an earlier version, 1 in all, left no checkpoint")]
    assert "earlier version" in (earlier / "out/report.html").read_text()


def test_it_is_not_continued(earlier):
    with pytest.raises(UserError, match=r"must be of this version to be continued; in .* whose l1 is the plain sum"):
        session(earlier).run()


def test_without_hidden_units_it_is_continued_as_ever(tmp_path, monkeypatch):
    study, out = lasso_study.write(tmp_path, "path"), tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(objectives, "_weight_metrics", as_before(objectives._weight_metrics))
        lasso_study.session(study, out).run()
    before = lasso_study.rows(out / "fronts.csv")
    lasso_study.session(study, out, overrides={"epochs": 900}).run()
    after = lasso_study.rows(out / "trials.csv")
    assert len(after) > len(before)
    lasso_study.session(study, out, report_only=True, overrides={"epochs": 900}).run()
    assert {row["l1_raw"] == row["l1"] for row in lasso_study.rows(out / "trials.csv")} == {True}
