"""``dichotomic`` against the lower-left hull of random point sets, and against outcomes of any kind."""

import math
from dataclasses import replace
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st
from toys import L1_WEIGHTS, Toy, batches, setting, spend

from frontsearch.front import Front
from frontsearch.methods import start
from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.trial import Status

EXTREME = replace(setting(budget=200.0), l1_weights=(1e-6, 1e6))
integer_points = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=25)


def oracle(points):
    """Solves every weighted sum exactly over these points; of equally good ones it takes any."""

    def evaluate(recipe):
        weight = recipe.descent.l1_weight
        ce, l1 = min(points, key=lambda point: point[0] + weight * point[1])
        return replace(Toy()(recipe), objectives=(float(ce), float(l1)))

    return evaluate


def hull(points):
    """Vertices of the lower-left hull: the points that some positive weight makes the only best one."""
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


def test_the_hull_of_this_page():
    assert hull([(0, 9), (1, 4), (2, 3), (3, 2), (4, 1), (9, 0), (4, 4), (0, 10), (10, 0)]) == [
        (0, 9), (1, 4), (4, 1), (9, 0),
    ]  # fmt: skip


@given(integer_points)
def test_finds_every_vertex_of_the_hull_and_then_ends(points):
    vertices = hull(points)
    told = spend(Dichotomic(), EXTREME, oracle(points))
    found = {trial.objectives for trial in told}
    assert set(vertices) <= found
    # Two extremes, one training for each further vertex, one to close each gap between neighbours.
    assert len(told) <= max(2, 2 + max(len(vertices) - 2, 0) + len(vertices) - 1)


@given(integer_points)
def test_its_weights_are_the_chords_of_what_it_found(points):
    chords = {0.0}
    for batch in batches(Dichotomic(), EXTREME, oracle(points)):
        weights = [trial.recipe.descent.l1_weight for trial in batch]
        if chords != {0.0}:
            assert set(weights) <= chords
        found = {t.objectives for t in batch} | (set() if chords == {0.0} else seen)
        seen = found
        ordered = sorted(found)
        chords = {(b[0] - a[0]) / (a[1] - b[1]) for n, a in enumerate(ordered) for b in ordered[n + 1 :] if a[1] > b[1]}


def test_the_extremes_come_first():
    first = next(batches(Dichotomic(), setting(), Toy()))
    assert tuple(trial.recipe.descent.l1_weight for trial in first) == L1_WEIGHTS


def test_on_the_curved_front_of_the_toy_every_round_doubles_until_the_tolerance_closes_it():
    sizes = [len(batch) for batch in batches(Dichotomic(), setting(budget=1000.0), Toy())]
    assert sizes[:4] == [2, 1, 2, 4]
    told = spend(Dichotomic(), setting(budget=1000.0), Toy())
    assert len(told) < 200
    points = Front.of_trials(told).points
    assert len(points) == len(told)
    looser = spend(Dichotomic(tolerance=0.05), setting(budget=1000.0), Toy())
    assert len(looser) < len(told)


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
def test_whatever_comes_out_it_never_raises_and_asks_for_weights_that_can_be_trained(outcomes):
    conversation = start(Dichotomic(tolerance=0.0), setting())
    number = 0
    for _ in range(6):
        asked = conversation.ask()
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
        conversation.tell(trials)


def test_an_extreme_that_diverges_leaves_no_gap():
    told = spend(Dichotomic(), setting(), Toy(diverging=1.0))
    assert len(told) == 2


def test_noise_closes_gaps_and_every_gap_lies_between_its_ends():
    told = list(islice(spend(Dichotomic(tolerance=0.0), setting(budget=300.0), Toy(noise=0.05)), 300))
    assert all(low < high for low, high in pairwise(sorted({t.recipe.descent.l1_weight for t in told})))
    assert len(told) < 300
