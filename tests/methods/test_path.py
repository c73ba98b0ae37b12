"""A planned ``path`` goes from dense to sparse, one training after another, and spends its budget."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import L1_WEIGHTS, REFERENCE_POINT, DivergesAt, Toy, batches, setting, spend

from frontsearch.front import Front
from frontsearch.methods.path import Path
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart
from frontsearch.trial import Trial

UP = {"sweep": 1.0, "first_epochs": 8.0, "step_epochs": 3.0}  # only the sweep


def weights_of(history):
    return [trial.recipe.descent.l1_weight for trial in history]


def sweep_of(history):
    """The trials before the first one at a smaller l1 weight than its predecessor."""
    weights = weights_of(history)
    back = next((n for n in range(1, len(history)) if weights[n] < weights[n - 1]), len(history))
    return history[:back]


def test_epochs_that_are_not_given_are_shares_of_the_budget():
    lengths = [trial.epochs for trial in spend(Path(sweep=0.8), setting(budget=40.0), Toy())]
    assert lengths[0] == 8.0
    assert set(lengths[1:]) == {2.0}
    assert sum(lengths) == 40.0


@pytest.mark.parametrize(("usual", "least"), [(1.0, 0.25), (0.1, 0.1)])
def test_steps_of_many_starts_are_no_shorter_than_those_of_quick_sweeps(usual, least):
    given = setting(budget=6.0)
    given = replace(given, template=replace(given.template, epochs=usual))
    history = spend(Path(sweep=0.8, starts=4), given, Toy())
    assert min(trial.recipe.epochs for trial in history) == pytest.approx(least)


def test_44_epochs_are_one_training_of_8_and_12_of_3():
    history = spend(Path(sweep=0.8, first_epochs=8.0, step_epochs=3.0), setting(budget=44.0), Toy())
    assert [trial.recipe.epochs for trial in history] == [8.0] + [3.0] * 12


@pytest.mark.parametrize("budget", [8.0, 9.0, 11.0, 44.0, 144.5])
def test_a_sweep_ascends_evenly_in_the_logarithm_one_training_a_batch(budget):
    history = list(batches(Path(**UP), setting(budget=budget, reference_point=(100.0, 8.0)), Toy()))
    assert {len(batch) for batch in history} == {1}
    weights = weights_of(trial for (trial,) in history)
    assert weights[0] == L1_WEIGHTS[0]
    if len(weights) > 1:
        assert weights[-1] == pytest.approx(L1_WEIGHTS[1])
        ratio = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / (len(weights) - 1))
        assert [b / a for a, b in pairwise(weights)] == pytest.approx([ratio] * (len(weights) - 1))


def test_the_path_ends_at_a_multiple_of_the_greatest_weight():
    history = spend(Path(**UP, beyond=3), setting(budget=44.0), Toy())
    assert weights_of(history)[0] == L1_WEIGHTS[0]
    assert weights_of(history)[-1] == pytest.approx(3 * L1_WEIGHTS[1])


def unevenness(trials):
    """Relative deviation of the distances between neighbours on the front, in ideal-nadir units."""
    points = Front.of_trials(trials).points
    lengths = np.linalg.norm(np.diff(points / np.ptp(points, axis=0), axis=0), axis=1)
    return lengths.std() / lengths.mean()


def test_filling_gaps_spaces_points_more_evenly_than_a_grid_of_the_same_size():
    plain = setting(budget=60.0)
    history = spend(Path(sweep=0.3, first_epochs=1, step_epochs=1), plain, Toy())
    grid = np.geomspace(*L1_WEIGHTS, num=len(history))
    assert unevenness(history) < 0.5 * unevenness([Toy()(plain.weighted_sum(weight, 1)) for weight in grid])


def test_each_step_of_a_sweep_starts_from_the_previous_one():
    history = spend(Path(**UP), setting(budget=44.0), Toy())
    assert history[0].recipe.start == FromScratch()
    for before, after in pairwise(history):
        assert after.recipe.start == WarmStart(trial=before.key)
        assert after.recipe.learning_rate == setting().template.learning_rate


@dataclass(frozen=True)
class DeadFrom:
    """The toy, but the network is dead at this l1 weight and above."""

    weight: float

    def __call__(self, recipe: Recipe) -> Trial:
        trial = Toy()(recipe)
        return (
            replace(trial, objectives=(REFERENCE_POINT[0], 0.0)) if recipe.descent.l1_weight >= self.weight else trial
        )


def test_a_step_that_kills_the_network_is_undone_and_halved_until_the_edge_is_found():
    edge = 0.7
    history = sweep_of_one(DeadFrom(edge), budget=600.0)
    died = {trial.key for trial in history if trial.objectives[1] == 0}
    assert len(died) == 5  # steps of 1, 1/2, 1/4, 1/8 and 1/16
    last = max(number for number, trial in enumerate(history) if trial.key in died)
    assert weights_of(history[last + 1 : last + 2]) == [L1_WEIGHTS[0]]  # the rest of the budget goes back
    history = history[: last + 1]
    for before, after in pairwise(history):
        assert after.recipe.start.trial not in died
        if before.key in died:
            assert weights_of([after])[0] < weights_of([before])[0]
    even = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / 150)
    assert max(weight for weight in weights_of(history) if weight < edge) > edge / even**0.25


def test_a_step_that_loses_too_much_is_undone_and_halved_and_the_sweep_continues_beyond_the_cliff():
    cliff = 0.05  # above which cross entropy is a third of the corner's higher at once

    def steep(recipe):
        ce, l1 = Toy()(recipe).objectives
        return replace(Toy()(recipe), objectives=(ce + REFERENCE_POINT[0] / 3 * (recipe.descent.l1_weight > cliff), l1))

    history = sweep_of_one(steep, budget=108.0)
    weights = weights_of(history)
    even = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / 25)
    nearest = max(weight for weight in weights if weight <= cliff), min(weight for weight in weights if weight > cliff)
    assert nearest[1] / nearest[0] < even**0.5
    for before, after in pairwise(history):
        if weights_of([before])[0] > weights_of([after])[0]:
            assert after.recipe.start == before.recipe.start
    assert weights[-1] == pytest.approx(L1_WEIGHTS[1])


def sweep_of_one(toy, budget):
    return spend(Path(**{**UP, "step_epochs": 4.0}), setting(budget=budget), toy)[: int((budget - 8) / 4) + 1]


def test_the_rest_of_the_budget_goes_to_the_dense_end_and_then_into_the_widest_gap():
    history = spend(Path(sweep=0.6, first_epochs=8.0, step_epochs=3.0), setting(budget=80.0), Toy())
    sweep = sweep_of(history)
    assert sum(trial.epochs for trial in sweep) <= 0.6 * 80
    dense_end, *filling = history[len(sweep) :]
    assert weights_of([dense_end]) == [L1_WEIGHTS[0]]
    assert dense_end.recipe.start == WarmStart(trial=Front.of_trials(sweep).trials[0].key)
    assert filling
    for number, trial in enumerate(filling, start=len(sweep) + 1):
        dense, sparse = Front.of_trials(history[:number]).gaps()[0]
        assert trial.recipe.start == WarmStart(trial=dense.key)
        ends = weights_of([dense, sparse])
        assert weights_of([trial]) == pytest.approx([math.sqrt(ends[0] * ends[1])])


def test_a_gap_that_stays_open_is_not_filled_twice():
    history = spend(Path(sweep=0.5, first_epochs=1, step_epochs=1), setting(budget=60.0), Toy(noise=0.3))
    back = history[len(sweep_of(history)) :]
    middles = [(trial.recipe.start.trial, trial.recipe.descent.l1_weight) for trial in back]
    # Its sparser end may be trained again, and then stands at the same l1 weight.
    assert len(set(middles)) >= 0.9 * len(middles)


def test_the_dense_end_and_the_gaps_take_turns_for_as_long_as_cross_entropy_falls():
    calls = []

    def improving(recipe):
        calls.append(recipe)
        ce, l1 = Toy()(recipe).objectives
        again = recipe.descent.l1_weight == L1_WEIGHTS[0] and len(calls) > 1
        return replace(Toy()(recipe), objectives=(-float(min(len(calls), 20)) if again else ce, l1))

    history = spend(Path(sweep=0.5, first_epochs=8.0, step_epochs=3.0), setting(budget=110.0), improving)
    back = history[len(sweep_of(history)) :]
    dense = [weights_of([trial]) == [L1_WEIGHTS[0]] for trial in back]
    fell = next(number for number, trial in enumerate(back) if trial.objectives[0] == -20.0)  # the lowest
    assert fell > 2
    assert dense[: fell + 1] == [number % 2 == 0 for number in range(fell + 1)]
    assert sum(dense[fell + 1 :]) == 1


def test_starts_are_sweeps_side_by_side_from_different_networks():
    found = list(
        batches(
            Path(starts=3, first_epochs=2, step_epochs=1, sweep=0.8),
            setting(budget=60.0, reference_point=(100.0, 8.0)),
            Toy(),
        )
    )
    sweeps = [batch for batch in found if len(batch) == 3]
    assert [trial.recipe.epochs for trial in sweeps[0]] == [2.0] * 3
    assert len({trial.recipe.seed for trial in sweeps[0]}) == 3
    for before, after in pairwise(sweeps):
        assert [trial.recipe.start.trial for trial in after] == [trial.key for trial in before]
    assert sum(trial.epochs for batch in found for trial in batch) == pytest.approx(60.0)


def test_after_a_divergence_a_sweep_continues_from_the_last_completed_trial_at_half_the_rate():
    history = spend(Path(**UP), setting(budget=26.0), DivergesAt(frozenset({2, 3, 5})))
    rate = setting().template.learning_rate
    assert [trial.recipe.learning_rate / rate for trial in history] == [1, 1, 1, 0.5, 0.25, 0.25, 0.125]
    starts = [getattr(trial.recipe.start, "trial", None) for trial in history]
    assert starts == [
        None,
        history[0].key,
        history[1].key,
        history[1].key,
        history[1].key,
        history[4].key,
        history[4].key,
    ]


def test_if_the_first_training_diverges_the_second_starts_from_scratch():
    history = spend(Path(**UP), setting(budget=14.0), DivergesAt(frozenset({0})))
    assert history[1].recipe.start == FromScratch()
    assert history[2].recipe.start == WarmStart(trial=history[1].key)


@given(st.floats(0.5, 60.0), st.floats(0.1, 20.0), st.floats(0.1, 10.0), st.floats(0.1, 1.0), st.integers(1, 3))
def test_the_budget_is_spent_and_never_exceeded(budget, first, step, sweep, starts):
    options = {"first_epochs": first, "step_epochs": step, "sweep": sweep, "starts": starts}
    history = spend(Path(**options), setting(budget=budget), Toy())
    spent = sum(trial.epochs for trial in history)
    assert spent <= budget + 1e-6
    assert spent > budget - step * starts - 1e-6


def test_a_fractional_budget_pays_for_every_training_it_covers():
    history = spend(Path(sweep=0.8, first_epochs=0.1, step_epochs=0.1), setting(budget=0.3), Toy())
    assert len(history) == 3


def test_pruning_begins_no_later_than_a_step_ends():
    late = replace(setting(), template=replace(setting().template, epochs=20.0, pruning=Pruning(begin=5.0)))
    history = spend(Path(sweep=0.8, first_epochs=8.0, step_epochs=3.0), late, Toy())
    assert [trial.recipe.pruning.begin for trial in history[:3]] == [5.0, 3.0, 3.0]
