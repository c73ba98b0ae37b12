"""``weighted-grid`` lies on the front, evenly in the logarithm, and spends exactly its budget."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from toys import L1_WEIGHTS, Toy, batches, setting, soft_threshold

from frontsearch.front import Front
from frontsearch.methods.weighted_grid import WeightedGrid
from frontsearch.recipe import WeightedSum


def weights(trials):
    return [trial.recipe.descent.l1_weight for trial in trials]


@pytest.mark.parametrize("budget", [2.0, 7.0, 7.9, 40.0])
def test_is_one_batch_from_least_to_greatest_evenly_in_the_logarithm(budget):
    (batch,) = batches(WeightedGrid(), setting(budget=budget), Toy())
    found = weights(batch)
    assert len(found) == int(budget)
    assert (found[0], found[-1]) == L1_WEIGHTS
    ratio = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / (len(found) - 1))
    assert [b / a for a, b in pairwise(found)] == pytest.approx([ratio] * (len(found) - 1))


def test_every_training_has_the_template_but_for_weight_and_seed():
    given = setting()
    (batch,) = batches(WeightedGrid(), given, Toy())
    for trial in batch:
        changed = replace(trial.recipe, descent=given.template.descent, seed=given.template.seed)
        assert changed == given.template


def test_a_budget_of_fractions_pays_for_what_it_says():
    tenths = replace(setting(budget=0.3), template=replace(setting().template, epochs=0.1))
    (batch,) = batches(WeightedGrid(), tenths, Toy())
    assert len(batch) == 3


def test_lands_on_the_pareto_front_of_the_toy():
    (batch,) = batches(WeightedGrid(), setting(), Toy())
    assert len(Front.of_trials(batch).trials) == len(batch)
    for trial in batch:
        assert isinstance(trial.recipe.descent, WeightedSum)
        assert math.dist(trial.objectives, soft_threshold(trial.recipe.descent.l1_weight)) == 0
