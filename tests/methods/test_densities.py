"""Shares of nonzero weights: those given, or those by default, which depend on the complexity."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import Toy, setting, spend

from frontsearch.methods.densities import bounds, densities, next_density
from frontsearch.methods.gmp import Gmp
from frontsearch.methods.one_cycle import OneCycle
from frontsearch.target import Target

GROUPS = replace(setting(budget=16.0), complexity="group-l1")
SHARES = st.none() | st.floats(1e-12, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("method", "weights", "groups"), [(Gmp(), (0.2, 0.005), (0.8, 0.05)), (OneCycle(), (0.2, 0.01), (0.8, 0.05))]
)
def test_whole_groups_are_pruned_to_larger_shares_than_single_weights(method, weights, groups):
    for each, expected in ((setting(budget=16.0), weights), (GROUPS, groups)):
        found = {1 - trial.recipe.pruning.sparsity for trial in spend(method, each, Toy())} - {1.0}
        assert (max(found), min(found)) == pytest.approx(expected)


@given(SHARES, SHARES, st.sampled_from([setting(), GROUPS]))
def test_a_share_that_is_given_replaces_the_default_and_the_first_is_never_below_the_last(densest, sparsest, each):
    first, part = (0.2, 1 / 40) if each.complexity == "l1" else (0.8, 1 / 16)
    begin = first if densest is None else densest
    expected = (begin, pytest.approx(max(begin * part, 1e-12)) if sparsest is None else sparsest)
    if sparsest is not None and sparsest > begin:
        with pytest.raises(ValueError, match=r"^`sparsest` must be in \[1e-12, `densest` = "):
            bounds(each, (0.2, 0.005), densest=densest, sparsest=sparsest)
    else:
        assert bounds(each, (0.2, 0.005), densest=densest, sparsest=sparsest) == expected


@given(st.floats(0, 1), st.floats(1e-9, 0.99), st.floats(1e-3, 1), st.integers(1, 20))
def test_a_network_of_this_share_is_pruned_from_the_first_one_or_its_own_to_the_last_in_even_ratios(
    left, first, part, count
):
    last, found, now = first * part, [], left
    for remaining in range(count, 0, -1):
        now = next_density(now, (first, last), remaining)
        found.append(now)
    own = max(left, 1e-12)
    even = densities((own, min(last, own)), count + 1)[1:]
    assert found == pytest.approx(densities((first, last), count) if left > first else even)
    assert all(1 - share < 1 for share in found)


@pytest.mark.parametrize("method", [Gmp, OneCycle])
def test_a_last_share_above_the_first_one_is_refused_when_the_method_is_made_or_before_it_trains(method):
    expected = r"^`sparsest` must be in \[1e-12, `densest` = 0.2\]; found 0.3.$"
    with pytest.raises(ValueError, match=expected):
        method(densest=0.2, sparsest=0.3)
    for each in (setting(budget=16.0), replace(setting(budget=16.0), target=Target(metric="sparsity", value=0.9))):
        with pytest.raises(ValueError, match=expected):
            next(method(sparsest=0.3).search(each))
