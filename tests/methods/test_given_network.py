"""A task's trained network is evaluated first and costs nothing; targets are relative to it, too."""

from dataclasses import replace
from math import isnan

import pytest
from test_aiming import GMP, INCREASE, PATH, PRUNABLE, SPARSITY, Network, at
from toys import Toy, setting

from frontsearch.measures import Measure
from frontsearch.methods import start
from frontsearch.methods.weighted_grid import WeightedGrid
from frontsearch.recipe import Initial, Recipe, WarmStart
from frontsearch.target import Target

INITIAL = Recipe(start=Initial(), epochs=0.0)
BETTER = 0.004  # error of the network given: less than any training attains here


class Given(Network):
    """The toy of ``test_aiming`` with a network that was trained before."""

    def __call__(self, recipe):
        trial = super().__call__(recipe)
        if not isinstance(recipe.start, Initial):
            return trial
        known = {"nonzeros": PRUNABLE, "prunable": PRUNABLE, "validation_error": BETTER}
        trial = replace(trial, objectives=(BETTER, float(PRUNABLE)), metrics=known)
        self.trials[trial.key] = trial
        return trial


def ran(method, found, evaluate, *, initial=INITIAL):
    """All trials of a run that begins with the given network."""
    running, trials = start(method, found, initial=initial), []
    while sum(trial.epochs for trial in trials) < found.budget - 1e-9 and (asked := running.ask()):
        batch = [evaluate(recipe) for recipe in asked]
        trials += batch
        running.tell(batch)
    return trials


def test_the_network_given_comes_first_and_is_not_told_to_the_method():
    plain, given = (ran(WeightedGrid(), setting(budget=8.0), Toy(), initial=initial) for initial in (None, INITIAL))
    assert given[0].recipe == INITIAL
    assert [trial.recipe for trial in given[1:]] == [trial.recipe for trial in plain]


def smallest_within(trials, increase):
    """The smallest size whose error is at most so much above the lowest of all."""
    errors = [trial.metrics["validation_error"] for trial in trials]
    limit = min(errors) + increase + 1e-9
    return min(trial.metrics["nonzeros"] for trial, error in zip(trials, errors, strict=True) if error <= limit)


@pytest.mark.parametrize("method", [PATH, GMP], ids=["path", "gmp"])
def test_an_error_increase_counts_from_the_network_given_if_that_is_the_best(method):
    target = at(replace(INCREASE, value=1.0), budget=60.0)  # an error of 0.014, which 250 nonzeros have
    given, plain = ran(method, target, Given()), ran(method, target, Network(), initial=None)
    assert 250 <= smallest_within(given, 0.01) < 330
    assert min(trial.metrics["nonzeros"] for trial in given) < 250
    assert smallest_within(plain, 0.01) < 130


@pytest.mark.parametrize("method", [PATH, GMP], ids=["path", "gmp"])
def test_if_every_training_is_worse_than_allowed_the_last_ones_stay_close_to_the_network_given(method):
    trials = ran(method, at(Target(metric="error_increase", value=0.3), budget=60.0), Given())
    assert min(trial.metrics["nonzeros"] for trial in trials[-5:]) >= PRUNABLE / 2


def test_if_every_training_of_a_path_diverges_the_network_given_is_pruned_to_the_size():
    class Failing(Given):
        def __call__(self, recipe):
            self.diverging = 0.0 if isinstance(recipe.start, Initial) or recipe.pruning.sparsity else 1.0
            return super().__call__(recipe)

    trials = ran(PATH, at(SPARSITY, budget=30.0), Failing())
    pruned = [trial for trial in trials if trial.recipe.pruning.sparsity]
    assert pruned[0].recipe.start == WarmStart(trial=trials[0].key)
    assert pruned[-1].metrics["nonzeros"] == SPARSITY.nonzeros(PRUNABLE)


def test_a_target_compares_the_criterion_of_its_setting_and_leaves_out_what_is_undefined():
    accuracy = Measure(key="accuracy", label="accuracy", maximise=True)

    class Accurate(Network):
        def __call__(self, recipe):
            trial = super().__call__(recipe)
            known = {"validation_accuracy": 1 - trial.metrics["validation_error"]} if trial.objectives else {}
            undefined = {"validation_accuracy": float("nan")} if len(self.trials) % 3 == 2 else {}
            trial = replace(trial, metrics={**trial.metrics, **known, **undefined})
            self.trials[trial.key] = trial
            return trial

    gap = Target(metric="metric_gap", value=0.005)
    found = replace(at(gap, budget=60.0), criterion=accuracy)
    trials = ran(GMP, found, Accurate(), initial=None)
    values = [(t.metrics["nonzeros"], t.metrics["validation_accuracy"]) for t in trials]
    best = max(value for _, value in values if not isnan(value))
    smallest = min(size for size, value in values if value >= best - 0.005 - 1e-9)
    assert 150 < smallest < 330
