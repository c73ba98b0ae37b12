"""``one-cycle`` prunes networks from scratch, side by side, and trains each on with the zeros it then has."""

from dataclasses import replace
from itertools import pairwise

import pytest
from toys import Toy, batches, setting

from frontsearch.methods.one_cycle import OneCycle
from frontsearch.recipe import FromScratch, Pruning, WarmStart, WeightedSum


@pytest.mark.parametrize(("budget", "points"), [(30.0, 6), (6.0, 6), (5.9, 5), (2.0, 2), (0.5, 1)])
def test_sparsities_share_the_budget_evenly_with_at_least_an_epoch_each(budget, points):
    rising, falling = batches(OneCycle(ramp=0.25), setting(budget=budget), Toy())
    assert [trial.recipe.epochs for trial in rising] == pytest.approx([0.25 * budget / points] * points)
    assert [trial.recipe.epochs for trial in falling] == pytest.approx([0.75 * budget / points] * points)
    left = [1 - trial.recipe.pruning.sparsity for trial in rising]
    assert left[0] == pytest.approx(0.2)
    if points > 1:
        assert left[-1] == pytest.approx(0.01)
        assert [b / a for a, b in pairwise(left)] == pytest.approx([0.05 ** (1 / (points - 1))] * (points - 1))


def test_the_sparsity_rises_at_a_constant_rate_and_the_zeros_stay_while_the_rate_falls():
    template = replace(setting().template, pruning=Pruning(threshold=0.1, begin=1.0))
    rising, falling = batches(OneCycle(points=3, every=7), replace(setting(), template=template), Toy())
    for first, second in zip(rising, falling, strict=True):
        for trial in (first, second):
            assert trial.recipe.descent == WeightedSum(l1_weight=0.0)
        ramp, tuning = first.recipe, second.recipe
        assert replace(ramp.pruning, sparsity=0.5) == Pruning(sparsity=0.5, ramp="linear", every=7, regrow=False)
        assert (ramp.start, ramp.learning_rate_schedule) == (FromScratch(), "constant")
        assert tuning.pruning == Pruning(regrow=False)
        assert tuning.start == WarmStart(trial=first.key, optimiser=True)
        assert tuning.learning_rate_schedule == template.learning_rate_schedule


def test_pruning_of_the_study_that_begins_after_a_networks_training_is_left_out():
    template = replace(setting().template, epochs=9.0, pruning=Pruning(threshold=0.1, begin=8.0))
    rising, falling = batches(OneCycle(), replace(setting(budget=18.0), template=template), Toy())
    assert {trial.recipe.pruning.begin for trial in (*rising, *falling)} == {0.0}


def test_a_training_that_diverged_begins_again():
    rising, falling = batches(OneCycle(points=3), setting(), Toy(diverging=1.0))
    assert [trial.recipe.start for trial in falling] == [FromScratch()] * 3
    assert [trial.recipe.pruning for trial in falling] == [trial.recipe.pruning for trial in rising]
