"""``lineage`` against the transitive closure of a trial's parents."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from strategies import trial

from frontsearch.recipe import Offspring, WarmStart
from frontsearch.selection.lineage import lineage


def child(number, *parents, epochs=1.0):
    """A trial that starts from the weights of its parents, at most two."""
    one = trial(number, (number, number), epochs=epochs)
    starts = {0: one.recipe.start, 1: WarmStart, 2: Offspring}[len(parents)]
    if parents:
        starts = starts(*(), **dict(zip(("trial", "other"), (parent.key for parent in parents), strict=False)))
    recipe = replace(one.recipe, start=starts)
    return replace(one, recipe=recipe, key=recipe.key("by hand"))


@st.composite
def families(draw):
    """Trials in the order trained, each from scratch or from one or two earlier ones."""
    trials = []
    for number in range(draw(st.integers(1, 12))):
        count = draw(st.integers(0, min(2, number)))
        parents = draw(st.lists(st.sampled_from(trials), min_size=count, max_size=count)) if count else []
        trials.append(child(number, *parents, epochs=2.0**number))
    return trials


def closure(one, trials):
    """The keys of a trial and of all its ancestors, found by adding parents until nothing is new."""
    keys, before = {one.key}, set()
    while keys != before:
        before = set(keys)
        keys |= {parent for trial in trials if trial.key in keys for parent in trial.recipe.parents}
    return keys


@given(families())
def test_the_stages_are_all_ancestors_parents_first(trials):
    for one in trials:
        found = lineage(one, trials)
        assert {trial.key for trial in found.stages} == closure(one, trials)
        assert len(found.stages) == len({trial.key for trial in found.stages})
        assert found.stages[-1] == one
        before = set()
        for stage in found.stages:
            assert set(stage.recipe.parents) <= before
            before.add(stage.key)
        assert found.epochs == sum(2.0**number for number, trial in enumerate(trials) if trial in found.stages)
        assert found.unknown == ()


@given(families(), st.data())
def test_missing_parents_are_reported_as_unknown(trials, data):
    one = trials[-1]
    kept = [trial for trial in trials if trial is one or data.draw(st.booleans())]
    found = lineage(one, kept)
    wanted = {parent for stage in found.stages for parent in stage.recipe.parents}
    assert set(found.unknown) == wanted - {trial.key for trial in kept}
    assert {stage.key for stage in found.stages} == {one.key} | (wanted & {trial.key for trial in kept})


def test_a_trial_from_scratch_has_no_ancestors():
    one = child(0, epochs=2.5)
    assert lineage(one, []) == lineage(one, [one, child(1)])
    assert (lineage(one, []).stages, lineage(one, []).epochs) == ((one,), 2.5)


def test_a_long_chain_is_followed_to_its_beginning():
    trials = [child(0)]
    for number in range(1, 3000):
        trials.append(child(number, trials[-1]))
    assert lineage(trials[-1], trials).stages == tuple(trials)
