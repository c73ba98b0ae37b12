"""Hyperparameter importance of trials whose objectives are known functions of their recipes."""

from dataclasses import replace

import numpy as np
import pytest
from strategies import run_of
from toys import MIXED, Toy, configured, setting, spend

from frontsearch.comparison.importance import Importance
from frontsearch.methods import METHODS, SEARCHES
from frontsearch.methods.random_search import draw_recipe
from frontsearch.recipe import Recipe, WeightedSum
from frontsearch.space import Choice, Range, Space
from frontsearch.study.ped_anova import MIN_TRIALS, importances
from frontsearch.trial import Status, Trial

SPACE = Space(
    {
        "l1_weight": Range(low=1e-3, high=1.0, log=True),
        "learning_rate": Range(low=1e-4, high=1.0, log=True),
        "optimiser": Choice(options=["prox-sgd", "adam"]),
        "momentum": Range(low=0.0, high=0.9, only_if={"optimiser": ["prox-sgd"]}),
    }
)


def drawn(count, objectives, *, space=SPACE, seed=1):
    """Trials of recipes drawn from the space; their objectives are a function of the recipe's fields."""
    given, rng = setting(space=space, seed=seed), np.random.default_rng(seed)
    return [_trial(draw_recipe(given, rng), objectives) for _ in range(count)]


def _trial(recipe, objectives):
    found = objectives(recipe.fields())
    return Trial(
        key=recipe.key("toy"), recipe=recipe, objectives=found, metrics={}, epochs=1.0, seconds=1.0,
        status=Status.DIVERGED if found is None else Status.COMPLETE,
    )  # fmt: skip


def by_rate(fields):
    """A front along the l1 weight; only the learning rate decides how far a trial is from it."""
    miss = abs(np.log10(fields["learning_rate"]) + 2)
    return (fields["l1_weight"] + miss, 1.0 - fields["l1_weight"] + miss)


def importance(trials, *, space=SPACE, method="random"):
    (only,) = importances([run_of(trials, method=method)], space)
    return only


@pytest.mark.parametrize("seed", range(3))
def test_an_entry_that_alone_decides_the_distance_to_the_front_has_nearly_all_importance(seed):
    found = importance(drawn(200, by_rate, seed=seed))
    assert found.reason == ""
    assert set(found.shares) == set(SPACE.entries)
    assert next(iter(found.medians)) == "learning_rate"
    assert found.medians["learning_rate"] > 0.7
    assert sum(found.medians.values()) == pytest.approx(1.0)
    assert found.trainings == (200,)


def test_importance_does_not_depend_on_the_units_of_the_objectives():
    trials = drawn(100, by_rate)
    scaled = [replace(one, objectives=(8 * one.objectives[0], one.objectives[1] / 1024)) for one in trials]
    assert importance(trials) == importance(scaled)


def test_a_value_whose_condition_does_not_hold_does_not_count_as_drawn():
    # Only the optimiser matters. Momentum must not, as adam's recipes have a momentum only from the template.
    def by_optimiser(fields):
        miss = float(fields["optimiser"] == "prox-sgd")
        return (fields["l1_weight"] + miss, 1.0 - fields["l1_weight"] + miss)

    found = importance(drawn(200, by_optimiser))
    always = Space({name: replace(entry, only_if=None) for name, entry in SPACE.entries.items()})
    naive = importance(drawn(200, by_optimiser), space=always)
    assert naive.medians["momentum"] > 0.3  # the template's value counts as if it had been drawn each time
    assert found.medians["momentum"] < naive.medians["momentum"] / 2


def test_trials_that_diverged_or_lie_outside_the_space_are_left_out():
    trials = drawn(60, by_rate)
    dense = replace(trials[0].recipe, descent=WeightedSum(l1_weight=0.0))
    outside = [_trial(replace(dense, seed=seed), lambda _: (0.0, 0.0)) for seed in range(20)]
    diverged = drawn(20, lambda _: None, seed=2)
    assert importance([*outside, *trials, *diverged]) == importance(trials)


def test_too_few_trials_have_no_importance():
    trials = drawn(MIN_TRIALS, by_rate)
    assert importance(trials).reason == ""
    assert importance(trials[:-1]) == Importance(
        method="random", shares={}, trainings=(),
        reason="Only 19 trials of the search space completed; importance needs at least 20.",
    )  # fmt: skip
    assert importance([]).reason.startswith("Only 0 trials")


def test_importance_needs_two_entries_that_were_varied():
    one = Space({"l1_weight": SPACE.entries["l1_weight"]})
    found = importance(drawn(50, by_rate, space=one), space=one)
    assert found.reason == "Only l1_weight was varied, so there is no importance to compare."
    still = importance([_trial(Recipe(descent=WeightedSum(l1_weight=0.1), learning_rate=0.1), by_rate)] * 50, space=one)
    assert still.reason == "No hyperparameter was varied, so there is no importance to compare."


def test_shares_are_listed_by_repeat_without_repeats_that_have_none():
    runs = [run_of(drawn(count, by_rate, seed=count), repeat=repeat) for repeat, count in enumerate((60, 5, 80))]
    (found,) = importances(runs, SPACE)
    alone = [importance(run.trials) for run in (runs[0], runs[2])]
    assert found.trainings == (60, 80)
    for name, shares in found.shares.items():
        assert shares == tuple(one.shares[name][0] for one in alone)
        assert found.medians[name] == pytest.approx(sum(shares) / 2)


def test_only_methods_that_draw_from_the_space_have_an_importance():
    runs = [run_of(drawn(30, by_rate), method=method) for method in METHODS]
    assert [found.method for found in importances(runs, SPACE)] == [name for name in METHODS if name in SEARCHES]
    assert METHODS.keys() >= SEARCHES


@pytest.mark.parametrize("name", sorted(METHODS))
def test_exactly_those_methods_vary_the_entries_of_the_space(name):
    trials = spend(configured()[name], setting(budget=30.0), Toy())
    values = [MIXED.active(trial.recipe.fields()) for trial in trials if trial.recipe.fields()["l1_weight"]]
    varied = {entry for entry in MIXED.entries if len({one.get(entry) for one in values}) > 1}
    assert (varied >= {"l1_weight", "learning_rate", "optimiser", "batch_size"}) == (name in SEARCHES)
