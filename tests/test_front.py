"""``Front`` against brute force, on integer grids where ties and duplicates are common."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import bent_trials, grid_points, outcomes, trial, trial_lists, trials_of

from frontsearch.front import Front, as_points, nondominated


def dominates(a, b) -> bool:
    return a[0] <= b[0] and a[1] <= b[1] and a != b


def brute_force(trials):
    complete = [one for one in trials if one.objectives is not None]
    first = {one.objectives: one for one in reversed(complete)}
    kept = [one for one in first.values() if not any(dominates(other, one.objectives) for other in first)]
    return sorted(kept, key=lambda one: one.objectives)


@given(trial_lists)
def test_is_what_brute_force_finds_and_keeps_the_first_of_duplicates(trials):
    assert list(Front.of_trials(trials).trials) == brute_force(trials)


@given(trial_lists, st.randoms(use_true_random=False))
def test_its_points_do_not_depend_on_the_order_of_trials(trials, random):
    shuffled = random.sample(trials, len(trials))
    np.testing.assert_array_equal(Front.of_trials(trials).points, Front.of_trials(shuffled).points)


@given(trial_lists)
def test_is_idempotent(trials):
    front = Front.of_trials(trials)
    assert Front.of_trials(front.trials) == front


@given(trial_lists, trial_lists)
def test_can_be_built_incrementally(some, more):
    assert Front.of_trials([*Front.of_trials(some).trials, *more]) == Front.of_trials([*some, *more])


@given(trial_lists.filter(lambda trials: Front.of_trials(trials).trials), st.data())
def test_a_dominated_point_changes_nothing(trials, data):
    front = Front.of_trials(trials)
    over = data.draw(st.sampled_from(front.trials)).objectives
    by = data.draw(grid_points.filter(any))
    worse = trial(99, (over[0] + by[0], over[1] + by[1]))
    place = data.draw(st.integers(0, len(trials)))
    assert Front.of_trials([*trials[:place], worse, *trials[place:]]) == front


@given(outcomes)
def test_diverged_trials_are_left_out(found):
    complete = [one for one in trials_of(found) if one.objectives is not None]
    assert Front.of_trials(trials_of(found)) == Front.of_trials(complete)


@pytest.mark.parametrize("objectives", [(float("nan"), 0.5), (0.5, float("nan")), (float("inf"), 1.0)])
def test_objectives_that_are_not_finite_are_refused(objectives):
    with pytest.raises(ValueError, match="`objectives` must be finite; found"):
        nondominated(as_points([(1.0, 1.0), objectives]))


def test_an_empty_front():
    for trials in ([], trials_of([None, None])):
        front = Front.of_trials(trials)
        assert front.points.shape == (0, 2)
        assert front.knee is None
        assert front.supported == ()
        assert front.widest_knee is None
        assert front.gaps() == []


@given(trial_lists.filter(lambda trials: Front.of_trials(trials).trials))
def test_points_ideal_and_nadir(trials):
    front = Front.of_trials(trials)
    points = [one.objectives for one in front.trials]
    assert [tuple(point) for point in front.points] == points
    assert all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(points))
    assert front.ideal == (min(p[0] for p in points), min(p[1] for p in points))
    assert front.nadir == (max(p[0] for p in points), max(p[1] for p in points))


def knees(points):
    """Points farthest below the chord, exactly."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    depth = [1 - Fraction(int(x - x0), int(x1 - x0)) - Fraction(int(y - y1), int(y0 - y1)) for x, y in points]
    return [point for point, value in zip(points, depth, strict=True) if value == max(depth)]


@given(bent_trials())
def test_knee_is_farthest_below_the_chord(trials):
    front = Front.of_trials(trials)
    assert front.knee.objectives in knees([one.objectives for one in front.trials])


def test_knee_of_one_and_of_two():
    assert Front.of_trials([trial(3, (1, 1))]).knee == trial(3, (1, 1))
    assert Front.of_trials([trial(1, (1, 0)), trial(2, (0, 1))]).knee == trial(2, (0, 1))


@given(
    bent_trials(),
    st.tuples(st.sampled_from([0.25, 1.0, 1024.0]), st.sampled_from([0.125, 1.0, 4096.0])),
    st.tuples(st.integers(-8, 8), st.integers(-8, 8)),
)
def test_knee_does_not_depend_on_units(trials, factor, shift):
    def rescaled(point):
        return tuple(f * x + s for f, x, s in zip(factor, point, shift, strict=True))

    knee = Front.of_trials(trials).knee
    if len(knees([one.objectives for one in Front.of_trials(trials).trials])) == 1:
        moved = Front.of_trials(trials_of([one.objectives and rescaled(one.objectives) for one in trials]))
        assert moved.knee.objectives == rescaled(knee.objectives)


def scanned(points):
    """The points that are the only optimum at some l1 weight, scanned between the weights at which two points tie."""
    changes = {
        Fraction(int(b[0] - a[0]), int(a[1] - b[1])) for a in points for b in points if a[0] < b[0] and a[1] > b[1]
    }
    steps = sorted({Fraction(0), *changes})
    tried = [(a + b) / 2 for a, b in pairwise([*steps, steps[-1] + 2])]
    best = [[p for p in points if p[0] + w * p[1] == min(q[0] + w * q[1] for q in points)] for w in tried]
    return {only for (only,) in best}


