"""Both parts of a stratified split keep the class shares."""

import numpy as np
import pytest

from frontsearch.tasks.splits import stratified_split


@pytest.mark.parametrize("seed", [0, 1])
def test_both_parts_keep_the_class_shares_and_are_sorted(seed):
    rows = np.arange(100, 200)
    targets = np.repeat([0, 1, 2, 1], 50)
    rest, held_out = stratified_split(rows, targets, count=20, seed=seed)
    assert sorted([*rest, *held_out]) == list(rows)
    assert (np.diff(rest) > 0).all()
    assert (np.diff(held_out) > 0).all()
    assert np.bincount(targets[held_out]).tolist() == [0, 10, 10]
