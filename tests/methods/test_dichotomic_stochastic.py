"""``dichotomic-stochastic`` is ``dichotomic`` until three weights agree, and then draws at random."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import Toy, batches, setting, spend

from frontsearch.methods.dichotomic import Dichotomic
from frontsearch.methods.dichotomic_stochastic import DichotomicStochastic
from frontsearch.methods.neighbours import chord_weight, l1_weight

CLOSE = replace(setting(budget=60.0), l1_weights=(2e-5, 4e-5))  # the w2 of both are 0.0000
FAR = replace(setting(budget=60.0), l1_weights=(1e-3, 2.5))


def share(weight):
    """The w2 of an l1 weight."""
    return weight / (1 + weight)


def weights(trials):
    return [l1_weight(one) for one in trials]


def in_turn(*outcomes):
    """Gives the trainings these outcomes in the order asked; asking for more is an error."""
    left = iter(outcomes)
    return lambda recipe: replace(Toy()(recipe), objectives=next(left))


def test_it_is_dichotomic_where_no_three_weights_agree():
    plain, stochastic = (
        spend(method, replace(FAR, budget=9.0), Toy()) for method in (Dichotomic(), DichotomicStochastic())
    )
    assert weights(stochastic) == weights(plain)
    assert [one.key for one in stochastic] == [one.key for one in plain]


# Every chord's weight is 1 but for 1e-5 or so, whose w2 is 0.5000.
FLAT = [(0.0, 2.0), (2.0, 0.0), (0.99999, 0.99999), (0.49998, 1.49998), (1.49998, 0.49998), *[(9.0, 9.0)] * 4]


def test_after_three_that_agree_the_next_weight_is_drawn_below_the_denser_ends_w1():
    given_ = replace(setting(budget=9.0), l1_weights=(0.5, 2.0))
    method = DichotomicStochastic(tolerance=0.0)
    (left, right), (middle,), halves, quarters = batches(method, given_, in_turn(*FLAT))
    gaps = list(pairwise([left, halves[0], middle, halves[1], right]))
    assert weights([middle, *halves]) == [
        chord_weight(pair) for pair in ((left, right), (left, middle), (middle, right))
    ]
    assert [round(share(weight), 4) for weight in weights([middle, *halves])] == [0.5, 0.5, 0.5]
    assert 0.9 * 2 / 3 <= 1 - share(l1_weight(quarters[0])) <= 2 / 3
    # What was drawn does not agree with the two before it.
    assert weights(quarters[1:]) == [chord_weight(gap) for gap in gaps[1:]]


# The first chord's weight is 1e-5; its w2 agrees with both ends', and so the next is drawn.
STEEP = [(0.0, 2.0), (2e-5, 0.0), (5e-6, 1.0), (1e-6, 1.5), (1e-5, 0.5)]


def draws(seeds):
    """The first l1 weight drawn at random, for each seed."""
    for seed in seeds:
        history = spend(DichotomicStochastic(), replace(CLOSE, budget=5.0, seed=seed), in_turn(*STEEP))
        yield l1_weight(history[3])


def test_the_ends_count_and_draws_are_uniform_in_w1_over_the_tenth_below_the_denser_ends():
    most = 1 / (1 + 2e-5)
    found = sorted((most - 1 / (1 + weight)) / (0.1 * most) for weight in draws(range(200)))
    assert found[0] >= -1e-9
    assert found[-1] <= 1 + 1e-9
    # Kolmogorov's distance from the uniform distribution; 0.14 is passed by 0.1 % of samples of 200.
    assert max(abs(value - (n + 0.5) / 200) for n, value in enumerate(found)) < 0.14


points = st.none() | st.tuples(st.floats(0, 10), st.floats(0, 10)) | st.tuples(st.integers(0, 5), st.integers(0, 5))


@given(st.lists(points, min_size=1, max_size=40), st.booleans())
def test_whatever_the_outcomes_every_w2_lies_in_0_to_1_and_the_budget_is_kept(outcomes, close):
    number = 0

    def evaluate(recipe):
        nonlocal number
        outcome = outcomes[number % len(outcomes)]
        number += 1
        return replace(Toy()(recipe), objectives=outcome and (float(outcome[0]), float(outcome[1])))

    history = spend(DichotomicStochastic(tolerance=0.0), CLOSE if close else FAR, evaluate)
    assert len(history) <= 60
    assert all(0 <= share(weight) <= 1 for weight in weights(history))


@pytest.mark.parametrize("given_", [CLOSE, FAR], ids=["close", "far"])
def test_with_a_tolerance_it_ends_before_a_large_budget_does(given_):
    endless = replace(given_, budget=1e6)
    history = spend(DichotomicStochastic(tolerance=0.05), endless, Toy())
    assert 3 <= len(history) < 1000
