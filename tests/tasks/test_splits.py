"""Every class has its share on either side of a split."""

import numpy as np
import pytest

from frontsearch.tasks.splits import apart


@pytest.mark.parametrize("seed", [0, 1])
def test_every_class_has_its_share_on_either_side(seed):
    rows = np.arange(100, 200)
    targets = np.repeat([0, 1, 2, 1], 50)
    most, some = apart(rows, targets, count=20, seed=seed)
    assert sorted([*most, *some]) == list(rows)
    assert (np.diff(most) > 0).all()
    assert (np.diff(some) > 0).all()
    assert np.bincount(targets[some]).tolist() == [0, 10, 10]
