"""The rule for the network taken by default, against a brute-force search through all trials."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import run_of, trial

from frontsearch.comparison import Box, Chance, Point
from frontsearch.comparison.comparing import compare
from frontsearch.errors import told_to_python
from frontsearch.measures import CLASSIFICATION
from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.selection.default import Default, all_dead, revival
from frontsearch.selection.picks import Pick, pick, with_remedy
from frontsearch.selection.rules import NO_NETWORK, BestWithinLimit

DEAD = "Every network on the fronts is dead: it is no better than a constant prediction, so none is picked by default. "
LINEAR = Box(low=(0.0, 0.0), high=(7.0, 7.0))
LOG = Box(low=(0.5, 0.5), high=(7.0, 7.0), log=True)
CHANCE = Chance(loss=5.0, error=0.012)
small = st.integers(0, 6)
metrics = st.tuples(small, small, small, st.integers(0, 15))  # cross entropy, l1, nonzeros, wrong answers of a thousand
nets = st.lists(st.lists(metrics | st.none(), max_size=10), min_size=1, max_size=3)


def network(number, found, *, errors=True):
    """A trial with these metrics on validation data, or one that diverged."""
    if found is None:
        return trial(number, None)
    loss, l1, nonzeros, wrong = found
    told = {"l1": float(l1), "nonzeros": nonzeros, "prunable": 10, "validation_cross_entropy": float(loss)}
    return replace(trial(number, (loss, l1)), metrics=told | ({"validation_error": wrong / 1000} if errors else {}))


def compared(found, *, errors=True, chance=CHANCE):
    """A run for each list."""
    numbered = [
        [network(100 * n + place, one, errors=errors) for place, one in enumerate(some)] for n, some in enumerate(found)
    ]
    runs = [run_of(trials, method=f"m{n}") for n, trials in enumerate(numbered)]
    return compare(runs, linear=LINEAR, log=LOG, chance=chance)


def picked(comparison, rule=None):
    found = pick(rule or Default(), comparison.runs, measures=CLASSIFICATION, folder=Path("out"))
    return found.point if isinstance(found, Pick) else found


def on_fronts(comparison):
    return [point.trial for run in comparison.runs for point in (*run.points, *run.metric_front)]


def wrong_answers(one):
    return round(1000 * one.metrics["validation_error"])


@given(nets)
def test_the_default_is_the_sparsest_living_network_within_half_a_point(found):
    comparison = compared(found)
    every = on_fronts(comparison)
    alive = [
        one
        for one in every
        if one.metrics["nonzeros"] and (one.metrics["validation_cross_entropy"] < 5 or wrong_answers(one) < 12)
    ]
    chosen = picked(comparison)
    if not alive:
        assert chosen.startswith(DEAD if every else NO_NETWORK)
        return
    limit = min(map(wrong_answers, alive)) + 5
    expected = min(
        (one for one in alive if wrong_answers(one) <= limit),
        key=lambda one: (one.metrics["nonzeros"], wrong_answers(one), one.metrics["validation_cross_entropy"], one.key),
    )
    assert chosen.trial == expected


def test_without_an_error_metric_the_default_is_within_two_per_cent_of_the_lowest_cross_entropy():
    rows = [(100, 6, 6, 0), (101, 5, 5, 0), (102, 4, 4, 0), (103, 3, 3, 0), (400, 0, 0, 0)]
    comparison = compared([rows], errors=False, chance=Chance(loss=300.0))
    assert picked(comparison).trial.objectives == (102, 4)


def test_equally_good_networks_are_told_apart_by_their_keys():
    same = (1, 1, 1, 1)
    comparison = compared([[same], [same], [same]])
    keys = [one.key for one in on_fronts(comparison)]
    reversed_runs = replace(comparison, runs=comparison.runs[::-1])
    assert picked(comparison).trial.key == picked(reversed_runs).trial.key == min(keys)
    without_error = compared([[same], [same]], errors=False)
    backwards = replace(without_error, runs=without_error.runs[::-1])
    assert picked(without_error).trial.key == picked(backwards).trial.key


def test_a_dead_network_is_no_default_but_a_budget_may_pick_it_and_says_so():
    comparison = compared([[(4, 2, 2, 11), (5, 1, 1, 12), (6, 0, 0, 12)]])
    assert picked(comparison).trial.objectives == (4, 2)
    for limit in (1, 0):  # guesses with a weight; has no weight
        dead = picked(comparison, BestWithinLimit("nonzeros", limit))
        assert dead.trial.metrics["nonzeros"] == limit
        assert dead.dead
    assert not picked(comparison, BestWithinLimit("nonzeros", 2)).dead


def test_where_all_are_dead_the_sentence_says_so():
    assert picked(compared([[(6, 1, 1, 12), (6, 0, 0, 13)]])).startswith(DEAD)
    assert picked(compared([[]])) == NO_NETWORK
    diverged = compared([[None, None]])
    assert picked(diverged) == NO_NETWORK
    assert with_remedy(NO_NETWORK, diverged.runs) == f"{NO_NETWORK} All 2 diverged: try a learning rate below 0.002."
    one_left = compared([[None, (6, 1, 1, 12)]])
    for sentence, comparison in ((NO_NETWORK, one_left), ("Another.", diverged)):
        assert with_remedy(sentence, comparison.runs) == sentence


def dead(*rows):
    """Dead points of these l1 weights, learning rates and numbers of nonzeros; without a weight, of two gradients."""
    return [
        Point(
            trial=replace(
                network(number, (6, 1, nonzeros, 12)),
                recipe=Recipe(
                    descent=WeightedSum(l1_weight=weight) if weight is not None else MultiGradient(l1_scale=1.0),
                    optimiser="adam" if weight is not None else "madam",
                    learning_rate=rate,
                ),
            ),
            epochs_spent=1.0,
            seconds_spent=1.0,
            dead=True,
        )
        for number, (weight, rate, nonzeros) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            [(0.5, 0.1, 0), (0.25, 0.2, 0)],
            "{0} leaves no penalised weight: search smaller ones with `l1_weights`.",
        ),
        (
            [(0.5, 0.1, 0), (0.25, 0.2, 7)],
            "{0} leaves 7 penalised weights: {1} 0.1 to 0.2, or smaller `l1_weights`.",
        ),
        ([(0.0, 0.1, 1558)], "They have 1,558 penalised weights: {1} 0.1."),
        ([(0.0, 0.1, 0)], "They have no penalised weight: prune less, by `pruning_threshold` and its like."),
        ([(None, 0.1, 3)], "They have 3 penalised weights: {1} 0.1."),
    ],
)
def test_only_what_may_help_dead_networks_is_advised(rows, sentence):
    sentence = sentence.format(
        "The smallest l1 weight among them is 0.25 and", "try more epochs or another learning rate than"
    )
    assert revival(dead(*rows)) == sentence
    assert all_dead(dead(*rows)).endswith(f"{sentence} Or pick by another rule, such as --knee chord.")
    with told_to_python():
        assert all_dead(dead(*rows)).endswith("such as `knee='chord'`.")
