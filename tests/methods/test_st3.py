"""``st3`` trains one network per sparsity from scratch, in one batch."""

from dataclasses import replace
from itertools import pairwise

import pytest
from toys import Toy, batches, setting

from frontsearch.methods.st3 import St3
from frontsearch.recipe import Pruning, WeightedSum


@pytest.mark.parametrize(("budget", "points"), [(30.0, 6), (6.0, 6), (5.9, 5), (2.0, 2), (0.5, 1)])
def test_sparsities_share_the_budget_evenly_with_at_least_an_epoch_each(budget, points):
    (batch,) = batches(St3(), setting(budget=budget), Toy())
    assert [trial.recipe.epochs for trial in batch] == pytest.approx([budget / points] * points)
    left = [1 - trial.recipe.pruning.sparsity for trial in batch]
    assert left[0] == pytest.approx(0.2)
    if points > 1:
        assert left[-1] == pytest.approx(0.01)
        assert [b / a for a, b in pairwise(left)] == pytest.approx([0.05 ** (1 / (points - 1))] * (points - 1))


def test_every_training_is_the_template_with_straight_through_pruning_and_without_l1():
    template = replace(setting().template, pruning=Pruning(threshold=0.1, begin=1.0))
    (batch,) = batches(St3(points=3), replace(setting(), template=template), Toy())
    for trial in batch:
        recipe = trial.recipe
        assert recipe.descent == WeightedSum(l1_weight=0.0)
        assert replace(recipe.pruning, sparsity=0.5) == Pruning(sparsity=0.5, straight_through=True, ramp="cubic")
        same = {"descent": template.descent, "pruning": template.pruning}
        assert replace(recipe, **same, epochs=1.0, seed=0) == template
