"""``upgrad`` searches as ``smgd`` does, with descents along projected gradients and scales that run the other way."""

import numpy as np
import pytest
from toys import Toy, batches, setting, spend

from frontsearch.front import Front
from frontsearch.methods.upgrad import Upgrad
from frontsearch.recipe import UPGrad


def test_its_recipes_are_descents_by_upgrad_whose_scales_are_spread_first():
    first, *rest = batches(Upgrad(spread=5, low=0.01, high=1.0), setting(budget=12.0), Toy())
    assert [trial.recipe.descent.l1_scale for trial in first] == pytest.approx(np.geomspace(1.0, 0.01, 5))
    recipes = [trial.recipe for batch in (first, *rest) for trial in batch]
    assert {(type(recipe.descent), recipe.optimiser) for recipe in recipes} == {(UPGrad, "adam")}


def test_a_larger_scale_gives_sparser_networks_and_gaps_between_them_are_filled():
    history = spend(Upgrad(low=0.01, high=1.0), setting(budget=24.0), Toy())
    ordered = sorted(history, key=lambda trial: trial.recipe.descent.l1_scale)
    l1 = [trial.objectives[1] for trial in ordered]
    assert l1 == sorted(l1, reverse=True)
    assert len(Front.of_trials(history).trials) > 5
