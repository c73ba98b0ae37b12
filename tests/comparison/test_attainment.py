"""Attainment surfaces and differences against their definitions, place by place on a grid."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import point_sets

from frontsearch.comparison.attainment import LEVELS, difference, surfaces
from frontsearch.comparison.quality import Box

BOX = Box(low=(0.0, 0.0), high=(5.0, 5.0))
PLACES = [(x + 0.5, y + 0.5) for x in range(8) for y in range(8)]

repeats = st.lists(point_sets, min_size=1, max_size=6)


def arrays(fronts):
    return [np.array(front, dtype=float).reshape(-1, 2) for front in fronts]


def attaining(fronts, place):
    """How many of the fronts have a point that weakly dominates the place."""
    return sum(any(x <= place[0] and y <= place[1] for x, y in front) for front in fronts)


@given(repeats)
def test_a_surface_bounds_the_region_that_its_percentage_of_the_runs_attains(fronts):
    for surface in surfaces(arrays(fronts)):
        needed = max(1, math.ceil(LEVELS[surface.level] / 100 * len(fronts)))
        for place in PLACES:
            assert attaining([surface.points], place) == (attaining(fronts, place) >= needed)


@given(repeats)
def test_surfaces_are_staircases(fronts):
    found = surfaces(arrays(fronts))
    assert [surface.level for surface in found] == list(LEVELS)
    for surface in found:
        assert (np.diff(surface.points, axis=0) * [1, -1] > 0).all()


def test_the_surfaces_of_two_crossing_fronts():
    found = {one.level: one.points.tolist() for one in surfaces(arrays([[(1, 3), (2, 2)], [(0, 4), (3, 0)]]))}
    assert found["best"] == found["25 %"] == found["50 %"] == [[0, 4], [1, 3], [2, 2], [3, 0]]
    assert found["75 %"] == found["worst"] == [[1, 4], [3, 2]]


def test_every_surface_of_one_run_is_its_front():
    front = np.array([(0.0, 4.0), (1.5, 2.0), (3.0, 0.0)])
    for surface in surfaces([front]):
        np.testing.assert_array_equal(surface.points, front)


def test_runs_without_points_count():
    # Two of four runs attain nothing, so no region is attained by three or four of them.
    found = {one.level: one.points.tolist() for one in surfaces(arrays([[], [(1, 1)], [], [(2, 2)]]))}
    assert found == {"best": [[1, 1]], "25 %": [[1, 1]], "50 %": [[2, 2]], "75 %": [], "worst": []}
    assert [len(one.points) for one in surfaces(arrays([[], []]))] == [0] * len(LEVELS)


@given(repeats, repeats)
def test_a_difference_equals_the_difference_of_attaining_shares_everywhere_in_the_box(first, second):
    found = difference(arrays(first), arrays(second), box=BOX)
    for place in PLACES:
        inside = (found.rectangles[:, :2] < place).all(axis=1) & (place < found.rectangles[:, 2:]).all(axis=1)
        expected = attaining(first, place) / len(first) - attaining(second, place) / len(second)
        known = found.share[inside].tolist()
        if max(place) > 5 or math.isclose(expected, 0, abs_tol=1e-12):
            assert known == []
        else:
            assert known == [pytest.approx(expected)]


@given(repeats, repeats)
def test_differences_are_finite_and_change_sign_when_the_methods_are_swapped(first, second):
    one = difference(arrays(first), arrays(second), box=BOX)
    other = difference(arrays(second), arrays(first), box=BOX)
    assert ((one.rectangles >= 0) & (one.rectangles <= 5)).all()
    sizes = [np.prod(each.rectangles[:, 2:] - each.rectangles[:, :2], axis=1) for each in (one, other)]
    assert sizes[0] @ one.share == pytest.approx(-(sizes[1] @ other.share))


def test_a_method_differs_nowhere_from_itself():
    for fronts in ([[(1, 2)]], [[]], [[], [(1, 4), (2, 3)]], [[(9, 9)]]):
        assert len(difference(arrays(fronts), arrays(fronts * 2), box=BOX).share) == 0


def test_one_run_against_one_that_found_nothing():
    found = difference(arrays([[(1, 2)]]), arrays([[]]), box=BOX)
    assert (found.rectangles.tolist(), found.share.tolist()) == ([[1, 2, 5, 5]], [1])
    found = difference(arrays([[]]), arrays([[(1, 2)], []]), box=BOX)
    assert (found.rectangles.tolist(), found.share.tolist()) == ([[1, 2, 5, 5]], [-0.5])
