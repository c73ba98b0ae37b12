"""``pf-smg`` keeps a list of networks and descends from the ends of its widest gaps and from both ends of the list."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import trials_of
from toys import Toy, batches, setting

from frontsearch.front import Front
from frontsearch.methods.pf_smg import PfSmg, thin
from frontsearch.recipe import FromScratch, MultiGradient, Pruning, WarmStart, WeightedSum

steps = st.tuples(st.integers(1, 70), st.integers(1, 70))  # to the right and down
NOISY = Toy(noise=0.3)  # descents at the same scale differ, so the list grows


def parents(batch):
    return [trial.recipe.start.trial for trial in batch]


@given(st.lists(steps, max_size=20))
def test_thinning_keeps_the_ends_and_drops_points_near_the_last_one_kept(moves):
    corners = [(0, 30_000), *((x, 30_000 - y) for x, y in np.cumsum(moves, axis=0)), (30_000, 0)] if moves else [(0, 1)]
    points = trials_of(corners)
    values = np.array([trial.objectives for trial in points])
    reach = np.abs(values[-1] - values[0]) / 1000  # one thousandth of each range
    kept = thin(points)
    keys = [trial.key for trial in kept]
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    last = values[0]
    for trial, value in list(zip(points, values, strict=True))[1:-1]:
        far = (np.abs(value - last) > reach * (1 + 1e-9)).any()
        near = (np.abs(value - last) < reach * (1 - 1e-9)).all()
        assert not (far and trial.key not in keys)
        assert not (near and trial.key in keys)
        last = value if trial.key in keys else last


def test_the_first_batch_trains_the_scales_from_scratch_at_the_templates_length():
    first = next(batches(PfSmg(start=5, low=0.2, high=2.0), setting(), NOISY))
    assert [trial.recipe.descent.l1_scale for trial in first] == pytest.approx(np.geomspace(2.0, 0.2, 5))
    assert {trial.recipe.start for trial in first} == {FromScratch()}
    assert {trial.recipe.epochs for trial in first} == {1.0}


@pytest.mark.parametrize("runs", [1, 2])
def test_a_round_starts_from_the_ends_of_the_widest_gaps_and_from_both_ends_of_the_list(runs):
    method = PfSmg(holes=2, runs=runs, shrink=0.0625)
    history = list(batches(method, setting(budget=24.0), NOISY))
    points = ()
    for batch, following in pairwise(history):
        points = thin(Front.of_trials([*points, *batch]).trials)
        gaps = sorted(pairwise(points), key=lambda pair: -length(pair, points))[:2]
        ends = {trial.key: trial for pair in gaps for trial in pair}
        if len(following) < len(ends) * runs + 2:
            continue  # the budget's last
        *between, along_loss, along_l1 = following
        assert sorted(parents(between)) == sorted(key for key in ends for _ in range(runs))
        for trial in between:
            assert trial.recipe.descent == MultiGradient(l1_scale=scale_of(ends[trial.recipe.start.trial], method))
            assert trial.recipe.start == WarmStart(trial=trial.recipe.start.trial)
        assert along_loss.recipe.start == WarmStart(trial=points[0].key)
        assert along_loss.recipe.descent == WeightedSum(l1_weight=0.0)
        assert along_l1.recipe.start == WarmStart(trial=points[-1].key, shrink=0.0625)
        assert along_l1.recipe.descent == MultiGradient(l1_scale=scale_of(points[-1], method))
    assert len(history) > 4


def length(pair, points):
    """Length of a gap, in units of the list's ranges."""
    span = np.subtract(points[-1].objectives, points[0].objectives)
    return float(np.hypot(*(np.subtract(pair[1].objectives, pair[0].objectives) / span)))


def scale_of(trial, method):
    descent = trial.recipe.descent
    return descent.l1_scale if isinstance(descent, MultiGradient) else method.high


def test_the_step_size_decays_from_round_to_round_and_the_descents_are_short():
    method = PfSmg(learning_rate=0.5, decay=0.5, descent_epochs=0.25, momentum=0.75)
    history = list(batches(method, setting(budget=20.0), NOISY))
    for number, batch in enumerate(history):
        assert {trial.recipe.learning_rate for trial in batch} == {0.5 * 0.5**number}
        assert {trial.recipe.momentum for trial in batch} == {0.75}
        assert {trial.recipe.epochs for trial in batch} == {0.25 if number else 1.0}
    assert len(history) > 4


def test_pruning_begins_no_later_than_a_descent_ends():
    late = replace(setting(), template=replace(setting().template, pruning=Pruning(threshold=0.1, begin=0.75)))
    first, second, *_ = batches(PfSmg(), late, NOISY)
    assert {trial.recipe.pruning.begin for trial in first} == {0.75}
    assert {trial.recipe.pruning.begin for trial in second} == {0.5}


@pytest.mark.parametrize("biased", [False, True])
def test_no_descent_starts_from_a_dead_network(biased):
    dead = set()
    for batch in batches(PfSmg(), setting(budget=24.0), Toy(noise=0.3, cliff=0.5, biased=biased)):
        starts = {trial.recipe.start for trial in batch}
        assert not {getattr(start, "trial", None) for start in starts} & dead
        dead |= {trial.key for trial in batch if trial.objectives[1] == 0}
    assert dead


@pytest.mark.parametrize("toy", [Toy(diverging=1.0), Toy(cliff=10.0)], ids=["diverged", "dead"])
def test_an_empty_list_is_started_again_from_new_networks(toy):
    history = list(batches(PfSmg(), setting(budget=12.0), toy))
    assert [len(batch) for batch in history] == [4, 4, 4]
    assert {trial.recipe.start for batch in history for trial in batch} == {FromScratch()}
    assert len({trial.recipe.seed for batch in history for trial in batch}) == 12
