"""Shares of nonzero weights: those given, or those by default, which depend on the complexity."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import Toy, setting, spend

from frontsearch.methods.densities import bounds, densities
from frontsearch.methods.gmp import Gmp
from frontsearch.methods.one_cycle import OneCycle

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
def test_a_share_that_is_given_moves_the_default_of_the_other_one_if_need_be(densest, sparsest, each):
    if None not in {densest, sparsest}:
        densest, sparsest = max(densest, sparsest), min(densest, sparsest)
    found = bounds(each, (0.2, 0.005), densest=densest, sparsest=sparsest)
    assert 1e-12 <= found[1] <= found[0] < 1
    assert densest in {None, found[0]}
    assert sparsest in {None, found[1]}
    shares = densities(found, 4)
    assert (shares[0], shares[-1]) == pytest.approx(found)


def test_the_first_share_must_not_be_below_the_last_one():
    for method in (Gmp, OneCycle):
        with pytest.raises(ValueError, match=r"^`sparsest` must be in \[1e-12, `densest` = 0.2\]; found 0.3.$"):
            method(densest=0.2, sparsest=0.3)
