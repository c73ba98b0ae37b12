"""Mean ranks against all ways to pair repeats, and the groups that tests do not tell apart."""

from itertools import combinations, product

import hand_made
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from frontsearch.comparison.ranks import MeanRanks, expected_ranks, mean_ranks
from frontsearch.comparison.significance import ALPHA

values = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
repeats = st.dictionaries(st.sampled_from("abcd"), st.lists(values, min_size=1, max_size=3), min_size=1)


@given(repeats)
def test_expected_ranks_are_means_over_all_ways_to_take_one_repeat_of_each(samples):
    ranks = np.array([rankdata([-value for value in taken]) for taken in product(*samples.values())])
    assert list(expected_ranks(samples).values()) == pytest.approx(ranks.mean(axis=0).tolist())


@given(repeats)
def test_ranks_sum_to_that_of_one_to_k(samples):
    count = len(samples)
    assert sum(expected_ranks(samples).values()) == pytest.approx(count * (count + 1) / 2)


def test_mean_ranks_by_hand():
    blocks = [{"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 1.0, "b": 1.0, "c": 2.0}]
    assert mean_ranks(blocks) == {"a": 1.75, "b": 2.25, "c": 2.0}


@given(st.lists(st.sampled_from([0.0, ALPHA, 0.06, 1.0]), min_size=10, max_size=10))
def test_groups_are_the_longest_runs_of_neighbours_without_a_pair_that_differs(ps):
    names = "abcde"
    p_values = {frozenset(pair): p for pair, p in zip(combinations(names, 2), ps, strict=True)}
    found = MeanRanks.of({name: rank for rank, name in enumerate(names)}, p_values).groups
    alike = [
        tuple(names[start:end])
        for start, end in combinations(range(6), 2)
        if end - start > 1 and all(p_values[frozenset(pair)] > ALPHA for pair in combinations(names[start:end], 2))
    ]
    longest = [one for one in alike if not any(set(one) < set(other) for other in alike)]
    assert sorted(found) == sorted(longest)


def test_a_comparison_ranks_the_methods_with_repeats():
    def method(name, losses):
        return [
            hand_made.run(name, hand_made.trial(10 * ord(name[0]) + repeat, (loss, 50.0)), repeat=repeat)
            for repeat, loss in enumerate(losses)
        ]

    best, middle, worst = ([start + 0.01 * repeat for repeat in range(8)] for start in (0.1, 0.12, 1.2))
    runs = [*method("worst", worst), *method("best", best), *method("middle", middle)]
    ranks = hand_made.compared(*runs).ranks
    assert list(ranks.ranks) == ["best", "middle", "worst"]
    assert ranks.ranks["worst"] == 3
    assert ranks.groups == (("best", "middle"),)
    assert hand_made.compared(*runs[:16]).ranks is None  # two methods need no diagram
    with_once = hand_made.compared(*runs, *method("once", [0.3]))
    assert with_once.ranks == ranks
    assert with_once.tested_pairs == 3
    assert hand_made.compared(*runs[:16], *method("once", [0.3])).ranks is None
