"""``dichotomic`` against the lower-left hull of random point sets, and against outcomes of any kind."""

import math
from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import L1_WEIGHTS, Toy, batches, setting, spend

from frontsearch.methods import start
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.trial import Status

EXTREME = replace(setting(budget=200.0), l1_weights=(1e-6, 1e6))
integer_points = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25)


def oracle(points):
    """Solves every weighted sum exactly over these points."""

    def evaluate(recipe):
        weight = recipe.descent.l1_weight
        ce, l1 = min(points, key=lambda point: point[0] + weight * point[1])
        return replace(Toy()(recipe), objectives=(float(ce), float(l1)))

    return evaluate


def hull(points):
    """Vertices of the lower-left hull: the points that are the only optimum at some positive weight."""
    vertices = []
    for point in sorted(points):
        if vertices and point[1] >= vertices[-1][1]:
            continue
        while len(vertices) > 1 and not _turns_left(vertices[-2], vertices[-1], point):
            vertices.pop()
        vertices.append(point)
    return vertices


def _turns_left(a, b, c) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0


def test_the_hull_of_these_tests():
    assert hull([(0, 9), (1, 4), (2, 3), (3, 2), (4, 1), (9, 0), (4, 4), (0, 10), (10, 0)]) == [
        (0, 9), (1, 4), (4, 1), (9, 0),
    ]  # fmt: skip


@given(integer_points)
def test_finds_every_vertex_of_the_hull_and_then_ends(points):
    vertices = hull(points)
    history = spend(Dichotomic(), EXTREME, oracle(points))
    found = {trial.objectives for trial in history}
    assert set(vertices) <= found
    # Two extremes, one training for each further vertex, one to close each gap between neighbours.
    assert len(history) <= max(2, 2 + max(len(vertices) - 2, 0) + len(vertices) - 1)


@given(integer_points)
def test_its_weights_are_the_normals_of_chords_between_earlier_trials(points):
    first, *rest = batches(Dichotomic(), EXTREME, oracle(points))
    found = {trial.objectives for trial in first}
    for batch in rest:
        chords = {(b[0] - a[0]) / (a[1] - b[1]) for a in found for b in found if a[0] < b[0] and a[1] > b[1]}
        assert {trial.recipe.descent.l1_weight for trial in batch} <= chords
        found |= {trial.objectives for trial in batch}


def test_the_extremes_come_first():
    first = next(batches(Dichotomic(), setting(), Toy()))
    assert tuple(trial.recipe.descent.l1_weight for trial in first) == L1_WEIGHTS


def test_on_a_curved_front_every_round_doubles_until_the_tolerance_closes_it():
    sizes = [len(batch) for batch in batches(Dichotomic(), setting(budget=30.0), Toy())]
    assert sizes == [2, 1, 2, 4, 8, 13]
    counts = [len(spend(Dichotomic(tolerance=share), setting(budget=1000.0), Toy())) for share in (0.02, 0.05, 0.2)]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == 3
    assert counts[0] < 1000


def test_a_middle_within_the_tolerance_closes_its_gap():
    points = [(0.0, 100.0), (100.0, 0.0), (49.0, 50.0)]  # a height of 1 over a chord of 100
    assert len(spend(Dichotomic(tolerance=0.009), EXTREME, oracle(points))) == 2 + 1 + 2
    assert len(spend(Dichotomic(tolerance=0.011), EXTREME, oracle(points))) == 2 + 1


anything = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.floats(0, 10), st.floats(0, 10)),
    st.tuples(st.floats(0, allow_infinity=False), st.floats(0, allow_infinity=False)),
)


@given(st.lists(anything, min_size=1, max_size=40))
def test_whatever_the_outcomes_it_never_raises_and_its_weights_are_positive_and_finite(outcomes):
    running = start(Dichotomic(tolerance=0.0), setting())
    number = 0
    for _ in range(6):
        asked = running.ask()
        if not asked:
            return
        trials = []
        for recipe in asked:
            assert 0 < recipe.descent.l1_weight < math.inf
            outcome = outcomes[number % len(outcomes)]
            number += 1
            status = Status.DIVERGED if outcome is None else Status.COMPLETE
            point = None if outcome is None else (float(outcome[0]), float(outcome[1]))
            trials.append(replace(Toy()(recipe), status=status, objectives=point))
        running.tell(trials)


def in_turn(*outcomes):
    """Gives the trainings these outcomes in the order asked; asking for more is an error."""
    left = iter(outcomes)
    return lambda recipe: replace(Toy()(recipe), objectives=next(left))


@pytest.mark.parametrize("ends", [((0.0, 1e-300), (1e300, 0.0)), ((0.0, 1e300), (1e-300, 0.0))])
def test_a_chord_whose_weight_overflows_or_underflows_closes_its_gap(ends):
    assert len(spend(Dichotomic(), setting(), in_turn(*ends))) == 2


@pytest.mark.parametrize("middle", [(1.0, 5.0), (5.0, 1.0), (2.0, 4.0), (4.0, 2.0)])
def test_a_middle_that_does_not_lie_between_its_neighbours_closes_their_gap(middle):
    # All are below the chord, and each would make a new chord with one of the ends.
    assert len(spend(Dichotomic(), setting(), in_turn((2.0, 10.0), (10.0, 2.0), middle))) == 3


def test_an_extreme_that_diverges_leaves_no_gap():
    history = spend(Dichotomic(), setting(), Toy(diverging=1.0))
    assert len(history) == 2


def test_noise_closes_gaps_and_every_gap_lies_between_its_ends():
    history = list(islice(spend(Dichotomic(tolerance=0.0), setting(budget=300.0), Toy(noise=0.05)), 300))
    assert all(low < high for low, high in pairwise(sorted({t.recipe.descent.l1_weight for t in history})))
    assert len(history) < 300
