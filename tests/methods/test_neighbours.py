"""Warm starts of trainings between two neighbours, against brute force."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import grid_points, trial
from toys import WARM as NAMES
from toys import A, Toy, batches, setting, soft_threshold, spend

from frontsearch.methods import METHODS
from frontsearch.methods.neighbours import chord_weight, l1_weight, nearest_warm_start
from frontsearch.recipe import FromScratch, MultiGradient, WarmStart

WARM = {name: METHODS[name](warm=True) for name in NAMES}
DEADLY = replace(setting(budget=33.0), l1_weights=(1e-3, 8.0))  # from 3 on the toy's network is dead
TOYS = {"exact": Toy(), "noisy": Toy(noise=0.4), "some diverged": Toy(noise=0.2, diverging=0.3)}


@pytest.fixture(params=WARM.values(), ids=WARM)
def method(request):
    return request.param


@pytest.fixture(params=TOYS.values(), ids=TOYS)
def toy(request):
    return request.param


def started(method, toy):
    """Yields each trial, the trial it started from or None, and all trials known before."""
    known = {}
    for batch in batches(method, DEADLY, toy):
        for one in batch:
            start = one.recipe.start
            yield one, known[start.trial] if isinstance(start, WarmStart) else None, list(known.values())
        known |= {one.key: one for one in batch}


def living(trials):
    return [one for one in trials if one.objectives is not None and one.objectives[1] > 0]


def least_sums(weight, trials):
    """Keys of the trials with the least weighted sum, in exact arithmetic."""
    sums = {one.key: Fraction(one.objectives[0]) + Fraction(weight) * Fraction(one.objectives[1]) for one in trials}
    return {key for key, value in sums.items() if math.isclose(value, min(sums.values()), rel_tol=1e-9)}


def neighbours(weight, known):
    """The trials at the next smaller and the next greater l1 weight."""
    below = [one for one in known if l1_weight(one) <= weight]
    above = [one for one in known if l1_weight(one) > weight]
    return max(below, key=l1_weight), min(above, key=l1_weight)


def test_no_training_starts_from_one_that_diverged_or_is_dead(method, toy):
    outcomes = list(started(method, toy))
    dead = [one for one, _, _ in outcomes if one.objectives is not None and one.objectives[1] == 0]
    parents = [parent for _, parent, _ in outcomes if parent is not None]
    assert parents
    assert living(parents) == parents
    if method is not WARM["bisection"]:  # its weights are too small to kill a network
        assert dead


@pytest.mark.parametrize("name", ["bisection", "bisection-log"])
def test_a_bisection_starts_from_the_better_of_its_neighbours_in_weight(name, toy):
    for one, parent, known in list(started(WARM[name], toy))[2:]:
        weight = l1_weight(one)
        candidates = living(neighbours(weight, known))
        assert (parent is None) == (not candidates)
        if parent is not None:
            assert parent.key in least_sums(weight, candidates)


@pytest.mark.parametrize("name", ["dichotomic", "dichotomic-stochastic"])
def test_a_dichotomic_search_starts_from_the_better_neighbour_or_the_denser_of_equal_ones(name):
    for one, parent, known in list(started(WARM[name], Toy()))[2:]:
        weight, line = l1_weight(one), sorted(known, key=lambda other: other.objectives)
        # The toy is exact, so neighbours on the front are neighbours in weight.
        left, right = neighbours(weight, line)
        candidates = living([left, right])
        least = least_sums(weight, candidates)
        assert parent.key in least
        if math.isclose(weight, chord_weight((left, right))) and len(candidates) == 2:
            assert least == {left.key, right.key}
            assert parent is left


def test_without_warm_all_start_from_scratch():
    for name in NAMES:
        assert {one.recipe.start for one in spend(METHODS[name](), DEADLY, Toy())} == {FromScratch()}


def test_warm_changes_no_weight_where_the_outcome_does_not_depend_on_the_start(method):
    cold, warm = (spend(one, setting(budget=20.0), Toy()) for one in (replace(method, warm=False), method))
    assert [l1_weight(one) for one in cold] == [l1_weight(one) for one in warm]


outcomes = st.none() | grid_points
weights = st.sampled_from([0.0, 1 / 3, 0.5, 1.0, 2.0, 3.0, 1e9])


@given(outcomes, outcomes, weights)
def test_the_nearest_warm_start_is_what_brute_force_finds_in_either_order(first, second, weight):
    pair = trial(1, first), trial(2, second)
    candidates = living(pair)
    least = least_sums(weight, candidates) if candidates else set()
    densest = max((one.objectives[1] for one in candidates if one.key in least), default=None)
    allowed = {one.key for one in candidates if one.key in least and one.objectives[1] == densest}
    for start in (nearest_warm_start(pair, weight), nearest_warm_start(pair[::-1], weight)):
        assert start is None if not candidates else start.trial in allowed


@given(st.floats(1e-3, 2.9), st.floats(1e-3, 2.9))
def test_at_the_normal_of_the_chord_the_denser_neighbour_is_taken_despite_rounding(a, b):
    small, great = sorted((a, b))
    if great > small * 1.001:
        dense, sparse = trial(1, soft_threshold(small)), trial(2, soft_threshold(great))
        assert nearest_warm_start((dense, sparse), chord_weight((dense, sparse))) == WarmStart(trial=dense.key)


def test_the_chord_of_a_parabola_has_the_mean_of_the_ends_weights():
    # f1 = n t**2 / 2 and f2 = |A| - n t while all n weights live.
    small, great = 0.01, 0.1
    assert great < min(abs(A))
    pair = trial(1, soft_threshold(small)), trial(2, soft_threshold(great))
    assert chord_weight(pair) == pytest.approx((small + great) / 2)


def test_a_multi_gradient_descent_has_no_l1_weight():
    other = trial(1, (1, 1))
    other = replace(other, recipe=replace(other.recipe, optimiser="sgd", descent=MultiGradient(l1_scale=1.0)))
    with pytest.raises(TypeError, match=f"Trial {other.key} must come from a weighted sum"):
        l1_weight(other)
