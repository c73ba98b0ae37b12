"""``inheritance``: the weights that a child inherits, and how long it trains."""

import pytest
from pymoo.core.individual import Individual
from strategies import trial
from toys import MIXED, Toy, batches, setting, spend

from frontsearch.methods import inheritance
from frontsearch.methods.inheritance import Inheritance
from frontsearch.recipe import FromScratch, WarmStart
from frontsearch.space import Space

SMALL = Inheritance(population=5, epochs=0.5)
TOYS = {"exact": Toy(), "noisy": Toy(noise=0.3), "some diverged": Toy(noise=0.3, diverging=0.4)}
ALONE = Space({"learning_rate": MIXED.entries["learning_rate"], "optimiser": MIXED.entries["optimiser"]})


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_the_first_generation_is_from_scratch_and_children_are_short_warm_starts(toy):
    first, *later = batches(SMALL, setting(), toy)
    assert [trial.recipe.start for trial in first] == [FromScratch()] * 5
    assert {trial.epochs for trial in first} == {1.0}
    warm = [trial for batch in later for trial in batch if isinstance(trial.recipe.start, WarmStart)]
    assert len(warm) > 60
    assert {trial.epochs for trial in warm} == {0.5}
    assert all(trial.recipe.pruning.begin <= 0.5 for trial in warm)


@pytest.mark.parametrize("toy", TOYS.values(), ids=TOYS)
def test_a_parent_is_a_completed_trial_that_survived(toy):
    history = {}
    for batch in batches(SMALL, setting(), toy):
        for one in batch:
            if isinstance(one.recipe.start, WarmStart):
                parent = history[one.recipe.start.trial]
                assert parent.objectives is not None
        history |= {trial.key: trial for trial in batch}


def test_children_of_diverged_trainings_start_from_scratch_at_full_length():
    history = spend(SMALL, setting(budget=20.0), Toy(diverging=1.0))
    assert {(trial.recipe.start, trial.epochs) for trial in history} == {(FromScratch(), 1.0)}


def test_generations_come_nearer_to_the_front():
    first, *_, last = batches(Inheritance(population=8), setting(budget=160.0), Toy())
    lost = [
        sorted(abs(one.recipe.learning_rate / 1e-2) for one in batch if one.objectives is not None)[len(batch) // 2]
        for batch in (first, last)
    ]
    assert abs(lost[1] - 1) < abs(lost[0] - 1)  # on the toy the best learning rate is 1e-2, whatever the l1 weight


def test_works_with_a_space_without_l1_weight():
    assert len(spend(SMALL, setting(space=ALONE), Toy())) == 75


def individual(outcome, l1_weight=None, parents=None, *, number=0):
    made = Individual(X={} if l1_weight is None else {"l1_weight": l1_weight})
    made.set("trial", trial(number, outcome))
    if parents is not None:
        made.set("parents", parents)
    return made


def start_of(child):
    found = inheritance._inherited_start(child)
    return getattr(found, "trial", None)


@pytest.mark.parametrize(("weight", "nearer"), [(-3.0, 0), (-2.6, 0), (-2.4, 1), (-1.0, 1)])
def test_weights_come_from_the_parent_whose_l1_weight_is_nearer(weight, nearer):
    parents = [individual((1, 5), -3.0, number=0), individual((2, 3), -2.0, number=1)]
    for pair in (parents, parents[::-1]):
        assert start_of(individual(None, weight, pair)) == parents[nearer].get("trial").key


def test_diverged_and_all_zero_parents_are_not_inherited_if_the_other_parent_is_better():
    alive, dead, diverged = (individual(o, -3.0 - n, number=n) for n, o in enumerate([(1, 5), (2, 0), None]))
    key = alive.get("trial").key
    for bad in (dead, diverged):
        assert start_of(individual(None, -5.0, [alive, bad])) == start_of(individual(None, -5.0, [bad, alive])) == key
    assert start_of(individual(None, -5.0, [dead, diverged])) == dead.get("trial").key
    assert start_of(individual(None, -5.0, [diverged, diverged])) is None
    assert start_of(individual(None, -5.0)) is None
