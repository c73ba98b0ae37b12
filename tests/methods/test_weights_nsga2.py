"""``weights-nsga2``: survival, mating, and the cost of a child."""

import numpy as np
import pytest
from hypothesis import given
from strategies import outcomes, trials_of
from toys import L1_WEIGHTS, Toy, batches, setting, spend

from frontsearch.methods.weights_nsga2 import WeightsNsga2, survivors
from frontsearch.recipe import FromScratch, Offspring


def fronts(trials):
    """The fronts of non-dominated sorting, computed from the definition."""
    left, found = list(trials), []
    while left:
        values = [trial.objectives for trial in left]
        best = [
            trial
            for trial in left
            if not any(
                other[0] <= trial.objectives[0] and other[1] <= trial.objectives[1] and other != trial.objectives
                for other in values
            )
        ]
        found.append(best)
        left = [trial for trial in left if trial not in best]
    return found


@given(outcomes)
def test_whole_fronts_survive_before_any_of_the_next(found):
    trials = [trial for trial in trials_of(found) if trial.objectives]
    for count in range(1, len(trials) + 1):
        kept = survivors(trials, count)
        assert len(kept) == len({trial.key for trial in kept}) == count
        ranks = {trial.key: rank for rank, front in enumerate(fronts(trials)) for trial in front}
        order = [ranks[trial.key] for trial in kept]
        assert order == sorted(ranks.values())[:count]


def test_from_a_front_that_is_too_large_crowded_trials_are_dropped_and_the_ends_kept():
    trials = trials_of([(0, 10), (1, 9), (1.1, 8.9), (1.2, 8.8), (10, 0)])
    assert {trial.objectives for trial in survivors(trials, 3)} >= {(0.0, 10.0), (10.0, 0.0)}
    assert (1.1, 8.9) not in {trial.objectives for trial in survivors(trials, 4)}


def test_only_the_first_generation_is_trained_and_later_ones_are_crossed_and_charged_as_evaluations():
    first, *later = batches(WeightsNsga2(networks=6, trained=3, evaluation_epochs=0.1), setting(budget=8.0), Toy())
    weights = [trial.recipe.descent.l1_weight for trial in first]
    assert weights == pytest.approx(np.geomspace(*L1_WEIGHTS, num=3).tolist())
    assert {trial.recipe.start for trial in first} == {FromScratch()}
    assert {len(batch) for batch in later[:-1]} == {6}
    known = {trial.key for trial in first}
    for batch in later:
        for trial in batch:
            assert isinstance(trial.recipe.start, Offspring)
            assert set(trial.recipe.parents) <= known
            assert trial.recipe.epochs == 0.1
        known |= {trial.key for trial in batch}


def test_parents_are_survivors_and_better_ones_have_more_children():
    method, toy = WeightsNsga2(networks=8, trained=8, evaluation_epochs=0.05), Toy(noise=0.3)
    history = spend(method, setting(budget=30.0), toy)
    alive, children = history[:8], {}
    for number in range(8, len(history) - 8, 8):
        order = [trial.key for trial in survivors(alive, 8)]
        generation = history[number : number + 8]
        for trial in generation:
            for parent in trial.recipe.parents:
                place = order.index(parent)
                children[place] = children.get(place, 0) + 1
        alive = [*survivors(alive, 8), *generation]
    assert children[0] > 2 * children.get(7, 0)
