"""Limits on every size, and the smallest network of a study with group l1, against a search through all candidates."""

from dataclasses import replace
from pathlib import Path

import pytest
from hand_made import GROUPED
from hypothesis import given
from hypothesis import strategies as st
from strategies import run_of
from test_picks import LINEAR, LOG, looked_up, network

from frontsearch.comparison.comparing import compare
from frontsearch.measures import CLASSIFICATION
from frontsearch.selection import AtTarget, Default, Pick, Sparsest, pick, target_outcome
from frontsearch.selection.limits import limit_tables
from frontsearch.selection.picks import front_points
from frontsearch.selection.rules import LIMITED, BestWithinLimit
from frontsearch.selection.within_error import SmallestWithinError
from frontsearch.target import Target

SIZES = ("nonzeros", "units", "multiply_adds")
small = st.integers(0, 6)
figures = st.tuples(small, small, small, small, small, small)  # as for test_picks, and units and multiply-adds
nets = st.lists(st.lists(figures, max_size=10), min_size=1, max_size=3)
measured = pytest.mark.parametrize("measures", [CLASSIFICATION, GROUPED], ids=["l1", "group l1"])


def sized(number, found):
    """A trial with these metrics; sizes that are None are not recorded."""
    *others, units, multiply_adds = found
    made = network(number, others)
    sizes = {"units": units, "multiply_adds": multiply_adds}
    known = {name: value for name, value in sizes.items() if value is not None}
    return replace(made, metrics=made.metrics | {"group_l1": made.metrics["l1"]} | known)


def compared(found, measures):
    """A run for each list."""
    trials = [[sized(100 * n + place, one) for place, one in enumerate(some)] for n, some in enumerate(found)]
    runs = [run_of(some, method=f"m{n}") for n, some in enumerate(trials)]
    return compare(runs, linear=LINEAR, log=LOG, measures=measures)


def picked(rule, comparison):
    found = pick(rule, comparison.runs, measures=comparison.measures, folder=Path("out"))
    return found.trial if isinstance(found, Pick) else found


def candidates(comparison):
    return [point.trial for run in comparison.runs for point in run.networks]


def wrong(one):
    return round(1000 * one.metrics["validation_error"])


@measured
@given(found=nets, most=st.integers(0, 7))
def test_a_limit_on_any_size_picks_the_lowest_loss_within_it(measures, found, most):
    comparison = compared(found, measures)
    for size in SIZES:
        chosen, trials = picked(BestWithinLimit(size, most), comparison), candidates(comparison)
        inside = [(one.objectives[0], one.metrics[size]) for one in trials if one.metrics[size] <= most]
        if inside:
            assert (chosen.objectives[0], chosen.metrics[size]) == min(inside)
        elif trials:
            label, least = size.replace("_", "-"), min(one.metrics[size] for one in trials)
            assert chosen.startswith(f"No network on the fronts has {label} at most {most}; the smallest is trial ")
            assert f" {least} {label}" in chosen


@given(nets, st.integers(0, 8))
def test_with_group_l1_the_fewest_multiply_adds_are_picked_and_of_equals_the_fewest_nonzeros(found, tenths):
    comparison = compared(found, GROUPED)
    for rule in (Default(), Sparsest.of_points(tenths / 10), AtTarget(Target(metric="error_increase", value=0.5))):
        gap = tenths if isinstance(rule, Sparsest) else 5
        trials = [one for one in candidates(comparison) if isinstance(rule, Sparsest) or one.metrics["nonzeros"]]
        if not trials:
            continue
        inside = [one for one in trials if wrong(one) <= min(map(wrong, trials)) + gap]
        sizes = [(one.metrics["multiply_adds"], one.metrics["nonzeros"]) for one in inside]
        chosen = picked(rule, comparison).metrics
        assert (chosen["multiply_adds"], chosen["nonzeros"]) == min(sizes)
        assert "fewest multiply-adds" in rule.description(comparison.measures)


@measured
@given(found=nets)
def test_each_size_that_is_made_small_has_its_front(measures, found):
    for result in compared(found, measures).runs:
        assert list(result.metric_fronts) == [size.key for size in measures.sizes]
        for size, front in result.metric_fronts.items():
            values = {(wrong(one), one.metrics[size]) for one in result.run.trials}
            beaten = {a for a in values for b in values if a != b and a[0] >= b[0] and a[1] >= b[1]}
            assert [(wrong(point.trial), point.trial.metrics[size]) for point in front] == sorted(values - beaten)
        keys = [point.trial.key for point in result.networks]
        fronts = (result.points, *result.metric_fronts.values())
        assert len(keys) == len(set(keys))
        assert set(keys) == {point.trial.key for front in fronts for point in front}


@measured
@given(found=nets)
def test_tables_have_the_picks_at_every_limit_on_every_size(measures, found):
    comparison = compared(found, measures)
    tables = limit_tables(front_points(comparison.runs, Path("out")), measures)
    assert tables.keys() == {*LIMITED, "metric", "error"}
    for metric in LIMITED:
        for most in range(8):
            chosen = picked(BestWithinLimit(metric, most), comparison)
            assert looked_up(tables[metric], most) == (chosen if isinstance(chosen, str) else chosen.key)
    for most in range(8):
        chosen = picked(Sparsest(most / 1000), comparison)
        assert looked_up(tables["metric"], most / 10) == (chosen if isinstance(chosen, str) else chosen.key)
        chosen = picked(SmallestWithinError(most / 10), comparison)
        assert looked_up(tables["error"], most / 10) == (chosen if isinstance(chosen, str) else chosen.key)


@measured
def test_networks_that_record_no_units_are_left_out_of_limits_on_them_and_a_sentence_says_so_of_all(measures):
    old, new = (1, 1, 2, 0, None, None), (2, 2, 1, 0, 3, 4)
    assert picked(BestWithinLimit("units", 5), compared([[old, new]], measures)).objectives == (2, 2)
    comparison = compared([[old]], measures)
    assert picked(BestWithinLimit("multiply_adds", 5), comparison) == (
        "The multiply-adds of no network on the fronts are known: an earlier version trained them, or their forward "
        "pass cannot be followed. Pick by another rule, such as the knee."
    )


def test_where_no_multiply_adds_are_known_group_l1_picks_the_sparsest_and_says_so():
    comparison = compared([[(2, 1, 1, 0, None, None), (1, 2, 2, 0, None, None)]], GROUPED)
    found = pick(Default(), comparison.runs, measures=comparison.measures, folder=Path("out"))
    assert found.trial.metrics["nonzeros"] == 1
    assert found.description.startswith("The default: the sparsest network with a validation error")
    assert list(comparison.runs[0].metric_fronts) == ["nonzeros"]


def test_a_network_of_unknown_size_is_the_smallest_only_where_all_are():
    comparison = compared([[(1, 2, 1, 0, None, None), (2, 1, 6, 0, 9, 9)]], GROUPED)
    assert picked(Default(), comparison).metrics["multiply_adds"] == 9


def test_a_target_on_the_metric_is_reached_with_group_l1_if_fewer_multiply_adds_are_beyond_it():
    target = Target(metric="error_increase", value=0.1)
    for multiply_adds, reached in ((3, True), (6, False)):
        beyond = (3, 1, 1, 5, 1, multiply_adds)  # fewer nonzeros than the other one's in any case
        comparison = compared([[(1, 3, 5, 1, 5, 5), beyond]], GROUPED)
        outcome = target_outcome(target, comparison.runs[0], comparison.measures)
        assert outcome.point.trial.metrics["multiply_adds"] == 5
        assert outcome.reached == reached
