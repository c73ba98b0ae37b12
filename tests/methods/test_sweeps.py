"""``path`` has a front early and improves it: its sweeps become finer and longer, whatever the budget."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import L1_WEIGHTS, REFERENCE_POINT, DivergesAt, Toy, batches, setting, soft_threshold, spend

from frontsearch.comparison import Box, hypervolume
from frontsearch.front import Front
from frontsearch.methods import start
from frontsearch.methods.path import Path
from frontsearch.recipe import FromScratch, Initial, Pruning, Recipe, WarmStart
from frontsearch.trial import Status

RATE = setting().template.learning_rate
BOX = Box(low=(0.0, 0.0), high=REFERENCE_POINT)


class Fast(Toy):
    """The toy, whatever the learning rate."""

    def __call__(self, recipe):
        at_rate = replace(recipe, learning_rate=RATE)
        return replace(super().__call__(at_rate), key=recipe.key("toy"), recipe=recipe)


def weights_of(history):
    return [trial.recipe.descent.l1_weight for trial in history]


def sweeps_of(history):
    """The trials, cut before each one at a smaller l1 weight than its predecessor."""
    weights = weights_of(history)
    cuts = [0, *(n for n in range(1, len(history)) if weights[n] < weights[n - 1]), len(history)]
    return [history[a:b] for a, b in pairwise(cuts)]


def rectangles(trials):
    """Areas of the rectangles between neighbours."""
    return -np.diff([trial.objectives for trial in trials], axis=0).prod(axis=1)


def test_a_run_is_the_beginning_of_every_longer_one_but_for_its_last_training():
    longest = spend(Path(), setting(budget=100.0), Toy())
    for budget in (0.3, 1.0, 2.8, 8.0, 30.0):
        history = spend(Path(), setting(budget=budget), Toy())
        assert history[:-1] == longest[: len(history) - 1]
        assert replace(history[-1].recipe, epochs=1.0) == replace(longest[len(history) - 1].recipe, epochs=1.0)
        assert budget - 0.25 < sum(trial.epochs for trial in history) <= budget


def test_sweeps_become_finer_and_longer():
    sweeps = sweeps_of(spend(Path(), setting(budget=38.0), Fast()))
    assert [len(sweep) for sweep in sweeps] == [1 + 4, 1 + 6, 1 + 8, 1 + 11]
    assert [sweep[0].epochs for sweep in sweeps] == [0.5, 0.5, 1.0, 2.0]
    assert [{trial.epochs for trial in sweep[1:]} for sweep in sweeps[:3]] == [{0.25}, {0.5}, {1.0}]


@pytest.mark.parametrize(
    ("usual", "first", "step"), [(8.0, 4.0, 1.0), (2.0, 1.0, 0.25), (1.0, 0.5, 0.25), (0.1, 0.1, 0.1)]
)
def test_trainings_are_parts_of_the_studys_but_not_of_less_than_a_quarter_of_an_epoch(usual, first, step):
    given = replace(setting(budget=20.0), template=replace(setting().template, epochs=usual))
    assert [trial.epochs for trial in spend(Path(), given, Fast())[:2]] == [first, step]


def test_lengths_that_are_given_are_those_of_the_first_sweep():
    sweeps = sweeps_of(spend(Path(first_epochs=3.0, step_epochs=0.5), setting(budget=36.0), Fast()))
    assert [sweep[0].epochs for sweep in sweeps] == [3.0, 3.0, 6.0]
    assert [sweep[1].epochs for sweep in sweeps] == [0.5, 1.0, 2.0]


def test_a_sweep_goes_from_its_dense_network_to_the_greatest_l1_weight_and_the_dense_end_comes_last():
    least, greatest = L1_WEIGHTS
    sweeps = sweeps_of(spend(Path(beyond=1.04), setting(budget=106.0, reference_point=(100.0, 8.0)), Fast()))
    assert len(sweeps) == 5
    for number, sweep in enumerate(sweeps):
        assert weights_of(sweep[:1]) == pytest.approx([least * 20 ** (0.5**number)])
        for before, after in pairwise(sweep):
            assert after.recipe.start == WarmStart(trial=before.key)
    for sweep in sweeps:
        assert weights_of(sweep)[-1] == pytest.approx(1.04 * greatest)
    assert sweeps[0][0].recipe.start == FromScratch()
    for before, after in pairwise(sweeps):
        assert after[0].recipe.start == WarmStart(trial=before[0].key)


def test_the_first_sweep_is_even_and_later_ones_equalise_the_rectangles_between_neighbours():
    sweeps = sweeps_of(spend(Path(), setting(budget=60.0), Fast()))
    ratios = [b / a for a, b in pairwise(weights_of(sweeps[0]))]
    assert ratios == pytest.approx([ratios[0]] * 4)
    *_, last = (sweep for sweep in sweeps if len(sweep) == 1 + 11)
    even = [Toy()(setting().weighted_sum(weight, 1)) for weight in np.geomspace(*weights_of([last[0], last[-1]]), 12)]
    assert rectangles(last).sum() < 0.5 * rectangles(even).sum()
    assert rectangles(last).std() / rectangles(last).mean() < 0.5 * rectangles(even).std() / rectangles(even).mean()


@pytest.mark.parametrize("units", [1e-6, 1.0, 1e6])
def test_the_units_of_the_objectives_do_not_matter(units):
    def measured(recipe):
        ce, l1 = Fast()(recipe).objectives
        return replace(Fast()(recipe), objectives=(ce, units * l1))

    ce, l1 = REFERENCE_POINT
    history = spend(Path(), setting(budget=20.0, reference_point=(ce, units * l1)), measured)
    plain = spend(Path(), setting(budget=20.0), Fast())
    assert weights_of(history) == pytest.approx(weights_of(plain))


def test_there_is_a_front_early_and_more_of_the_exact_one_with_every_sweep():
    exact = hypervolume(np.array([soft_threshold(level) for level in np.linspace(0, 3, 3001)]), box=BOX)
    reached = [
        hypervolume(Front.of_trials(spend(Path(), setting(budget=budget), Fast())).points, box=BOX) / exact
        for budget in (1.5, 5.0, 14.0, 38.0, 106.0)
    ]
    assert reached[0] > 0.65
    assert reached == sorted(reached)
    assert reached[-1] > 0.97


def dies_from(edge):
    """The toy, but the network is dead at this l1 weight and above."""
    return lambda recipe: replace(
        Fast()(recipe),
        objectives=(REFERENCE_POINT[0], 0.0) if recipe.descent.l1_weight >= edge else Fast()(recipe).objectives,
    )


def test_a_sweep_ends_where_the_network_dies_and_later_ones_approach_that_from_below():
    edge = 0.7
    history = spend(Path(), setting(budget=106.0), dies_from(edge))
    died = {trial.key for trial in history if trial.objectives[1] == 0}
    assert not any(trial.recipe.start.trial in died for trial in history[1:])
    sweeps = sweeps_of(history)
    for sweep in sweeps:
        assert not {trial.key for trial in sweep[:-1]} & died
    at = {trial.key: trial.recipe.descent.l1_weight for trial in history}
    for number, trial in enumerate(history):
        assert all(at[trial.key] < at[before.key] for before in history[:number] if before.key in died)
    assert max(weight for weight in at.values() if weight < edge) > 0.9 * edge


def test_short_trainings_run_at_eight_times_the_studys_rate():
    assert {trial.recipe.learning_rate for trial in spend(Path(), setting(), Toy())} == {8 * RATE}


def test_a_trained_network_is_not_trained_faster_than_the_study_says():
    given, initial = setting(), Recipe(start=Initial(), epochs=0.0)
    running = start(Path(), given, initial=initial)
    running.ask()
    running.tell([Toy()(initial)])
    (first,) = running.ask()
    assert first.learning_rate == RATE


def test_after_a_divergence_a_sweep_continues_from_the_last_completed_trial_at_half_the_rate():
    history = spend(Path(), setting(budget=2.0), DivergesAt(frozenset({0, 3, 4})))
    assert [trial.recipe.learning_rate / RATE for trial in history[:6]] == [8, 4, 4, 4, 2, 1]
    starts = [getattr(trial.recipe.start, "trial", None) for trial in history[:6]]
    assert starts == [None, None, history[1].key, *[history[2].key] * 3]
    assert weights_of(history)[1] == pytest.approx(math.sqrt(L1_WEIGHTS[0] * weights_of(history)[0]))


def test_a_first_network_no_better_than_the_reference_point_is_trained_again_down_to_the_studys_rate():
    def chance(recipe):
        return replace(Fast()(recipe), objectives=(REFERENCE_POINT[0], 5.0))

    history = spend(Path(), setting(budget=4.0), chance)
    rates = [trial.recipe.learning_rate / RATE for trial in history]
    assert rates[:4] == [8, 4, 2, 1]
    assert set(rates[4:]) == {1}
    assert [trial.recipe.start for trial in history[:4]] == [FromScratch()] * 4
    assert history[4].recipe.start == WarmStart(trial=history[3].key)


def test_a_dense_training_that_does_not_lower_the_loss_halves_the_rate():
    def worse(recipe):
        ce, l1 = Fast()(recipe).objectives
        too_fast = recipe.learning_rate > 2.5 * RATE
        return replace(Fast()(recipe), objectives=(ce + too_fast * 1e-2 / recipe.descent.l1_weight, l1))

    history = spend(Path(), setting(budget=60.0), worse)
    rates = [sweep[0].recipe.learning_rate / RATE for sweep in sweeps_of(history)]
    assert rates[:3] == [8, 8, 4]
    assert set(rates[3:]) == {2}


def test_starts_are_sweeps_side_by_side_from_different_networks():
    found = list(batches(Path(starts=3), setting(budget=60.0), Fast()))
    assert {len(batch) for batch in found} == {3}
    assert len({trial.recipe.seed for trial in found[0]}) == 3
    for numbered in zip(*found, strict=True):
        keys = {trial.key for trial in numbered}
        assert all(trial.recipe.start.trial in keys for trial in numbered[1:])
    assert sum(trial.epochs for batch in found for trial in batch) == pytest.approx(60.0, abs=3 * 0.25)


@given(st.floats(0.5, 60.0), st.floats(0.1, 20.0), st.floats(0.1, 10.0), st.integers(1, 3), st.floats(0.0, 1.0))
def test_the_budget_is_spent_and_never_exceeded(budget, first, step, starts, diverging):
    path = Path(first_epochs=first, step_epochs=step, starts=starts)
    history = spend(path, setting(budget=budget), Toy(noise=0.5, diverging=diverging))
    spent = sum(trial.epochs for trial in history)
    assert spent <= budget + 1e-6
    assert spent > budget - min(first, step) * starts - 1e-6


def test_trainings_that_all_diverge_go_on_until_the_budget_is_spent():
    history = spend(Path(), setting(budget=100.0), Toy(diverging=1.0))
    assert {trial.status for trial in history} == {Status.DIVERGED}
    assert sum(trial.epochs for trial in history) == 100.0
    assert weights_of(history)[-1] == pytest.approx(L1_WEIGHTS[0])


def test_pruning_begins_no_later_than_a_training_ends():
    late = replace(setting(), template=replace(setting().template, epochs=4.0, pruning=Pruning(begin=3.0)))
    for trial in spend(Path(), late, Toy()):
        assert trial.recipe.pruning.begin == min(3.0, trial.epochs)


def test_a_short_range_of_l1_weights_is_entered_halfway():
    first = sweeps_of(spend(Path(), replace(setting(budget=2.0), l1_weights=(0.1, 0.9)), Fast()))[0][0]
    assert weights_of([first]) == pytest.approx([0.3])
