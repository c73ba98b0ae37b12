"""How many repeats a difference takes, against simulations with the exact test that decides."""

import numpy as np
import pytest
from scipy.stats import norm

from frontsearch.comparison.power import (
    MOST_REPEATS,
    fewest_repeats,
    fewest_studies,
    repeats_needed,
)
from frontsearch.comparison.significance import ALPHA, rank_sum_p, smallest_p, smallest_signed_rank_p


@pytest.mark.parametrize(("effect", "pairs"), [(0.8, 1), (0.2, 1), (0.85, 3), (0.9, 1)])
def test_so_many_repeats_find_the_difference_in_about_four_of_five_cases(effect, pairs):
    needed = repeats_needed(effect, pairs=pairs)
    shift = norm.ppf(effect) * np.sqrt(2)  # of normal values, so that A is the effect
    rng = np.random.default_rng(5)
    trials = 400
    found = sum(
        rank_sum_p(rng.normal(shift, 1, needed).tolist(), rng.normal(0, 1, needed).tolist()) <= ALPHA / pairs
        for _ in range(trials)
    )
    assert 0.7 <= found / trials <= 0.93


def test_noether_s_formula_by_hand():
    assert repeats_needed(0.7, pairs=1) == 33  # (1.960 + 0.842)^2 / (6 * 0.2^2) = 32.7
    assert repeats_needed(0.3, pairs=1) == 33


@pytest.mark.parametrize("pairs", [1, 3, 28])
def test_never_fewer_than_any_difference_takes(pairs):
    fewest = fewest_repeats(pairs)
    assert smallest_p(fewest, fewest) * pairs <= ALPHA < smallest_p(fewest - 1, fewest - 1) * pairs
    assert repeats_needed(1.0, pairs=pairs) >= fewest


def test_a_difference_that_is_too_small_to_be_found():
    assert repeats_needed(0.5, pairs=1) is None
    assert repeats_needed(0.51, pairs=1) is None
    assert repeats_needed(0.54, pairs=1) <= MOST_REPEATS


@pytest.mark.parametrize("pairs", [1, 3, 10])
def test_the_fewest_studies(pairs):
    fewest = fewest_studies(pairs)
    assert smallest_signed_rank_p(fewest) * pairs <= ALPHA < smallest_signed_rank_p(fewest - 1) * pairs
    assert fewest_studies(1) == 6
