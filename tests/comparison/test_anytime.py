"""Anytime curves against the hypervolume of the front so far, and bands against their definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import outcomes, trial, trials_of

from frontsearch.comparison.anytime import Curve, band, epochs_to_level
from frontsearch.comparison.quality import Box, hypervolume
from frontsearch.front import Front

LINEAR = Box(low=(0.0, 0.0), high=(5.0, 5.0))
LOG = Box(low=(0.5, 0.5), high=(5.0, 5.0), log=True)

off_the_grid = st.lists(st.tuples(st.floats(0, 6), st.floats(0, 6)) | st.none(), max_size=30)


def curve_of(trials):
    return Curve.of_trials(trials, linear=LINEAR, log=LOG)


@given(outcomes | off_the_grid)
def test_every_value_is_the_hypervolume_of_the_front_so_far(found):
    trials = trials_of(found)
    curve = curve_of(trials)
    fronts = [Front.of_trials(trials[: place + 1]).points for place in range(len(trials))]
    assert curve.hypervolume == pytest.approx([hypervolume(front, box=LINEAR) for front in fronts], abs=1e-12)
    assert curve.hypervolume_log == pytest.approx([hypervolume(front, box=LOG) for front in fronts], abs=1e-12)


@given(outcomes | off_the_grid)
def test_a_curve_never_falls(found):
    curve = curve_of(trials_of(found))
    assert curve.epochs.tolist() == [1.0 + place for place in range(len(found))]
    assert curve.seconds.tolist() == [2.0 + 2 * place for place in range(len(found))]
    assert (np.diff(curve.hypervolume) >= 0).all()
    assert (np.diff(curve.hypervolume_log) >= 0).all()


def test_on_log_axes_points_below_the_box_are_moved_to_its_edge():
    curve = curve_of(trials_of([(1.0, 0.0), (1.0, 0.25), (0.0, 0.0)]))
    share = math.log(5) / math.log(10)
    assert curve.hypervolume_log == pytest.approx([share, share, 1.0])


def test_an_infinite_point_raises():
    with pytest.raises(ValueError, match="must be finite"):
        curve_of([trial(0, (math.inf, 1.0))])


def steps(*corners):
    """A curve of trainings of 1, 2, 3 ... epochs whose points are ``(corner, corner)``; None diverged."""
    return curve_of(
        [trial(n, corner and (corner, corner), epochs=n + 1.0, seconds=7.0 - n) for n, corner in enumerate(corners)]
    )


def test_a_band_of_known_steps():
    # Epochs 1, 3, 6, 10 and volumes of 25ths; the second run ends after 3.
    found = band([steps(None, 4, 4, 2), steps(3, 2)], spent="epochs", indicator="hypervolume")
    assert found.at.tolist() == [1, 3, 10]
    assert found.low * 25 == pytest.approx([0, 1, 9])
    assert found.median * 25 == pytest.approx([2, 5, 9])
    assert found.high * 25 == pytest.approx([4, 9, 9])


def test_a_band_against_seconds():
    found = band([steps(4, 3)], spent="seconds", indicator="hypervolume_log")
    assert found.at.tolist() == [7, 13]
    expected = (np.log([5 / 4, 5 / 3]) / np.log(10)) ** 2
    for values in (found.low, found.median, found.high):
        assert values == pytest.approx(expected)


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_a_band_is_median_and_range_at_every_abscissa(found):
    curves = [curve_of(trials_of(outcome)) for outcome in found]
    bounds = band(curves, spent="epochs", indicator="hypervolume")
    for at in {float(epochs) for curve in curves for epochs in curve.epochs}:
        now = [max(curve.hypervolume[curve.epochs <= at], default=0.0) for curve in curves]
        place = np.searchsorted(bounds.at, at, side="right") - 1
        drawn = [values[place] for values in (bounds.low, bounds.median, bounds.high)]
        assert drawn == [min(now), np.median(now), max(now)]


@given(st.lists(outcomes, min_size=1, max_size=4))
def test_a_band_keeps_only_steps_that_change_and_ends_with_the_longest_run(found):
    curves = [curve_of(trials_of(outcome)) for outcome in found]
    bounds = band(curves, spent="epochs", indicator="hypervolume")
    rows = np.array([bounds.low, bounds.median, bounds.high])
    assert (np.diff(rows[:, :-1], axis=1) != 0).any(axis=0).all()
    assert bounds.at.tolist()[-1:] == ([max(map(len, found))] if any(found) else [])


def test_epochs_to_reach_a_level():
    curve = steps(None, 4, 4, 2)  # 0, 1, 1, 9 of 25 after 1, 3, 6, 10 epochs
    assert epochs_to_level(curve, level=0.99 / 25) == 3
    assert epochs_to_level(curve, level=1.01 / 25) == 10
    assert epochs_to_level(curve, level=9.01 / 25) is None


def test_a_run_without_hypervolume_reaches_no_level_not_even_zero():
    assert epochs_to_level(steps(None, 6), level=0.0) is None
    assert epochs_to_level(steps(None, 4), level=0.0) == 3
    assert epochs_to_level(steps(), level=0.0) is None
