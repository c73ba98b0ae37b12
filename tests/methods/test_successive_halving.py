"""``successive-halving``: rungs, promotions and brackets."""

from dataclasses import replace
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import grid_points
from toys import MIXED, Toy, batches, setting, spend

from frontsearch.front import Front
from frontsearch.methods import start
from frontsearch.methods.random_search import draw_recipe
from frontsearch.methods.successive_halving import SuccessiveHalving
from frontsearch.recipe import FromScratch
from frontsearch.space import Range, Space
from frontsearch.trial import Status, Trial

HALVING = SuccessiveHalving(population=9, eta=3, rungs=3)
TOYS = {"exact": Toy(), "noisy": Toy(noise=0.3), "some diverged": Toy(noise=0.3, diverging=0.4)}
PRUNED = Space({**MIXED.entries, "pruning_begin": Range(low=0.0, high=20.0)})


def trials_by_recipe(trials):
    """The trials of each recipe from its first rung on, by the key of the last one."""
    by_key = {}
    for trial in trials:
        before = getattr(trial.recipe.start, "trial", None)
        by_key[trial.key] = [*by_key.get(before, []), trial]
    return by_key


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_a_promotion_continues_the_same_training(toy):
    trials = spend(HALVING, setting(budget=100.0), toy)
    for one in trials_by_recipe(trials).values():
        assert isinstance(one[0].recipe.start, FromScratch)
        assert [sum(trial.epochs for trial in one[: rung + 1]) for rung in range(len(one))] == [1.0, 3.0, 9.0][
            : len(one)
        ]
        same = [
            name for name in one[0].recipe.fields() if not name.startswith("start") and name not in ("epochs", "seed")
        ]
        fields = [[trial.recipe.fields()[name] for name in same] for trial in one]
        assert all(a == b for a, b in pairwise(fields))
        assert all(trial.recipe.start.optimiser for trial in one[1:])


def test_rungs_are_batches_and_brackets_follow_one_another():
    found = list(batches(HALVING, setting(budget=63.0), Toy()))
    assert [(len(batch), batch[0].epochs) for batch in found] == [(9, 1.0), (3, 2.0), (1, 6.0)] * 3
    values = [tuple(MIXED.active(trial.recipe.fields()).items()) for batch in found[::3] for trial in batch]
    assert len(set(values)) == 27


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_no_trial_left_behind_dominates_a_promoted_one(toy):
    found = list(batches(HALVING, setting(budget=200.0), toy))
    promotions = 0
    for rung, next_rung in pairwise(found):
        chosen = {getattr(trial.recipe.start, "trial", None) for trial in next_rung}
        if chosen == {None}:
            continue
        ups = [trial for trial in rung if trial.key in chosen]
        promotions += 1
        assert len(ups) == len(next_rung)
        assert all(trial.objectives is not None for trial in ups)
        for up in ups:
            assert up in Front.of_trials([up, *(trial for trial in rung if trial not in ups)]).trials
    assert promotions > 5


@given(st.lists(grid_points | st.none(), min_size=9, max_size=9))
def test_a_third_is_promoted_or_all_that_completed(outcomes):
    running = start(HALVING, setting())
    asked = running.ask()
    running.tell([_trial(recipe, outcome) for recipe, outcome in zip(asked, outcomes, strict=True)])
    completed = sum(outcome is not None for outcome in outcomes)
    promoted = [recipe for recipe in running.ask() if recipe.start != FromScratch()]
    assert len(promoted) == min(3, completed)


def test_the_best_is_promoted_wherever_it_is_in_the_batch():
    running = start(SuccessiveHalving(population=3, eta=3, rungs=2), setting())
    asked = running.ask()
    trials = [_trial(recipe, outcome) for recipe, outcome in zip(asked, [(1, 1), (2, 2), (0, 0)], strict=True)]
    running.tell(trials)
    (recipe,) = running.ask()
    assert recipe.start.trial == trials[2].key


def test_pruning_begins_when_it_would_have_in_one_long_training():
    given = setting(budget=100.0, space=PRUNED)
    given = replace(given, template=replace(given.template, epochs=20.0))
    rng = given.rng()
    drawn = [draw_recipe(given, rng) for _ in range(9)]
    found = batches(SuccessiveHalving(population=9, eta=3, rungs=3, first_epochs=2.0), given, Toy())
    for one in trials_by_recipe(trial for batch in islice(found, 3) for trial in batch).values():
        (begin,) = (recipe.pruning.begin for recipe in drawn if recipe.seed == one[0].recipe.seed)
        length = sum(trial.epochs for trial in one)
        assert sum(trial.recipe.pruning.begin for trial in one) == pytest.approx(min(begin, length))
        later = [trial.recipe.pruning.begin for trial in one if trial.recipe.pruning.begin < trial.epochs]
        assert later[1:] == [0.0] * len(later[1:])


def _trial(recipe, outcome):
    status = Status.DIVERGED if outcome is None else Status.COMPLETE
    objectives = None if outcome is None else (float(outcome[0]), float(outcome[1]))
    return Trial(
        key=recipe.key("toy"), recipe=recipe, status=status, objectives=objectives, metrics={}, epochs=recipe.epochs,
        seconds=0.0,
    )  # fmt: skip
