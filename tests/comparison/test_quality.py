"""Quality indicators against closed forms, a simple sweep line and a published example."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import point_sets

from frontsearch.comparison.quality import Box, epsilon_additive, hypervolume, igd_plus

UNIT = Box(low=(0.0, 0.0), high=(1.0, 1.0))
GRID = Box(low=(0.0, 0.0), high=(6.0, 6.0))
LOG = Box(low=(1e-2, 10.0), high=(1e2, 1e4), log=True)
some_points = point_sets.filter(bool)


def array(points) -> np.ndarray:
    return np.array(points, dtype=float).reshape(-1, 2)


def sweep(points, corner=(1.0, 1.0)) -> float:
    """The dominated area, column by column from the left."""
    area, height = 0.0, corner[1]
    for x, y in sorted(map(tuple, points)):
        if x < corner[0] and y < height:
            area, height = area + (corner[0] - x) * (height - y), y
    return area


@pytest.mark.parametrize("steps", [2, 3, 5, 17])
def test_hypervolume_of_a_staircase(steps):
    first = np.linspace(0.0, 1.0, steps)
    staircase = np.column_stack([first, 1 - first])
    box = Box(low=(0.0, 0.0), high=(1.1, 1.1))
    expected = 1.21 - steps * (steps - 1) / 2 * (1 / (steps - 1)) ** 2
    assert hypervolume(staircase, box=box) * 1.21 == pytest.approx(expected, rel=1e-12)


def test_hypervolume_of_single_points():
    assert hypervolume(array([(0, 0)]), box=UNIT) == 1.0
    assert hypervolume(array([(0.25, 0.5)]), box=UNIT) == 0.375
    assert hypervolume(array([(1, 0)]), box=UNIT) == 0.0
    assert hypervolume(array([(2, 2), (0.5, 3)]), box=UNIT) == 0.0


def test_hypervolume_on_log_axes():
    assert hypervolume(array([(1.0, 100.0)]), box=LOG) == pytest.approx(1 / 2 * 2 / 3)
    assert hypervolume(array([(1e-2, 1e3), (1e1, 10.0)]), box=LOG) == pytest.approx(1 / 3 + 1 / 4 - 1 / 12)


@given(point_sets)
def test_hypervolume_equals_the_sweep(points):
    assert hypervolume(array(points), box=GRID) == pytest.approx(sweep(points, (6, 6)) / 36, abs=1e-12)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 2)), max_size=20))
def test_hypervolume_equals_the_sweep_off_the_grid(points):
    assert hypervolume(array(points), box=UNIT) == pytest.approx(sweep(points), abs=1e-12)


@given(point_sets, point_sets)
def test_hypervolume_never_falls_when_points_are_added(some, more):
    for box in (GRID, LOG):
        fewer = hypervolume(array(some), box=box)
        assert 0 <= fewer <= hypervolume(array([*some, *more]), box=box) + 1e-12 <= 1 + 2e-12


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=10))
def test_a_log_box_raises_points_to_its_low_corner(points):
    clipped = np.maximum(array(points), LOG.low)
    np.testing.assert_array_equal(LOG.normalise(array(points)), LOG.normalise(clipped))
    assert (LOG.normalise(array(points)) >= 0).all()
    assert 0 <= hypervolume(array(points), box=LOG) <= 1


def test_zero_l1_and_zero_cross_entropy_have_a_place_on_log_axes():
    assert hypervolume(array([(0.0, 0.0)]), box=LOG) == 1.0
    assert hypervolume(array([(1.0, 0.0)]), box=LOG) == pytest.approx(1 / 2)


@given(some_points)
def test_the_corners_of_a_box_become_zero_and_one(points):
    box = Box(low=(1.0, -2.0), high=(5.0, 2.0))
    np.testing.assert_array_equal(box.normalise(array([box.low, box.high])), [[0, 0], [1, 1]])
    np.testing.assert_allclose(box.normalise(array(points)), (array(points) - [1, -2]) / 4, atol=1e-15)


def test_without_points():
    nothing, something = np.empty((0, 2)), array([(0.5, 0.5)])
    assert hypervolume(nothing, box=UNIT) == 0.0
    assert hypervolume(nothing, box=LOG) == 0.0
    assert igd_plus(nothing, something, box=UNIT) == math.inf
    assert epsilon_additive(nothing, something, box=UNIT) == math.inf
    assert igd_plus(nothing, nothing, box=UNIT) == math.inf


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("box", [UNIT, LOG])
def test_infinite_and_undefined_points_raise(bad, box):
    good, spoilt = array([(0.5, 0.5)]), array([(0.5, 0.5), (bad, 0.1)])
    with pytest.raises(ValueError, match="must be finite"):
        hypervolume(spoilt, box=box)
    for indicator in (igd_plus, epsilon_additive):
        with pytest.raises(ValueError, match="must be finite"):
            indicator(spoilt, good, box=box)
        with pytest.raises(ValueError, match="must be finite"):
            indicator(good, spoilt, box=box)


@given(some_points)
def test_no_distance_to_itself(points):
    assert igd_plus(array(points), array(points), box=GRID) == 0.0
    assert epsilon_additive(array(points), array(points), box=GRID) == 0.0


def slow_igd_plus(points, reference) -> float:
    return np.mean([min(math.hypot(max(x - u, 0), max(y - v, 0)) for x, y in points) for u, v in reference])


def slow_epsilon(points, reference) -> float:
    return max(min(max(x - u, y - v) for x, y in points) for u, v in reference)


@given(some_points, some_points)
def test_distances_equal_their_definitions(points, reference):
    unit, unit_reference = array(points) / 6, array(reference) / 6
    found = igd_plus(array(points), array(reference), box=GRID)
    assert found == pytest.approx(slow_igd_plus(unit, unit_reference), abs=1e-12)
    found = epsilon_additive(array(points), array(reference), box=GRID)
    assert found == pytest.approx(slow_epsilon(unit, unit_reference), abs=1e-12)


@given(some_points, some_points, point_sets)
def test_distances_never_rise_when_points_are_added(points, reference, more):
    for indicator in (igd_plus, epsilon_additive):
        fewer = indicator(array(points), array(reference), box=GRID)
        assert indicator(array([*points, *more]), array(reference), box=GRID) <= fewer + 1e-12


@given(some_points, some_points, st.data())
def test_distances_never_rise_when_a_point_is_improved(points, reference, data):
    better = [(data.draw(st.integers(0, x)), data.draw(st.integers(0, y))) for x, y in points]
    for indicator in (igd_plus, epsilon_additive):
        before = indicator(array(points), array(reference), box=GRID)
        assert indicator(array(better), array(reference), box=GRID) <= before + 1e-12
    assert hypervolume(array(better), box=GRID) >= hypervolume(array(points), box=GRID) - 1e-12


def test_the_example_of_ishibuchi_where_igd_is_wrong():
    # Example 4 of Ishibuchi et al. 2015: A is better than B, and IGD says the opposite.
    reference = array([(10, 0), (6, 1), (2, 2), (1, 6), (0, 10)])
    a, b = array([(4, 2), (3, 3), (2, 4)]), array([(8, 2), (4, 4), (2, 8)])
    assert igd_plus(a, reference, box=UNIT) == pytest.approx(1.482842712474619)
    assert igd_plus(b, reference, box=UNIT) == pytest.approx(2.260112615949154)
