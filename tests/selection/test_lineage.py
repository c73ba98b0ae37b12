"""Where a trial's weights come from, against the transitive closure of its parents."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from strategies import trial

from frontsearch.recipe import Offspring, WarmStart
from frontsearch.selection.lineage import lineage


def born(number, *parents, epochs=1.0):
    """A trial that starts from these."""
    one = trial(number, (number, number), epochs=epochs)
    starts = {0: one.recipe.start, 1: WarmStart, 2: Offspring}[len(parents)]
    if parents:
        starts = starts(*(), **dict(zip(("trial", "other"), (parent.key for parent in parents), strict=False)))
    recipe = replace(one.recipe, start=starts)
    return replace(one, recipe=recipe, key=recipe.key("by hand"))


@st.composite
def families(draw):
    """Trials in the order told, each from scratch or from one or two before it."""
    told = []
    for number in range(draw(st.integers(1, 12))):
        count = draw(st.integers(0, min(2, number)))
        parents = draw(st.lists(st.sampled_from(told), min_size=count, max_size=count)) if count else []
        told.append(born(number, *parents, epochs=2.0**number))
    return told


def closure(one, told):
    """A trial's key and those of everything it goes back to, by asking again until nothing is new."""
    keys, before = {one.key}, set()
    while keys != before:
        before = set(keys)
        keys |= {parent for trial in told if trial.key in keys for parent in trial.recipe.parents}
    return keys


@given(families())
def test_the_stages_are_everything_that_went_in_parents_first(told):
    for one in told:
        found = lineage(one, told)
        assert {trial.key for trial in found.stages} == closure(one, told)
        assert len(found.stages) == len({trial.key for trial in found.stages})
        assert found.stages[-1] == one
        before = set()
        for stage in found.stages:
            assert set(stage.recipe.parents) <= before
            before.add(stage.key)
        assert found.epochs == sum(2.0**number for number, trial in enumerate(told) if trial in found.stages)
        assert found.unknown == ()


@given(families(), st.data())
def test_parents_that_are_not_there_are_named_and_nothing_is_guessed_beyond_them(told, data):
    one = told[-1]
    kept = [trial for trial in told if trial is one or data.draw(st.booleans())]
    found = lineage(one, kept)
    wanted = {parent for stage in found.stages for parent in stage.recipe.parents}
    assert set(found.unknown) == wanted - {trial.key for trial in kept}
    assert {stage.key for stage in found.stages} == {one.key} | (wanted & {trial.key for trial in kept})


def test_a_trial_from_scratch_is_alone():
    one = born(0, epochs=2.5)
    assert lineage(one, []) == lineage(one, [one, born(1)])
    assert (lineage(one, []).stages, lineage(one, []).epochs) == ((one,), 2.5)


def test_a_long_chain_is_followed_to_its_beginning():
    told = [born(0)]
    for number in range(1, 3000):
        told.append(born(number, told[-1]))
    assert lineage(told[-1], told).stages == tuple(told)
