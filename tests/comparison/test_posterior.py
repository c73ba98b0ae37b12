"""The Bayesian signed-rank test against closed forms and against baycomp, by the authors of the paper."""

import baycomp
import hand_made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontsearch.comparison.posterior import signed_rank_posterior

EXACT = 0.007  # three standard deviations of a share of 50,000 draws


@pytest.mark.parametrize("sign", [1, -1])
def test_one_large_difference(sign):
    found = signed_rank_posterior([sign * 1.0], rope=0.1)
    # Both the difference and its mean with the prior's 0 lie outside: equivalent only if the prior's weight, which is
    # Beta(1/2, 1), exceeds the square root of 1/2; its distribution function is the square root.
    expected = 0.5**0.25
    assert (found.better if sign > 0 else found.worse) == pytest.approx(expected, abs=EXACT)
    assert found.equivalent == pytest.approx(1 - expected, abs=EXACT)


def test_one_difference_that_half_of_it_does_not_exceed():
    found = signed_rank_posterior([0.15], rope=0.1)
    assert found.better == pytest.approx((1 - 0.5**0.5) ** 0.5, abs=EXACT)  # the weight's own square must exceed 1/2
    assert found.worse == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=8))
def test_it_agrees_with_baycomp(differences):
    first = np.array(differences)
    zeros = np.zeros(len(first))
    worse, equivalent, better = baycomp.SignedRankTest.probs(
        zeros, first, rope=0.0123456, random_state=3, nsamples=5000
    )
    found = signed_rank_posterior(differences, rope=0.0123456)
    assert [found.worse, found.equivalent, found.better] == pytest.approx([worse, equivalent, better], abs=0.04)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6))
def test_swapping_the_methods_swaps_the_probabilities(differences):
    found, swapped = (signed_rank_posterior([sign * each for each in differences]) for sign in (1, -1))
    assert (swapped.better, swapped.worse) == (found.worse, found.better)
    assert found.better + found.equivalent + found.worse == pytest.approx(1)
    assert found.differences == len(differences)


def test_a_comparison_has_the_posterior_of_the_best_method_against_each_other():
    runs = [
        hand_made.run(method, hand_made.trial(100 * place + repeat, (loss + 0.01 * repeat, 50.0)), repeat=repeat)
        for place, (method, loss) in enumerate([("b", 0.8), ("a", 0.1), ("once", 0.5)])
        for repeat in range(1 if method == "once" else 5)
    ]
    comparison = hand_made.compared(*runs)
    assert list(comparison.posteriors) == ["b"]  # one repeat of equal number is no sample
    (found,) = comparison.posteriors.values()
    values = [dict(enumerate(comparison.values(method, comparison.ranked_by))) for method in "ab"]
    assert found == signed_rank_posterior([values[0][number] - values[1][number] for number in range(5)])
    assert found.better > 0.95
