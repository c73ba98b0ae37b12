"""What several methods are made of: walks side by side, lengths, starts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import Toy, setting

from frontsearch.methods.base import in_batches, warm_start_from, with_epochs
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart


def walk(name, length, told):
    """Asks for so many trainings and writes down what comes back."""
    for number in range(length):
        recipe = Recipe(seed=100 * name + number)
        told.append((yield recipe))
        assert told[-1].recipe == recipe


def next_after(search, trials):
    """What a generator yields when it is sent these, or None when it ends."""
    try:
        return search.send(trials)
    except StopIteration:
        return None


@given(st.lists(st.integers(0, 5), max_size=5))
def test_walks_go_side_by_side_until_each_has_ended(lengths):
    told = [[] for _ in lengths]
    search = in_batches([walk(name, *given) for name, given in enumerate(zip(lengths, told, strict=True))])
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
        batch = next_after(driven, trials)
    longest = max(lengths, default=0)
    assert batches == [[100 * name + at for name, n in enumerate(lengths) if n > at] for at in range(longest)]
    assert [len(one) for one in told] == lengths


@pytest.mark.parametrize(("epochs", "begin"), [(0.5, 0.5), (1.0, 1.0), (1.5, 1.5), (2.0, 1.5)])
def test_pruning_begins_by_the_end_of_whatever_length(epochs, begin):
    recipe = Recipe(epochs=3.0, pruning=Pruning(threshold=0.1, begin=1.5))
    assert with_epochs(recipe, epochs) == replace(recipe, epochs=epochs, pruning=replace(recipe.pruning, begin=begin))


def test_after_a_divergence_there_is_only_a_fresh_start():
    recipe = setting().template
    good, bad = Toy()(recipe), Toy(diverging=1.0)(recipe)
    assert warm_start_from(good) == WarmStart(trial=good.key)
    assert warm_start_from(bad) == FromScratch()
