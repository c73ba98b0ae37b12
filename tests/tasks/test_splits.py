import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from frontsearch.tasks.splits import apart, stratified


@given(
    targets=st.lists(st.integers(0, 3), min_size=12, max_size=60), share=st.floats(0.2, 0.6), seed=st.integers(0, 999)
)
def test_the_splits_are_those_of_scikit_learn(targets, share, seed):
    classes = np.array([*targets, *range(4), *range(4)])  # it takes two of every class
    count = max(4, int(share * len(classes)))
    theirs = train_test_split(np.arange(len(classes)), test_size=count, stratify=classes, random_state=seed)
    for ours, expected in zip(stratified(classes, count=count, seed=seed), theirs, strict=True):
        np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("seed", [0, 1])
def test_every_class_has_its_share_on_either_side(seed):
    rows = np.arange(100, 200)
    targets = np.repeat([0, 1, 2, 1], 50)
    most, some = apart(rows, targets, count=20, seed=seed)
    assert sorted([*most, *some]) == list(rows)
    assert (np.diff(most) > 0).all()
    assert (np.diff(some) > 0).all()
    assert np.bincount(targets[some]).tolist() == [0, 10, 10]
