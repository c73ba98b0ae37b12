"""Both parts of a stratified split keep the class shares, and are those that scikit-learn draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from frontsearch.tasks.splits import shuffled_split, stratified_split


@pytest.mark.parametrize("seed", [0, 1])
def test_both_parts_keep_the_class_shares_and_are_sorted(seed):
    rows = np.arange(100, 200)
    targets = np.repeat([0, 1, 2, 1], 50)
    rest, held_out = stratified_split(rows, targets, count=20, seed=seed)
    assert sorted([*rest, *held_out]) == list(rows)
    assert (np.diff(rest) > 0).all()
    assert (np.diff(held_out) > 0).all()
    assert np.bincount(targets[held_out]).tolist() == [0, 10, 10]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(2, 60), min_size=2, max_size=12), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_the_parts_are_those_of_scikit_learn(sizes, share, seed):
    targets = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    least, most = len(sizes), len(targets) - len(sizes)
    count = least + round(share * (most - least))
    expected = train_test_split(np.arange(len(targets)), test_size=count, stratify=targets, random_state=seed)
    for found, part in zip(shuffled_split(targets, count=count, seed=seed), expected, strict=True):
        assert found.tolist() == part.tolist()
