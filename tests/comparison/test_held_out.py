"""Indicators on the test split: of the networks that the other split chose, and of these alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import run_of, trial

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.quality import Box, epsilon_additive, hypervolume, igd_plus
from frontsearch.comparison.run_result import ImportedFront, Point
from frontsearch.measures import Measures
from frontsearch.names import INDICATORS, TEST_INDICATORS
from frontsearch.trial import Outcome

LINEAR = Box(low=(0.0, 0.0), high=(8.0, 8.0))
LOG = Box(low=(0.5, 0.5), high=(8.0, 8.0), log=True)
points = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)), max_size=8)


def measured(number, cross_entropy, l1, test):
    return replace(trial(number, (cross_entropy, l1)), metrics={"test_cross_entropy": float(test)})


def run(found, *, method):
    return run_of([measured(number, *point) for number, point in enumerate(found)], method=method)


def nondominated(points):
    return [a for a in points if not any(all(np.less_equal(b, a)) and any(np.less(b, a)) for b in points)]


@given(first=points, second=points)
def test_they_are_the_indicators_of_the_chosen_networks_test_points(first, second):
    comparison = compare([run(first, method="a"), run(second, method="b")], linear=LINEAR, log=LOG)
    fronts = {}
    for result in comparison.runs:
        front = [(point.trial.metrics["test_cross_entropy"], point.complexity) for point in result.points]
        fronts[result.run.method] = np.array(front, dtype=float).reshape(-1, 2)
    everything = {tuple(point) for front in fronts.values() for point in front}
    union = np.array(nondominated(sorted(everything))).reshape(-1, 2)
    for result in comparison.runs:
        front = fronts[result.run.method]
        assert result.indicators["hypervolume_test"] == pytest.approx(hypervolume(front, box=LINEAR))
        assert result.indicators["hypervolume_log_test"] == pytest.approx(hypervolume(front, box=LOG))
        assert result.indicators["igd_plus_test"] == pytest.approx(igd_plus(front, union, box=LINEAR))
        assert result.indicators["epsilon_additive_test"] == pytest.approx(epsilon_additive(front, union, box=LINEAR))
    assert comparison.indicators == (*INDICATORS, *TEST_INDICATORS)


@given(found=points)
def test_with_the_same_figures_on_both_splits_they_are_the_same(found):
    (result,) = compare([run([(x, y, x) for x, y, _ in found], method="a")], linear=LINEAR, log=LOG).runs
    for name, on_test in zip(INDICATORS, TEST_INDICATORS, strict=True):
        assert result.indicators[name] == pytest.approx(result.indicators[on_test])


def gains(seed):
    """What 1,300 noisy copies of one network gain over the network itself, on the choosing and on the test split."""
    noise = np.random.default_rng(seed).normal(scale=0.01, size=(1300, 2))
    copies = [measured(number, 1.0 + shown, 2.0, 1.0 + unseen) for number, (shown, unseen) in enumerate(noise)]
    runs = [run_of([measured(2000, 1.0, 2.0, 1.0)], method="one"), run_of(copies, method="many")]
    one, many = compare(runs, linear=LINEAR, log=LOG).runs
    return [many.indicators[name] - one.indicators[name] for name in ("hypervolume", "hypervolume_test")]


def test_a_method_gains_nothing_by_handing_in_noisy_copies_of_one_network():
    """The luckiest copy is chosen: it looks better on the split that chose it, and is no better."""
    chosen, unseen = np.mean([gains(seed) for seed in range(20)], axis=0)
    one_deviation = 0.01 / 8 * (1 - 2 / 8)  # of a copy's hypervolume
    assert 2.5 * one_deviation < chosen < 4 * one_deviation  # the expected maximum of 1,300 normal numbers is 3.2
    assert abs(unseen) < 0.7 * one_deviation  # three deviations of a mean of 20


def test_the_test_split_ranks_methods_unless_the_objective_is_of_the_training_split():
    runs = [run([(1, 1, 4)], method="lucky"), run([(2, 1, 3)], method="better")]
    comparison = compare(runs, linear=LINEAR, log=LOG)
    assert comparison.ranked_by == "hypervolume_test"
    assert comparison.ranking == ("better", "lucky")
    assert [pair.effect for pair in comparison.pairs] == [0.0]
    as_optimisers = compare(runs, linear=LINEAR, log=LOG, measures=Measures(objective="train"))
    assert as_optimisers.ranked_by == "hypervolume"
    assert as_optimisers.ranking == ("lucky", "better")


@pytest.mark.parametrize("loss", [None, math.nan, math.inf])
def test_without_test_figures_methods_are_ranked_as_they_were_chosen_and_a_note_says_so(loss):
    metrics = {} if loss is None else {"test_cross_entropy": loss}
    outcome = Outcome(key="#1", objectives=(2.0, 2.0), metrics=metrics)
    point = Point(trial=outcome, epochs_spent=None, seconds_spent=None)
    front = ImportedFront(method="theirs", repeat=0, points=(point,))
    comparison = compare([run([(1, 1, 4)], method="ours")], imported=[front], linear=LINEAR, log=LOG)
    assert comparison.ranked_by == "hypervolume"
    assert comparison.indicators == INDICATORS
    (note,) = comparison.notes
    assert (
        note
        == "theirs has no finite test_cross_entropy, so all methods are ranked by the split that chose their networks."
    )


def test_the_repeat_that_networks_are_taken_from_does_not_depend_on_the_test_split():
    def repeats(*tests):
        found = [replace(run([(x, 1, test)], method="a"), repeat=x) for x, test in zip((1, 2, 3), tests, strict=True)]
        return compare(found, linear=LINEAR, log=LOG)

    for tests in ((4, 5, 6), (5, 6, 4), (6, 4, 5)):
        assert repeats(*tests).median_run("a").run.repeat == 2


def test_a_dominated_row_of_an_import_without_test_figures_neither_stops_the_ranking_nor_has_a_note():
    found = [(2.0, 2.0, {"test_cross_entropy": 2.0}), (3.0, 3.0, {})]
    rows = [Outcome(key=f"#{x}", objectives=(x, y), metrics=metrics) for x, y, metrics in found]
    points = tuple(Point(trial=row, epochs_spent=None, seconds_spent=None) for row in rows)
    front = ImportedFront(method="theirs", repeat=0, points=points)
    comparison = compare([run([(1, 1, 4)], method="ours")], imported=[front], linear=LINEAR, log=LOG)
    assert comparison.ranked_by == "hypervolume_test"
    assert comparison.notes == ()


@pytest.mark.parametrize(
    ("methods", "words"),
    [(["a"], "a has no"), (["a", "b"], "a and b have no"), (["a", "b", "c"], "a, b and c have no")],
)
def test_the_note_on_methods_without_a_test_loss_names_them_all(methods, words):
    runs = [run([(1, 1, math.inf)], method=method) for method in methods]
    comparison = compare([*runs, run([(1, 1, 4)], method="d")], linear=LINEAR, log=LOG)
    assert comparison.notes[0].startswith(f"{words} finite test_cross_entropy, so all methods are ranked by")


def test_a_method_of_ours_without_a_finite_test_loss_is_named_as_well():
    comparison = compare([run([(1, 1, math.inf)], method="ours")], linear=LINEAR, log=LOG)
    assert comparison.ranked_by == "hypervolume"
    assert comparison.notes[0].startswith("ours has no finite test_cross_entropy")
