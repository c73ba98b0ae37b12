"""Pairwise tests against enumeration, scipy and the definitions of Holm's correction and of effect sizes."""

from itertools import combinations, permutations, product
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, wilcoxon

from frontsearch.comparison.significance import (
    holm,
    pairs,
    rank_sum_p,
    signed_rank_p,
    smallest_p,
    smallest_signed_rank_p,
    superiority,
)

samples = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=5)
chances = st.lists(st.integers(0, 20).map(lambda n: n / 20), max_size=7)


def mean_ranks(values):
    """Each value's place in the sorted list, equal values sharing the mean of theirs."""
    ordered = sorted(values)
    return [mean(place for place, other in enumerate(ordered) if other == value) for value in values]


def slow_p(first, second):
    ranks = mean_ranks([*first, *second])
    sums = [sum(chosen) for chosen in combinations(ranks, len(first))]
    expected, found = mean(sums), sum(ranks[: len(first)])
    return mean(abs(one - expected) >= abs(found - expected) - 1e-9 for one in sums)


@given(samples, samples)
def test_p_is_the_share_of_all_splits_with_rank_sums_at_least_as_extreme(first, second):
    assert rank_sum_p(first, second) == pytest.approx(slow_p(first, second))


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 2), (2, 4), (3, 3), (5, 5)])
def test_samples_that_do_not_overlap_have_the_smallest_p(first, second):
    apart = rank_sum_p(range(first), range(first, first + second))
    assert smallest_p(first, second) == pytest.approx(apart)


@given(st.permutations(range(13)), st.integers(1, 12))
def test_without_ties_p_is_that_of_mann_and_whitney(values, size):
    first, second = values[:size], values[size:]
    assert rank_sum_p(first, second) == pytest.approx(mannwhitneyu(first, second, method="exact").pvalue)


@given(st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=7))
def test_signed_rank_p_is_the_share_of_all_signs_with_sums_at_least_as_extreme(differences):
    sizes = [abs(each) for each in differences]
    ranks = [place + 1 for place in mean_ranks(sizes)]
    signs = product(*([-1, 1] if size else [0] for size in sizes))
    sums = [sum(rank * sign for rank, sign in zip(ranks, each, strict=True)) for each in signs]
    found = sum(rank * ((each > 0) - (each < 0)) for rank, each in zip(ranks, differences, strict=True))
    assert signed_rank_p(differences) == pytest.approx(mean(abs(one) >= abs(found) - 1e-9 for one in sums))


@given(st.permutations(range(1, 11)), st.lists(st.sampled_from([-1, 1]), min_size=10, max_size=10))
def test_without_ties_signed_rank_p_is_that_of_wilcoxon(sizes, signs):
    differences = [float(size * sign) for size, sign in zip(sizes, signs, strict=True)]
    assert signed_rank_p(differences) == pytest.approx(wilcoxon(differences, method="exact").pvalue)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_the_least_p_of_n_differences(count):
    assert signed_rank_p([float(each) for each in range(1, count + 1)]) == smallest_signed_rank_p(count)


def test_the_least_p_of_n_repeats():
    found = [rank_sum_p(range(n), range(n, 2 * n)) for n in range(1, 6)]
    assert found == pytest.approx([1, 2 / 6, 2 / 20, 2 / 70, 2 / 252])


def test_equal_samples_do_not_differ():
    assert rank_sum_p([3.0] * 4, [3.0] * 4) == 1
    assert superiority([3.0] * 4, [3.0] * 4) == 0.5


@given(samples, samples)
def test_the_effect_is_the_share_of_all_duels_won(first, second):
    duels = [(a > b) + (a == b) / 2 for a in first for b in second]
    assert superiority(first, second) == pytest.approx(mean(duels))
    assert superiority(first, second) + superiority(second, first) == pytest.approx(1)


def rejected(ps, alpha):
    """Holm's procedure as he gave it: reject the least p while it is at most alpha over what is left, then stop."""
    left = dict(enumerate(ps))
    while left and min(left.values()) <= alpha / len(left) * (1 + 1e-12):
        del left[min(left, key=left.__getitem__)]
    return set(range(len(ps))) - set(left)


@given(chances, st.integers(1, 19).map(lambda n: n / 20))
def test_corrected_ps_are_at_most_alpha_where_holm_rejects(ps, alpha):
    corrected = holm(ps)
    assert {place for place, p in enumerate(corrected) if p <= alpha * (1 + 1e-12)} == rejected(ps, alpha)
    assert all(p <= corrected_p <= 1 for p, corrected_p in zip(ps, corrected, strict=True))


def test_corrected_ps_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(chances)
def test_correcting_does_not_depend_on_the_order(ps):
    known = sorted(holm(ps))
    for order in list(permutations(ps))[:20]:
        assert sorted(holm(order)) == pytest.approx(known)


def numbered(**values):
    return {method: dict(enumerate(found)) for method, found in values.items()}


def test_pairs_of_three_methods():
    found = pairs(numbered(a=[4.0, 5.0, 6.0], b=[4.0, 2.0, 3.0], c=[7.0, 8.0, 9.0]))
    assert [(pair.first, pair.second, pair.wins, pair.ties, pair.repeats) for pair in found] == [
        ("a", "b", 2, 1, 3), ("a", "c", 0, 0, 3), ("b", "c", 0, 0, 3),
    ]  # fmt: skip
    assert [pair.effect for pair in found] == pytest.approx([17 / 18, 0, 0])
    assert [pair.p for pair in found] == pytest.approx([0.2, 0.1, 0.1])  # of 20 splits, 4 are as extreme with one tie
    assert [pair.p_holm for pair in found] == pytest.approx([0.3, 0.3, 0.3])


def test_a_method_with_one_repeat_has_no_p_and_does_not_count_for_the_correction():
    alone, *others = pairs(numbered(once=[1.0], a=[0.0, 1.0, 2.0], b=[3.0, 4.0, 5.0]))
    assert (alone.p, alone.p_holm, alone.repeats, alone.wins) == (None, None, 1, 1)
    assert [(pair.p, pair.p_holm) for pair in others] == [(None, None), (pytest.approx(0.1), pytest.approx(0.1))]


def test_wins_count_only_shared_repeat_numbers_but_the_test_uses_all_repeats():
    (pair,) = pairs({"a": {3: 2.0, 1: 1.0}, "b": {0: 0.0, 1: 3.0, 2: 5.0, 3: 1.0}})
    assert (pair.wins, pair.ties, pair.repeats) == (1, 0, 2)
    assert pair.effect == pytest.approx(3.5 / 8)
    assert pair.p == pytest.approx(slow_p([1.0, 2.0], [0.0, 3.0, 5.0, 1.0]))


def test_methods_without_a_shared_repeat_number_are_still_tested():
    (pair,) = pairs({"a": {0: 1.0, 1: 2.0}, "b": {2: 0.0, 3: 3.0, 4: 4.0, 5: 5.0}})
    assert (pair.wins, pair.ties, pair.repeats) == (0, 0, 0)
    assert pair.effect == pytest.approx(2 / 8)
    assert pair.p == pytest.approx(slow_p([1.0, 2.0], [0.0, 3.0, 4.0, 5.0]))
