"""A front in closed form: cross entropy (1 - s)^2 against l1 s, whose l1 weight is 2 (1 - s)."""

import numpy as np
import pytest
from strategies import run_of, trials_of

from frontsearch.comparison.comparing import compare
from frontsearch.comparison.pooling import pooled_ratios
from frontsearch.comparison.quality import Box, exact_hypervolume, hypervolume
from frontsearch.front import ExactFront
from frontsearch.names import HYPERVOLUME_RATIO

S = np.linspace(0, 1, 201)
FRONT = ExactFront(2 * (1 - S), np.column_stack([(1 - S) ** 2, S]))
LOG = Box(low=(0.01, 0.01), high=(1.0, 1.0), log=True)


@pytest.mark.parametrize(
    ("high", "share"),
    [
        ((1.0, 1.0), 2 / 3),
        ((1.0, 4.0), (2 / 3 + 3) / 4),  # beyond its end the front stays at cross entropy 0
        ((2.0, 1.0), (2 / 3 + 1) / 2),
        ((0.25, 1.0), (0.5 * 0.25 - 0.125 / 3) / 0.25),  # the front enters the box at s = 1/2
        ((1.0, 0.5), (0.5 - (1 - 0.125) / 3) / 0.5),
    ],
)
def test_the_hypervolume_is_the_area_above_the_curve(high, share):
    assert exact_hypervolume(FRONT, box=Box(low=(0.0, 0.0), high=high)) == pytest.approx(share, rel=1e-4)


def test_corners_lie_on_tangents_and_below_the_curve():
    cross_entropy, l1 = FRONT.lower_envelope.T
    assert (np.diff(l1) >= 0).all()
    assert (cross_entropy <= (1 - l1) ** 2 + 1e-12).all()
    assert FRONT.height_above(FRONT.lower_envelope).min() == pytest.approx(0, abs=1e-12)


def itself_at(places):
    """Hypervolume of the points of the front at these l1 values, in the unit box."""
    points = np.column_stack([(1 - places) ** 2, places])
    return hypervolume(points, box=Box(low=(0.0, 0.0), high=(1.0, 1.0)))


def test_the_front_itself_has_a_ratio_near_1_and_points_below_it_are_counted():
    dense = np.linspace(0, 1, 2001)
    itself = run_of(trials_of([((1 - s) ** 2, s) for s in dense]), method="itself")
    beyond = run_of(trials_of([((1 - s) ** 2 - 0.01, s) for s in (0.25, 0.5)] + [(0.3, 0.5), None]), method="beyond")
    none = run_of([], method="none")
    box = Box(low=(0.0, 0.0), high=(1.0, 1.0))
    comparison = compare([itself, beyond, none], linear=box, log=LOG, exact=FRONT)
    ratios = [figures.indicators[HYPERVOLUME_RATIO] for figures in comparison.runs]
    assert 0.999 < ratios[0] <= 1
    assert ratios[2] == 0
    assert [figures.below_exact for figures in comparison.runs] == [0, 2, 0]
    assert comparison.reference_hypervolume == exact_hypervolume(FRONT, box=box)
    (most,) = comparison.epochs_to_share("itself", 0.99)
    assert itself_at(dense[: int(most)]) / comparison.reference_hypervolume >= 0.99
    assert itself_at(dense[: int(most) - 1]) / comparison.reference_hypervolume < 0.99
    pools = pooled_ratios([comparison, comparison, compare([itself], linear=box, log=LOG)])
    assert pools["beyond"].values == (ratios[1], ratios[1])
    assert (pools["itself"].median, pools["itself"].least) == (ratios[0], ratios[0])


def test_in_a_box_that_the_front_does_not_enter_every_ratio_is_1():
    box = Box(low=(0.0, 0.0), high=(0.01, 0.5))
    (figures,) = compare([run_of(trials_of([(0.3, 0.6)]))], linear=box, log=LOG, exact=FRONT).runs
    assert figures.indicators[HYPERVOLUME_RATIO] == 1
