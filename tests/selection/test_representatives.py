"""Representatives of a front against every subset of its points."""

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_picks import LOG, compared, nets

from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.errors import UserError
from frontsearch.selection.asking import representative_networks
from frontsearch.selection.picks import front_points
from frontsearch.selection.representatives import hypervolume_subsets

UNIT = Box(low=(0.0, 0.0), high=(1.0, 1.0))
eighths = st.lists(st.integers(0, 7), min_size=1, max_size=7, unique=True).map(sorted)


@st.composite
def fronts(draw):
    """Mutually non-dominated points on a grid, by rising first coordinate."""
    first = draw(eighths)
    second = draw(st.lists(st.integers(0, 7), min_size=len(first), max_size=len(first), unique=True).map(sorted))
    return np.column_stack([first, second[::-1]]) / 8


@given(fronts(), st.integers(1, 8))
@example(np.array([[0.0, 0.9], [0.1, 0.1], [0.9, 0.0]]), 2)  # greedily, the middle one comes first
def test_no_subset_of_any_size_dominates_more(points, most):
    subsets = hypervolume_subsets(points, most)
    assert [len(subset) for subset in subsets] == list(range(1, min(most, len(points)) + 1))
    for subset in subsets:
        assert subset == sorted(set(subset))
        best = max(hypervolume(points[list(rows)], box=UNIT) for rows in combinations(range(len(points)), len(subset)))
        assert hypervolume(points[subset], box=UNIT) == pytest.approx(best, rel=1e-12)


def test_the_best_two_of_three_do_not_contain_the_best_one():
    points = np.array([[0.0, 0.6], [0.35, 0.35], [0.6, 0.0]])
    assert hypervolume_subsets(points, 3) == [[1], [0, 2], [0, 1, 2]]


def test_no_points_have_no_subsets():
    assert hypervolume_subsets(np.zeros((0, 2)), 3) == []


@given(nets, st.integers(1, 5))
def test_representatives_are_living_networks_that_no_other_beats_in_both_objectives(found, number):
    comparison = compared(found)
    alive = [point for point in front_points(comparison.runs, Path("out")) if not point.dead]
    if not alive:
        with pytest.raises(UserError, match=r"is dead|No training completed"):
            representative_networks(comparison.runs, number, comparison=comparison, folder=Path("out"))
        return
    picks = representative_networks(comparison.runs, number, comparison=comparison, folder=Path("out"))
    assert 1 <= len(picks) <= number
    assert all(one.point.loss < other.point.loss for one, other in pairwise(picks))
    for picked in picks:
        assert picked.point in alive
        better = [one for one in alive if one.loss < picked.point.loss and one.complexity < picked.point.complexity]
        assert clipped(picked) or not better


def clipped(picked):
    """Whether an objective is below the box, where differences do not count."""
    return picked.point.loss <= LOG.low[0] or picked.point.complexity <= LOG.low[1]


@pytest.mark.parametrize("number", [0, -1, 2.0, True, "3"])
def test_the_number_must_be_a_positive_integer(number):
    comparison = compared([[(1, 1, 1, 1)]])
    with pytest.raises(UserError, match=f"--representatives must be an integer, 1 or greater; found {number!r}"):
        representative_networks(comparison.runs, number, comparison=comparison, folder=Path("out"))
