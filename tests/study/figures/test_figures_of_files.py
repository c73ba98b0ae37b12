"""Every number of summary.json and of the fronts' files, recomputed from trials.csv by definition.

What recomputes them, figures_by_definition.py, imports nothing of the program.
"""

from statistics import median

import pytest
from figures_by_definition import PUBLISHED, SHARES, rows_of
from small_study import CORNER, POINTS, SHOWN


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def test_the_study_has_what_makes_figures_difficult(study):
    rows = rows_of(study.out / "trials.csv")
    assert {row["status"] for row in rows} == {"complete", "diverged"}
    assert any(row["nonzeros"] == 0 for row in rows)
    assert any(row["l1"] and row["l1"] > CORNER[1] for row in rows)  # beyond the box
    assert len({len(study.own.front("path", repeat)) for repeat in range(3)} - {0, 1, 2}) > 0


def test_boxes_and_counts(study):
    assert study.summary["reference_point"] == list(CORNER)
    assert study.summary["log_box"] == {"low": [0.01, close(CORNER[1] / 1000)], "high": list(CORNER)}
    for method, found in study.summary["methods"].items():
        runs = list(study.own.runs[method].values())
        assert found["repeats"] == len(runs) == 3
        assert found["trials"] == [len(rows) for rows in runs]
        for status in ("diverged", "failed"):
            assert found[status] == [sum(row["status"] == status for row in rows) for rows in runs]
        assert found["epochs"] == close([rows[-1]["run_epochs"] for rows in runs])
        assert found["seconds"] == close([rows[-1]["run_seconds"] for rows in runs])
        assert found["front_size"] == [len(study.own.front(method, repeat)) for repeat in range(3)]


@pytest.mark.parametrize("indicator", SHOWN)
def test_indicators(study, indicator):
    for method, found in study.summary["methods"].items():
        values = study.own.values(method, indicator)
        assert found[indicator] == {"values": close(values), "median": close(median(values))}, method


def test_epochs_to_a_share_of_the_reference_hypervolume(study):
    for method, found in study.summary["methods"].items():
        assert found["epochs_to"] == {label: study.own.epochs_to(method, share) for label, share in SHARES.items()}


def test_published_points_that_are_dominated(study):
    for method, found in study.summary["methods"].items():
        assert found["published"] == {
            " / ".join(plane): {"points": len(POINTS[plane]), "dominated": study.own.dominated(method, plane)}
            for plane in PUBLISHED
        }
    dominated = [study.own.dominated("path", plane) for plane in PUBLISHED]
    assert any(map(any, dominated))


def test_knees(study):
    for method, found in study.summary["methods"].items():
        for name, knee in (("knee", study.own.knee(method)), ("widest_knee", study.own.widest_knee(method))):
            assert (found[name] or {}).get("key") == (knee or {}).get("key"), (method, name)
            if knee:
                assert found[name]["checkpoint"] == f"checkpoints/{knee['key']}.safetensors"
                assert found[name]["repeat"] == study.own.median_repeat(method)
                assert_is_point(found[name], knee)


def test_pairs(study):
    expected = study.own.pairs()
    assert len(expected) == 6
    for found, pair in zip(study.summary["pairs"], expected, strict=True):
        assert found == {name: close(value) if isinstance(value, float) else value for name, value in pair.items()}


def assert_is_point(found, row):
    """A row of a fronts' file, or a knee, has the figures of the trial and what the run had spent."""
    names = ("cross_entropy", "l1", "nonzeros", "sparsity", "validation_error", "test_cross_entropy", "test_error")
    assert [found[name] for name in names] == [row[name] for name in names]
    assert (found["epochs_spent"], found["seconds_spent"]) == (close(row["run_epochs"]), close(row["run_seconds"]))


@pytest.mark.parametrize("name", ["front", "sparse_front"])
def test_fronts(study, name):
    expected = [row for n in range(3) for method in study.own.runs for row in getattr(study.own, name)(method, n)]
    found = rows_of(study.out / f"{name}s.csv")
    assert [(row["method"], row["repeat"], row["key"]) for row in found] == [
        (row["method"], row["repeat"], row["key"]) for row in expected
    ]
    for row, trial in zip(found, expected, strict=True):
        assert_is_point(row, trial)
