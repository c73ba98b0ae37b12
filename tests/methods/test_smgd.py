"""``smgd`` first spreads its scales, then fills the widest gap, and closes in on the scale at which networks die."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from toys import Toy, batches, setting, spend

from frontsearch.front import Front
from frontsearch.methods.smgd import Smgd
from frontsearch.recipe import MultiGradient


def scales(trials):
    return [trial.recipe.descent.l1_scale for trial in trials]


def test_the_first_batch_spreads_the_scales():
    first, *rest = batches(Smgd(spread=5), setting(budget=12.0), Toy())
    assert scales(first) == pytest.approx(np.geomspace(3.0, 0.03, 5))
    assert {len(batch) for batch in rest} == {1}


def test_its_recipes_are_multi_gradient_descents_with_its_options():
    method = Smgd(optimiser="madam", learning_rate=0.125, momentum=0.25)
    given = setting(budget=9.0)
    for trial in spend(method, given, Toy()):
        recipe = trial.recipe
        assert isinstance(recipe.descent, MultiGradient)
        assert (recipe.optimiser, recipe.learning_rate, recipe.momentum) == ("madam", 0.125, 0.25)
        same = {"descent": given.template.descent, "seed": given.template.seed, "optimiser": given.template.optimiser}
        own = {"learning_rate": given.template.learning_rate, "momentum": given.template.momentum}
        assert replace(recipe, **same, **own) == given.template


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_without_a_cliff_the_next_scale_is_the_middle_of_the_widest_gap(noise):
    history = []
    for batch in islice(batches(Smgd(), setting(budget=20.0), Toy(noise=noise)), 4):
        if history:
            pair = sorted(scales(Front.of_trials(history).gaps()[0]))
            if all(not pair[0] < scale < pair[1] for scale in scales(history)):  # nothing dominated between them
                assert scales(batch) == [pytest.approx(np.sqrt(pair[0] * pair[1]))]
        history += batch


@pytest.mark.parametrize("biased", [False, True], ids=["dead networks alike", "dead networks by their biases"])
@pytest.mark.parametrize("cliff", [0.05, 0.2, 0.5, 1.3])
def test_closes_in_on_the_least_scale_that_leaves_a_network_alive(cliff, biased):
    # Just above the cliff the network is far from dead, so the gap there is the widest until it is closed.
    found = np.array(scales(spend(Smgd(), setting(budget=14.0), Toy(cliff=cliff, biased=biased))))
    below, above = found[found < cliff].max(), found[found >= cliff].min()
    assert above / below < 1.1


def test_no_scale_is_tried_twice():
    for toy in (Toy(), Toy(cliff=0.2), Toy(cliff=0.2, biased=True), Toy(noise=0.2), Toy(diverging=0.4)):
        found = scales(spend(Smgd(), setting(budget=60.0), toy))
        assert len(set(found)) == len(found)


def test_all_scales_stay_within_bounds():
    for toy in (Toy(), Toy(noise=0.5, diverging=0.3), Toy(diverging=1.0), Toy(cliff=10.0)):
        assert all(0.03 * (1 - 1e-12) <= scale <= 3.0 * (1 + 1e-12) for scale in scales(spend(Smgd(), setting(), toy)))


def test_fills_the_front_of_the_toy():
    history = spend(Smgd(), setting(budget=40.0), Toy())
    front = Front.of_trials(history)
    widths = np.diff(front.points, axis=0) / (np.array(front.nadir) - np.array(front.ideal))
    assert np.linalg.norm(widths, axis=1).max() < 0.12  # 40 even steps along the front were 0.03 to 0.05 each
