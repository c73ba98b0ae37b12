"""Building blocks of several methods: sequential searches side by side, lengths, warm starts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import Toy, setting

from frontsearch.methods.base import in_batches, warm_start_from, with_epochs
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart


def sequential_search(name, length, received):
    """Asks for ``length`` trainings, one after another, and appends their trials to ``received``."""
    for number in range(length):
        recipe = Recipe(seed=100 * name + number)
        received.append((yield recipe))
        assert received[-1].recipe == recipe


def send(search, trials):
    """What the generator yields next, or None if it has ended."""
    try:
        return search.send(trials)
    except StopIteration:
        return None


@given(st.lists(st.integers(0, 5), max_size=5))
def test_sequential_searches_run_side_by_side_until_each_has_ended(lengths):
    received = [[] for _ in lengths]
    search = in_batches(
        [sequential_search(name, *given) for name, given in enumerate(zip(lengths, received, strict=True))]
    )
    batches, everything = [], []

    def drive():
        returned = yield from search
        assert returned == everything

    driven = drive()
    batch = next(driven, None)
    while batch:
        trials = [Toy()(recipe) for recipe in batch]
        batches.append([recipe.seed for recipe in batch])
        everything += trials
        batch = send(driven, trials)
    longest = max(lengths, default=0)
    assert batches == [[100 * name + at for name, n in enumerate(lengths) if n > at] for at in range(longest)]
    assert [len(one) for one in received] == lengths


@pytest.mark.parametrize(("epochs", "begin"), [(0.5, 0.5), (1.0, 1.0), (1.5, 1.5), (2.0, 1.5)])
def test_pruning_begins_no_later_than_the_training_ends(epochs, begin):
    recipe = Recipe(epochs=3.0, pruning=Pruning(threshold=0.1, begin=1.5))
    assert with_epochs(recipe, epochs) == replace(recipe, epochs=epochs, pruning=replace(recipe.pruning, begin=begin))


def test_a_diverged_trial_allows_only_a_start_from_scratch():
    recipe = setting().template
    good, bad = Toy()(recipe), Toy(diverging=1.0)(recipe)
    assert warm_start_from(good) == WarmStart(trial=good.key)
    assert warm_start_from(bad) == FromScratch()
