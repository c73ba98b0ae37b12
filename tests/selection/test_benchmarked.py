"""Limits on what ``frontsearch bench`` measured."""

from dataclasses import replace

import hand_made
import pytest

from frontsearch.folder.benchmarks import Benchmarks, Timing
from frontsearch.measures import CLASSIFICATION
from frontsearch.selection.picks import Pick, pick
from frontsearch.selection.rules import BestWithinLimit


def measured(size, microseconds, **changes):
    """A benchmark of a network whose file has this size; onnxruntime takes so long for an example, torch twice."""
    timings = tuple(
        Timing(engine=engine, threads=threads, batch=batch, rounds=((9e-6,), (factor * 1e-6 * microseconds,)))
        for engine, threads, batch, factor in (
            ("torch", 1, 1, 2.0), ("onnxruntime", 1, 1, 1.0), ("onnxruntime", 2, 1, 0.1), ("onnxruntime", 1, 64, 0.1)
        )
    )  # fmt: skip
    return hand_made.benchmark(sizes={"safetensors": ((10**6, size), (1, 1))}, timings=timings, **changes)


@pytest.fixture
def comparison():
    return hand_made.compared(hand_made.run("path", *(hand_made.trial(n, (0.1 * n, 90.0 - n)) for n in range(1, 5))))


def picked(rule, comparison, folder):
    found = pick(rule, comparison.runs, measures=CLASSIFICATION, folder=folder)
    return found.trial.objectives if isinstance(found, Pick) else found


def save(folder, number, benchmark):
    Benchmarks(folder / "benchmarks").save(hand_made.trial(number, None).key, benchmark)


def test_only_measured_networks_are_picked_by_size_and_time(comparison, tmp_path):
    save(tmp_path, 2, measured(3000, 5))
    save(tmp_path, 3, measured(2000, 4))
    assert picked(BestWithinLimit("bytes", 9000), comparison, tmp_path) == (0.2, 88.0)
    assert picked(BestWithinLimit("bytes", 2999), comparison, tmp_path) == pytest.approx((0.3, 87.0))
    assert picked(BestWithinLimit("microseconds", 4.5), comparison, tmp_path) == pytest.approx((0.3, 87.0))
    assert picked(BestWithinLimit("bytes", 100), comparison, tmp_path).endswith("nonzeros, 2000 file bytes).")
    found = pick(BestWithinLimit("microseconds", 5.5), comparison.runs, measures=CLASSIFICATION, folder=tmp_path)
    assert found.point.trial.metrics["microseconds"] == pytest.approx(5)
    assert found.description == (
        "The network of lowest validation cross entropy among those on the fronts that `frontsearch bench` measured, "
        "with microseconds a call at most 5.5."
    )


def test_what_nobody_measured_or_is_of_other_weights_is_unknown(comparison, tmp_path):
    rule = BestWithinLimit("bytes", 9000)
    assert picked(rule, comparison, tmp_path) == rule.unknown(CLASSIFICATION)
    save(tmp_path, 2, measured(3000, 5, checkpoint="ab" * 32))
    trained = [replace(trial, checkpoint_sha256="cd" * 32) for trial in comparison.runs[0].run.trials]
    other = hand_made.compared(hand_made.run("path", *trained))
    assert picked(rule, other, tmp_path) == rule.unknown(CLASSIFICATION)


def test_times_of_several_machines_are_not_compared(comparison, tmp_path):
    save(tmp_path, 2, measured(3000, 5))
    save(tmp_path, 3, measured(2000, 4, machine="another"))
    rule = BestWithinLimit("microseconds", 9)
    assert picked(rule, comparison, tmp_path) == rule.unknown(CLASSIFICATION)
    assert picked(BestWithinLimit("bytes", 9000), comparison, tmp_path) == (0.2, 88.0)
