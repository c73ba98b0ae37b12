"""Learning rate schedules and pruning ramps follow their formulas."""

import math
from itertools import pairwise

import pytest

from frontsearch.names import RAMPS, SCHEDULES
from frontsearch.training.schedules import learning_rate, ramp

GRID = [step / 200 for step in range(201)]


@pytest.mark.parametrize(
    ("schedule", "progress", "factor"),
    [
        ("constant", 0.0, 1.0),
        ("constant", 1.0, 1.0),
        ("cosine", 0.0, 1.0),
        ("cosine", 0.5, 0.51),
        ("cosine", 1.0, 0.02),
        ("sigmoid", 0.75, 0.55),  # half way between 1 and 0.1 at its centre
        ("sigmoid", 0.75 + 0.075, 1 - 0.9 / (1 + math.exp(-1))),  # one width on
        ("sigmoid", 0.0, 1 - 0.9 / (1 + math.exp(10))),
        ("sigmoid", 1.0, 1 - 0.9 / (1 + math.exp(-10 / 3))),
    ],
)
def test_learning_rate_factors(schedule, progress, factor):
    assert learning_rate(schedule, progress) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_learning_rates_begin_at_their_full_value_never_rise_and_stay_positive(schedule):
    factors = [learning_rate(schedule, progress) for progress in GRID]
    assert factors[0] == pytest.approx(1, abs=1e-4)
    assert all(later <= earlier for earlier, later in pairwise(factors))
    assert min(factors) > 0
    assert (factors[-1] < 0.14) == (schedule != "constant")


@pytest.mark.parametrize(
    ("name", "values"), [("constant", (1, 1, 1)), ("linear", (0, 0.5, 1)), ("cubic", (0, 0.875, 1))]
)
def test_ramps_at_start_middle_and_end(name, values):
    assert tuple(ramp(name, progress) for progress in (0.0, 0.5, 1.0)) == pytest.approx(values, abs=1e-15)


@pytest.mark.parametrize("name", RAMPS)
def test_ramps_never_fall(name):
    shares = [ramp(name, progress) for progress in GRID]
    assert all(later >= earlier for earlier, later in pairwise(shares))
