"""``weighted-grid`` trains at log-spaced l1 weights and spends exactly its budget."""

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
def test_is_one_batch_of_log_spaced_l1_weights(budget):
    (batch,) = batches(WeightedGrid(), setting(budget=budget), Toy())
    found = weights(batch)
    assert len(found) == int(budget)
    assert (found[0], found[-1]) == L1_WEIGHTS
    ratio = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / (len(found) - 1))
    assert [b / a for a, b in pairwise(found)] == pytest.approx([ratio] * (len(found) - 1))


def test_every_training_is_the_template_with_another_weight_and_seed():
    given = setting()
    (batch,) = batches(WeightedGrid(), given, Toy())
    for trial in batch:
        changed = replace(trial.recipe, descent=given.template.descent, seed=given.template.seed)
        assert changed == given.template


def test_a_fractional_budget_pays_for_every_training_it_covers():
    tenths = replace(setting(budget=0.3), template=replace(setting().template, epochs=0.1))
    (batch,) = batches(WeightedGrid(), tenths, Toy())
    assert len(batch) == 3


def test_its_trainings_lie_on_the_pareto_front_of_the_toy():
    (batch,) = batches(WeightedGrid(), setting(), Toy())
    assert len(Front.of_trials(batch).trials) == len(batch)
    for trial in batch:
        assert isinstance(trial.recipe.descent, WeightedSum)
        assert math.dist(trial.objectives, soft_threshold(trial.recipe.descent.l1_weight)) == 0
