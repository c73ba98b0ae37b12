"""``adabreg`` is one long training, divided into trials."""

from dataclasses import replace
from itertools import pairwise

from toys import DivergesAt, Toy, batches, setting, spend

from frontsearch.methods.adabreg import AdaBreg
from frontsearch.recipe import FromScratch, Pruning, WarmStart, WeightedSum

METHOD = AdaBreg(density=0.05, l1_weight=0.3, learning_rate=0.125, step_epochs=0.5)


def test_each_training_continues_with_the_weights_and_optimiser_state_of_the_previous_one():
    history = list(batches(METHOD, setting(budget=6.0), Toy()))
    assert [len(batch) for batch in history] == [1] * 12
    (first,), *rest = history
    assert first.recipe.start == FromScratch(density=0.05)
    for (before,), (after,) in pairwise([[first], *rest]):
        assert after.recipe.start == WarmStart(trial=before.key, optimiser=True)


def test_its_recipes_have_its_options_and_no_pruning_that_would_keep_weights_at_zero():
    template = replace(setting().template, pruning=Pruning(threshold=0.1, regrow=False, begin=1.0))
    for trial in spend(METHOD, replace(setting(budget=3.0), template=template), Toy()):
        recipe = trial.recipe
        assert recipe.descent == WeightedSum(l1_weight=0.3)
        assert (recipe.optimiser, recipe.learning_rate, recipe.epochs) == ("adabreg", 0.125, 0.5)
        assert (recipe.learning_rate_schedule, recipe.pruning) == ("constant", Pruning())


def test_after_a_divergence_it_starts_again_from_a_new_network():
    history = spend(METHOD, setting(budget=3.0), DivergesAt(frozenset({0, 3})))
    starts = [trial.recipe.start for trial in history]
    fresh = FromScratch(density=0.05)
    on = [WarmStart(trial=trial.key, optimiser=True) for trial in history]
    assert starts == [fresh, fresh, on[1], on[2], fresh, on[4]]
    assert len({trial.recipe.seed for trial in history}) == 6


def test_a_budget_below_one_step_pays_for_a_shorter_step():
    (trial,) = spend(METHOD, setting(budget=0.25), Toy())
    assert trial.epochs == 0.25
