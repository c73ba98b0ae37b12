"""The default network of a study with a target, and whether the runs got there."""

from dataclasses import replace
from pathlib import Path

import hand_made
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_default import compared, nets

from frontsearch.measures import CLASSIFICATION
from frontsearch.report import target_sentences
from frontsearch.report.target import target_summary
from frontsearch.selection import AtTarget, Default, default_rule, pick, rule_of, target_outcome
from frontsearch.target import Target

SIZE, ERROR = Target(metric="nonzeros", value=3), Target(metric="error_increase", value=0.5)


def living(comparison):
    results = comparison.runs
    return [point for result in results for point in (*result.points, *result.metric_front) if not point.dead]


@given(nets)
def test_a_size_picks_the_lowest_error_that_is_small_enough_or_else_the_sparsest(found):
    comparison = compared(found)
    chosen = pick(AtTarget(SIZE), comparison.runs, measures=CLASSIFICATION, folder=Path("out"))
    alive = living(comparison)
    if not alive:
        assert isinstance(chosen, str)
        return
    metrics = [point.trial.metrics for point in alive]
    small = [one["validation_error"] for one in metrics if one["nonzeros"] <= 3]
    if small:
        assert chosen.trial.metrics["nonzeros"] <= 3
        assert chosen.trial.metrics["validation_error"] == min(small)
    else:
        assert chosen.trial.metrics["nonzeros"] == min(one["nonzeros"] for one in metrics)


@given(nets)
def test_an_error_picks_the_sparsest_within_it_and_is_reached_only_if_something_sparser_is_beyond(found):
    for result in compared(found).runs:
        outcome, points = target_outcome(ERROR, result, CLASSIFICATION), [*result.points, *result.metric_front]
        alive = [point for point in points if not point.dead]
        assert (outcome.point is None) == (not alive)
        if outcome.point is None:
            assert not outcome.reached
            continue
        limit = min(point.trial.metrics["validation_error"] for point in alive) + 0.005 + 1e-9
        sizes = [one.trial.metrics["nonzeros"] for one in alive if one.trial.metrics["validation_error"] <= limit]
        size = outcome.point.trial.metrics["nonzeros"]
        assert size == min(sizes)
        assert outcome.reached == any(point.trial.metrics["nonzeros"] < size for point in points)


@given(st.sampled_from([SIZE, ERROR]))
def test_the_target_decides_only_the_default(target):
    assert default_rule(None) == rule_of({}) == Default()
    assert default_rule(target) == rule_of({}, target=target) == AtTarget(target)
    assert rule_of({"max_l1": 3.0}, target=target) == rule_of({"max_l1": 3.0})


def study(target):
    first = [hand_made.trial(1, (0.5, 50.0), error=0.02), hand_made.trial(2, (1.0, 20.0), error=0.06)]
    second = [hand_made.trial(3, (0.6, 60.0), error=0.03)]
    runs = [hand_made.run("path", *first), hand_made.run("path", *second, repeat=1), hand_made.run("random", *second)]
    return replace(hand_made.compared(*runs), target=target)


@pytest.mark.parametrize(
    ("target", "sentences", "reached"),
    [
        (
            Target(metric="nonzeros", value=200),
            (
                ("path reached 200 nonzeros in 1 of 2 repeats: its best network has sparsity 0.5000, 200 nonzeros and "
                "3.00 % validation error (trial 20000000)."),
                ("random did not reach 200 nonzeros: its sparsest network has sparsity 0.5000, 600 nonzeros and "
                "1.50 % validation error (trial 30000000)."),
            ),
            {"path": [True, False], "random": [False]},
        ),
        (
            Target(metric="error_increase", value=1.0),
            (
                ("path reached an error increase of 1 percentage points in 1 of 2 repeats: its sparsest network within "
                "it has sparsity 0.5000, 500 nonzeros and 1.00 % validation error (trial 10000000)."),
                ("random did not reach an error increase of 1 percentage points: no smaller network exceeded it, so "
                "more epochs may find a sparser one than the one with sparsity 0.5000, 600 nonzeros and 1.50 % "
                "validation error (trial 30000000)."),
            ),
            {"path": [True, False], "random": [False]},
        ),
        (None, (), {}),
    ],
)  # fmt: skip
def test_whether_each_method_got_there_is_said(target, sentences, reached):
    comparison = study(target)
    assert target_sentences(comparison) == sentences
    summary = target_summary(comparison)["methods"]
    assert {method: found["reached"] for method, found in summary.items()} == reached
    if target == Target(metric="nonzeros", value=200):
        assert summary["path"]["key"][0].startswith("2000")


@pytest.mark.parametrize(
    "target", [Target(metric="nonzeros", value=300), ERROR, Target(metric="metric_gap", value=1.0)]
)
def test_a_network_whose_metric_is_undefined_is_taken_only_where_all_are(target):
    known, undefined = hand_made.trial(1, (0.5, 20.0), error=0.02), hand_made.trial(2, (0.001, 25.0), error=0.01)
    undefined = replace(undefined, metrics=undefined.metrics | {"validation_error": float("nan"), "nonzeros": 200})
    known = replace(known, metrics=known.metrics | {"nonzeros": 250})
    comparison = hand_made.compared(hand_made.run("path", known, undefined))
    assert len(comparison.runs[0].points) == 2
    chosen = pick(AtTarget(target), comparison.runs, measures=CLASSIFICATION, folder=Path("out"))
    assert chosen.trial == known
    alone = replace(hand_made.compared(hand_made.run("path", undefined)), target=target)
    (sentence,) = target_sentences(alone)
    if target.limits_size:
        assert sentence.startswith("path reached 300 nonzeros: its best network has")
    else:
        assert sentence == f"path did not reach {target}: no network has a finite validation error."


def test_a_run_of_dead_networks_did_not_get_there():
    dead = [hand_made.run("path", hand_made.trial(7, (1.75, 0.0), error=0.9)), hand_made.run("gmp")]
    found = target_sentences(replace(hand_made.compared(*dead), target=SIZE))
    assert found[0] == "path did not reach 3 nonzeros: every network that it found is dead."
    assert found[1] == "gmp did not reach 3 nonzeros: no training completed."
