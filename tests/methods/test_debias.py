"""Debiasing takes a share of a method's budget and trains networks of its front further with their zeros fixed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import trials_of
from toys import Toy, batches, configured, setting, spend

from frontsearch.front import Front
from frontsearch.methods import METHODS, Debias, Debiased, start
from frontsearch.methods.debias import evenly_spaced
from frontsearch.methods.weighted_grid import WeightedGrid
from frontsearch.recipe import Pruning, WarmStart, WeightedSum

OPTIONS = Debias(share=0.25, epochs=0.5, learning_rate=0.125)


def parts(method, given, toy, *, options=OPTIONS):
    """The trials of the method, and those of the debiasing after it."""
    history = spend(Debiased(method=method, options=options), given, toy)
    after = [
        trial for trial in history if trial.recipe.pruning == Pruning(regrow=False) and is_debiasing(trial, options)
    ]
    assert history[len(history) - len(after) :] == after
    return history[: len(history) - len(after)], after


def is_debiasing(trial, options):
    return (trial.recipe.optimiser, trial.recipe.learning_rate) == ("adam", options.learning_rate)


@pytest.mark.parametrize("toy", [Toy(), Toy(noise=0.3, diverging=0.3), Toy(cliff=0.2, biased=True)])
@pytest.mark.parametrize("method", configured().values(), ids=configured())
def test_after_any_method_its_share_of_the_budget_is_spent_on_networks_of_its_front(method, toy):
    history, after = parts(method, setting(budget=24.0), toy)
    alone = spend(method, setting(budget=18.0), toy)  # three quarters of the budget
    assert [trial.recipe for trial in history] == [trial.recipe for trial in alone]
    points = {trial.key: trial for trial in Front.of_trials(history).trials if trial.objectives[1] > 0}
    left = 24.0 - sum(trial.epochs for trial in history)
    assert len(after) == min(len(points), int(left / 0.5 + 1e-9))
    parents = [trial.recipe.start.trial for trial in after]
    assert len(set(parents)) == len(parents)
    assert set(parents) <= set(points)
    if len(parents) > 1:
        assert {next(iter(points)), next(reversed(points))} <= set(parents)
    seeds = {trial.recipe.seed for trial in [*history, *after]}
    assert len(seeds) == len(history) + len(after)


def test_a_debiasing_trains_a_network_further_by_adam_without_l1_and_with_its_zeros_fixed():
    template = replace(setting().template, pruning=Pruning(threshold=0.1, begin=1.0))
    history, after = parts(WeightedGrid(), replace(setting(budget=8.0), template=template), Toy())
    assert len(history) == 6
    assert len(after) == 4
    keys = {trial.key for trial in history}
    for trial in after:
        recipe = trial.recipe
        assert recipe.start.trial in keys
        assert recipe.start == WarmStart(trial=recipe.start.trial)
        assert recipe.descent == WeightedSum(l1_weight=0.0)
        assert (recipe.optimiser, recipe.learning_rate, recipe.epochs) == ("adam", 0.125, 0.5)
        assert recipe.pruning == Pruning(regrow=False)
        assert recipe.learning_rate_schedule == template.learning_rate_schedule


def test_a_share_of_the_networks_nonzeros_is_kept():
    dense = replace(Toy()(setting().weighted_sum(0.1, 1)), metrics={"nonzeros": 50, "prunable": 200})
    running = start(Debiased(method=Once(), options=Debias(keep=0.8)), setting())
    (asked,) = running.ask()
    running.tell([replace(dense, recipe=asked, key=asked.key("toy"))])
    (recipe,) = running.ask()
    assert recipe.pruning == Pruning(sparsity=1 - 40 / 200, ramp="cubic", every=20, regrow=False)
    assert round(recipe.pruning.sparsity * 200) == 160


@pytest.mark.parametrize("keep", [1e-17, 1e-3])
def test_at_least_one_weight_is_kept(keep):
    dense = replace(Toy()(setting().weighted_sum(0.1, 1)), metrics={"nonzeros": 50, "prunable": 200})
    running = start(Debiased(method=Once(), options=Debias(keep=keep)), setting())
    (asked,) = running.ask()
    running.tell([replace(dense, recipe=asked, key=asked.key("toy"))])
    (recipe,) = running.ask()
    assert round(recipe.pruning.sparsity * 200) == 199


def test_trainings_by_linbreg_to_a_sparsity_are_debiased_by_adam():
    template = replace(
        setting().weighted_sum(0.1, 1), optimiser="linbreg", pruning=Pruning(sparsity=0.5), learning_rate=0.1
    )
    _, after = parts(WeightedGrid(), replace(setting(), template=template), Toy())
    assert {trial.recipe.optimiser for trial in after} == {"adam"}


class Once:
    """A method that asks for one training."""

    def search(self, setting):
        """One batch."""
        yield [setting.weighted_sum(0.1, 1)]


def test_debiasing_is_the_last_batch():
    sizes = [len(batch) for batch in batches(Debiased(method=WeightedGrid(), options=Debias()), setting(), Toy())]
    assert sizes == [32, 8]


@given(st.integers(0, 40), st.integers(0, 50))
def test_chosen_networks_are_evenly_spaced_and_include_both_ends(size, count):
    points = trials_of([(number, 50 - number) for number in range(size)])
    chosen = [int(trial.objectives[0]) for trial in evenly_spaced(points, count)]
    assert len(chosen) == min(size, count)
    assert chosen == sorted(set(chosen))
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, size - 1)
        steps = np.diff(chosen)
        assert steps.max() - steps.min() <= 1


def test_dead_networks_are_left_out():
    _, after = parts(WeightedGrid(), replace(setting(), l1_weights=(0.1, 30.0)), Toy())
    history, _ = parts(WeightedGrid(), replace(setting(), l1_weights=(0.1, 30.0)), Toy())
    dead = {trial.key for trial in history if trial.objectives[1] == 0}
    assert dead & {trial.key for trial in Front.of_trials(history).trials}
    assert after
    assert not dead & {trial.recipe.start.trial for trial in after}


@pytest.mark.parametrize("toy", [Toy(diverging=1.0), Toy(cliff=10.0)], ids=["diverged", "dead"])
def test_the_run_ends_when_there_is_nothing_to_debias(toy):
    _, after = parts(METHODS["smgd"](), setting(budget=12.0), toy)
    assert after == []


def test_budget_that_a_method_leaves_is_spent_on_debiasing():
    history, after = parts(
        METHODS["dichotomic"](tolerance=0.3), setting(budget=40.0), Toy(), options=Debias(epochs=1.0)
    )
    assert len(history) < 30
    assert len(after) == min(len(history), 40 - len(history))


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("share", 0.0, "in (0, 1)"),
        ("share", 1.0, "in (0, 1)"),
        ("keep", 0.0, "in (0, 1]"),
        ("keep", 1.5, "in (0, 1]"),
        ("epochs", 0.0, "finite and positive, from 1e-30 to 1e+30"),
        ("learning_rate", math.inf, "finite and positive, from 1e-30 to 1e+30"),
    ],
)
def test_an_option_out_of_range_raises_an_error_that_names_it(option, value, rule):
    with pytest.raises(ValueError, match="must be") as caught:
        Debias(**{option: value})
    assert str(caught.value) == f"`{option}` must be {rule}; found {value!r}."