def widths(points):
    """Ratio of the greatest to the least l1 weight at which a point is optimal, for all points but the extremes."""
    found = {}
    for x, y in points[1:-1]:
        least = max(Fraction(int(x - a), int(b - y)) for a, b in points if a < x)
        greatest = min(Fraction(int(a - x), int(y - b)) for a, b in points if a > x)
        found[x, y] = greatest / least
    return found


@given(trial_lists | bent_trials())
def test_supported_trials_are_the_only_optimum_at_some_weight(trials):
    front = Front.of_trials(trials)
    points = [one.objectives for one in front.trials]
    assert [one.objectives for one in front.supported] == sorted(scanned(points) if points else [])
    assert all(one in front.trials for one in front.supported)
    assert all(one in front.supported for one in front.trials[:1] + front.trials[-1:])


def test_a_point_on_the_chord_of_two_others_is_not_supported():
    front = Front.of_trials(trials_of([(0, 6), (1, 4), (2, 2), (4, 1), (6, 0)]))
    assert [one.objectives for one in front.supported] == [(0, 6), (2, 2), (6, 0)]


@given(bent_trials())
def test_widest_knee_is_best_over_the_widest_range_of_weights(trials):
    front = Front.of_trials(trials)
    wide = {point: width for point, width in widths([one.objectives for one in front.trials]).items() if width > 1}
    if not wide:
        assert front.widest_knee is None
    else:
        assert front.widest_knee in front.supported[1:-1]
        assert wide[front.widest_knee.objectives] == max(wide.values())


def test_the_two_knees_may_differ():
    # Slopes 40, 40 / 2999 and 20 / 7000: ranges of 3000 to 1 and of 5 to 1. Depths 0.4 and 0.5.
    front = Front.of_trials(trials_of([(0, 100), (1, 60), (3000, 20), (10000, 0)]))
    assert front.widest_knee.objectives == (1, 60)
    assert front.knee.objectives == (3000, 20)


def test_fewer_than_three_supported_have_no_widest_knee():
    for points in ([(1, 1)], [(1, 0), (0, 1)], [(0, 3), (2, 2), (3, 0)]):
        front = Front.of_trials(trials_of(points))
        assert front.widest_knee is None
        assert front.knee is not None


@given(
    bent_trials(),
    st.tuples(st.sampled_from([0.25, 1.0, 1024.0]), st.sampled_from([0.125, 1.0, 4096.0])),
    st.tuples(st.integers(-8, 8), st.integers(-8, 8)),
)
def test_hull_and_widest_knee_do_not_depend_on_units(trials, factor, shift):
    def rescaled(point):
        return tuple(f * x + s for f, x, s in zip(factor, point, shift, strict=True))

    front = Front.of_trials(trials)
    moved = Front.of_trials(trials_of([one.objectives and rescaled(one.objectives) for one in trials]))
    assert [one.objectives for one in moved.supported] == [rescaled(one.objectives) for one in front.supported]
    assert (moved.widest_knee is None) == (front.widest_knee is None)
    if front.widest_knee:
        assert moved.widest_knee.objectives == rescaled(front.widest_knee.objectives)


@given(trial_lists)
def test_gaps_are_the_neighbours_widest_first(trials):
    front = Front.of_trials(trials)
    gaps = front.gaps()
    assert sorted(gaps, key=lambda pair: pair[0].objectives) == list(pairwise(front.trials))

    def width(pair):
        (x0, y1), (x1, y0) = front.ideal, front.nadir
        (ax, ay), (bx, by) = (one.objectives for one in pair)
        return ((bx - ax) / (x1 - x0)) ** 2 + ((ay - by) / (y0 - y1)) ** 2

    assert all(width(a) >= width(b) - 1e-12 for a, b in pairwise(gaps))


@given(trial_lists)
def test_gaps_on_log_axes_leave_out_points_on_an_axis(trials):
    inner = [one for one in Front.of_trials(trials).trials if min(one.objectives) > 0]
    logs = {one.key: np.log10(one.objectives) for one in inner}
    gaps = Front.of_trials(trials).gaps(log=True)
    assert sorted(gaps, key=lambda pair: pair[0].objectives) == list(pairwise(inner))
    widths = [np.hypot(*((logs[b.key] - logs[a.key]) / (logs[inner[-1].key] - logs[inner[0].key]))) for a, b in gaps]
    assert all(wide >= narrow - 1e-12 for wide, narrow in pairwise(widths))


@pytest.mark.parametrize(
    ("points", "log", "widest"),
    [
        ([(101, 1001), (109, 551), (111, 1)], False, 0),  # 0.8 and 0.45 of the ranges, against 0.2 and 0.55
        ([(0.001, 8), (0.2, 4), (1, 1)], False, 1),
        ([(0.001, 8), (0.2, 4), (1, 1)], True, 0),
        ([(0, 4), (1, 3), (3, 1), (4, 0)], False, 1),
        ([(0, 2), (1, 1), (2, 0)], False, 0),  # the first of two that are equally far apart
    ],
)
def test_the_widest_gap_of_small_fronts(points, log, widest):
    trials = [trial(number, point) for number, point in enumerate(points)]
    assert Front.of_trials(trials).gaps(log=log)[0] == (trials[widest], trials[widest + 1])
