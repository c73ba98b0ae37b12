"""The l1 weights of ``bisection`` and ``bisection-log`` are known before anything is trained."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from toys import L1_WEIGHTS, Toy, batches, setting, soft_threshold, spend

from frontsearch.methods.bisection import Bisection, BisectionLog
from frontsearch.methods.neighbours import l1_weight

ENOUGH = setting(budget=1000.0)


def shares(trials):
    """The w2 of each trial."""
    return [l1_weight(one) / (1 + l1_weight(one)) for one in trials]


def levels(trials):
    return [{l1_weight(one) for one in batch} for batch in trials]


def test_as_published_it_trains_33_evenly_spaced_w2_from_0_to_0_1():
    history = list(batches(Bisection(), ENOUGH, Toy()))
    assert [len(batch) for batch in history] == [2, 1, 2, 4, 8, 16]
    assert shares(history[0]) == [0.0, pytest.approx(0.1)]
    found = sorted(shares(one for batch in history for one in batch))
    assert found == pytest.approx([float(Fraction(part, 320)) for part in range(33)])
    assert found[1] == pytest.approx(0.003125)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_each_level_halves_every_interval_in_w2(number):
    history = list(batches(Bisection(levels=number), ENOUGH, Toy(noise=0.3)))
    assert len(history) == number + 1
    for level, batch in enumerate(history[1:], start=1):
        odd = [Fraction(part, 10 * 2**level) for part in range(1, 2**level, 2)]
        assert sorted(shares(batch)) == pytest.approx([float(share) for share in odd])


def test_as_published_its_trainings_lie_on_the_front_at_l1_weight_w2_over_w1():
    for trial, share in zip(history := spend(Bisection(levels=3), ENOUGH, Toy()), shares(history), strict=True):
        assert trial.objectives == pytest.approx(soft_threshold(share / (1 - share)))


def test_on_a_log_scale_each_level_halves_every_interval_between_the_studys_l1_weights():
    history = list(batches(BisectionLog(), setting(budget=65.0), Toy(noise=0.3, diverging=0.3)))
    assert [len(batch) for batch in history] == [2, 1, 2, 4, 8, 16, 32]
    assert tuple(l1_weight(one) for one in history[0]) == L1_WEIGHTS
    known = sorted(l1_weight(one) for one in history[0])
    for batch in history[1:]:
        middles = [math.exp((math.log(a) + math.log(b)) / 2) for a, b in pairwise(known)]
        assert sorted(l1_weight(one) for one in batch) == pytest.approx(middles)
        known = sorted({*known, *(l1_weight(one) for one in batch)})
    assert (known[0], known[-1]) == L1_WEIGHTS


@pytest.mark.parametrize("method", [Bisection(), BisectionLog()], ids=["published", "log"])
@pytest.mark.parametrize("budget", range(6, 34))
def test_a_level_that_the_budget_cuts_short_covers_the_whole_range(method, budget):
    """Equally wide parts of the range differ by at most one training of the last level."""
    history = list(batches(method, setting(budget=float(budget)), Toy()))
    places = sorted(place(one, method) for one in history[-1])
    for parts in (2, 4):
        counts = [sum(part <= parts * x < part + 1 for x in places) for part in range(parts)]
        assert max(counts) - min(counts) <= 1


def place(trial, method):
    """Position of the trial's weight within its range, from 0 to 1."""
    if isinstance(method, Bisection):
        return shares([trial])[0] / 0.1
    low, high = map(math.log, L1_WEIGHTS)
    return (math.log(l1_weight(trial)) - low) / (high - low)


def test_l1_weights_do_not_depend_on_outcomes():
    for method in (Bisection(), BisectionLog()):
        exact, broken = (levels(batches(method, setting(budget=33.0), toy)) for toy in (Toy(), Toy(diverging=1.0)))
        assert exact == broken
