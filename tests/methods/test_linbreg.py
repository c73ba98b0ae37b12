"""``linbreg`` is one long training, divided into phases of growth and of training with fixed zeros."""

from itertools import pairwise

import pytest
from toys import DivergesAt, Toy, setting, spend

from frontsearch.methods.linbreg import LinBreg
from frontsearch.recipe import FromScratch, Pruning, WarmStart

METHOD = LinBreg(points=3, sparsest=0.01, densest=0.25, l1_weight=0.3, frozen=0.5, learning_rate=0.125)


def test_each_training_continues_with_the_weights_and_optimiser_state_of_the_previous_one():
    trials = spend(METHOD, setting(budget=6.0), Toy())
    assert len(trials) == 6
    assert trials[0].recipe.start == FromScratch(density=0.01)
    for before, after in pairwise(trials):
        assert after.recipe.start == WarmStart(trial=before.key, optimiser=True)


def test_growth_to_each_density_alternates_with_training_of_the_nonzero_weights():
    recipes = [trial.recipe for trial in spend(METHOD, setting(budget=6.0), Toy())]
    assert [recipe.epochs for recipe in recipes] == pytest.approx([1.0] * 6)
    assert [1 - recipe.pruning.sparsity for recipe in recipes[::2]] == pytest.approx([0.01, 0.05, 0.25])
    assert all(recipe.pruning.regrow for recipe in recipes[::2])
    assert all(recipe.learning_rate_schedule == "constant" for recipe in recipes[::2])
    assert [recipe.pruning for recipe in recipes[1::2]] == [Pruning(regrow=False)] * 3
    assert {recipe.learning_rate_schedule for recipe in recipes[1::2]} == {setting().template.learning_rate_schedule}
    assert {(recipe.optimiser, recipe.learning_rate, recipe.descent.l1_weight) for recipe in recipes} == {
        ("linbreg", 0.125, 0.3)
    }


def test_without_frozen_phases_it_only_grows():
    recipes = [trial.recipe for trial in spend(LinBreg(points=3, frozen=0.0), setting(budget=6.0), Toy())]
    assert [recipe.epochs for recipe in recipes] == pytest.approx([2.0] * 3)
    assert all(recipe.pruning.sparsity > 0 for recipe in recipes)


def test_after_a_divergence_a_new_network_of_the_same_density_grows_for_as_long():
    trials = spend(METHOD, setting(budget=6.0), DivergesAt(frozenset({2, 5})))
    starts = [trial.recipe.start for trial in trials]
    assert starts[3].density == pytest.approx(0.05)
    assert trials[3].recipe.pruning == trials[2].recipe.pruning
    assert starts[4] == WarmStart(trial=trials[3].key, optimiser=True)
    assert sum(trial.epochs for trial in trials) == pytest.approx(6.0)
