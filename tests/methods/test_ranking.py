"""The order of objective vectors, against its definition in exact arithmetic."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import point_sets

from frontsearch.methods.ranking import best_first


def dominates(one, other) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def front_of(point, points) -> int:
    """Rank of a point in non-dominated sorting: one more than the highest rank of the points that dominate it."""
    return max((front_of(other, points) + 1 for other in points if dominates(other, point)), default=0)


def area(points, corner) -> Fraction:
    total, lowest = Fraction(0), corner[1]
    for x, y in sorted(points):
        total += (corner[0] - x) * max(lowest - y, 0)
        lowest = min(lowest, y)
    return total


def added_by(place, front) -> Fraction:
    """Hypervolume contribution of one point of a front, in the front's ideal-nadir units."""
    steps = len(set(front)) - 1
    if not steps:
        return Fraction(0)
    lows, highs = ([end(axis) for axis in zip(*front, strict=True)] for end in (min, max))
    unit = [tuple(Fraction(v - low, high - low) for v, low, high in zip(p, lows, highs, strict=True)) for p in front]
    corner = (1 + Fraction(1, steps),) * 2
    return area(unit, corner) - area(unit[:place] + unit[place + 1 :], corner)


def merits(points):
    """The sort key of each point: its rank, then its hypervolume contribution."""
    fronts = [front_of(point, points) for point in points]
    found = []
    for place, front in enumerate(fronts):
        members = [other for other, theirs in enumerate(fronts) if theirs == front]
        found.append((front, -float(added_by(members.index(place), [points[member] for member in members]))))
    return found


@given(point_sets)
def test_the_order_follows_the_definition(points):
    order, merit = best_first(np.array(points, dtype=float).reshape(-1, 2)), merits(points)
    assert sorted(order) == list(range(len(points)))
    for one, next_one in pairwise(order):
        front, added = merit[one]
        next_front, next_added = merit[next_one]
        assert front <= next_front
        assert front < next_front or added <= next_added + 1e-12


def test_indices_are_returned_and_not_ranks():
    # The ranks of these points are [1, 2, 0]; mistaking one for the other would promote the worst.
    assert best_first(np.array([[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]])) == [2, 0, 1]


@given(point_sets, st.tuples(*[st.floats(0.01, 100)] * 2), st.tuples(*[st.floats(-10, 10)] * 2))
def test_units_of_the_objectives_do_not_matter(points, scale, shift):
    plain = np.array(points, dtype=float).reshape(-1, 2)
    merit = merits(points)
    moved = best_first(plain * scale + shift)
    for place, other in zip(best_first(plain), moved, strict=True):
        assert merit[place][0] == merit[other][0]
        assert abs(merit[place][1] - merit[other][1]) < 1e-9


@given(st.integers(2, 12))
def test_the_ends_of_an_even_front_contribute_as_much_as_the_points_between(size):
    even = np.stack([np.arange(size), np.arange(size)[::-1]], axis=1).astype(float)
    points = [tuple(map(int, point)) for point in even]
    assert len({added_by(place, points) for place in range(size)}) == 1
    crowded = np.vstack([even, [[0.5, size - 1.5]]])  # lies between the first two
    assert best_first(crowded)[-1] in {0, 1, size}
