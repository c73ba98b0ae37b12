"""``path`` goes from dense to sparse, from one training to the next, and meets its budget."""

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toys import L1_WEIGHTS, Toy, batches, setting, spend

from frontsearch.methods.path import Path
from frontsearch.recipe import FromScratch, Pruning, Recipe, WarmStart
from frontsearch.trial import Status, Trial


@dataclass(frozen=True)
class DivergesAt:
    """The toy, where the trainings with these numbers diverge."""

    numbers: frozenset[int]
    seen: list[Recipe]

    def __call__(self, recipe: Recipe) -> Trial:
        self.seen.append(recipe)
        trial = Toy()(recipe)
        if len(self.seen) - 1 not in self.numbers:
            return trial
        return replace(trial, status=Status.DIVERGED, objectives=None)


def test_44_epochs_are_8_and_12_times_3():
    told = spend(Path(), setting(budget=44.0), Toy())
    assert [trial.recipe.epochs for trial in told] == [8.0] + [3.0] * 12


@pytest.mark.parametrize("budget", [8.0, 9.0, 11.0, 44.0, 44.5])
def test_weights_ascend_evenly_in_the_logarithm_one_training_a_batch(budget):
    told = list(batches(Path(), setting(budget=budget), Toy()))
    assert {len(batch) for batch in told} == {1}
    weights = [trial.recipe.descent.l1_weight for (trial,) in told]
    assert weights[0] == L1_WEIGHTS[0]
    if len(weights) > 1:
        assert weights[-1] == L1_WEIGHTS[1]
        ratio = (L1_WEIGHTS[1] / L1_WEIGHTS[0]) ** (1 / (len(weights) - 1))
        assert [b / a for a, b in pairwise(weights)] == pytest.approx([ratio] * (len(weights) - 1))


def test_the_path_goes_beyond_the_greatest_weight_as_far_as_it_is_told():
    told = spend(Path(beyond=3), setting(budget=44.0), Toy())
    weights = [trial.recipe.descent.l1_weight for trial in told]
    assert weights[0] == L1_WEIGHTS[0]
    assert weights[-1] == pytest.approx(3 * L1_WEIGHTS[1])


def test_each_training_starts_where_the_last_one_ended():
    told = spend(Path(), setting(budget=44.0), Toy())
    assert told[0].recipe.start == FromScratch()
    for before, after in pairwise(told):
        assert after.recipe.start == WarmStart(trial=before.key)
        assert after.recipe.learning_rate == setting().template.learning_rate


def test_after_a_divergence_it_goes_on_from_the_last_good_one_at_half_the_rate():
    told = spend(Path(), setting(budget=26.0), DivergesAt(frozenset({2, 3, 5}), []))
    rate = setting().template.learning_rate
    assert [trial.recipe.learning_rate / rate for trial in told] == [1, 1, 1, 0.5, 0.25, 0.25, 0.125]
    starts = [getattr(trial.recipe.start, "trial", None) for trial in told]
    assert starts == [None, told[0].key, told[1].key, told[1].key, told[1].key, told[4].key, told[4].key]


def test_a_first_training_that_diverges_leaves_nothing_to_start_from():
    told = spend(Path(), setting(budget=14.0), DivergesAt(frozenset({0}), []))
    assert told[1].recipe.start == FromScratch()
    assert told[2].recipe.start == WarmStart(trial=told[1].key)


@given(st.floats(0.5, 60.0), st.floats(0.1, 20.0), st.floats(0.1, 10.0))
def test_the_budget_is_met_and_never_exceeded(budget, first, step):
    told = spend(Path(first_epochs=first, step_epochs=step), setting(budget=budget), Toy())
    spent = sum(trial.epochs for trial in told)
    assert spent <= budget + 1e-6
    assert spent > budget - step - 1e-6
    weights = [trial.recipe.descent.l1_weight for trial in told]
    assert weights[-1] == (L1_WEIGHTS[1] if len(weights) > 1 else L1_WEIGHTS[0])


def test_a_budget_of_fractions_pays_for_what_it_says():
    told = spend(Path(first_epochs=0.1, step_epochs=0.1), setting(budget=0.3), Toy())
    assert len(told) == 3


def test_pruning_that_begins_later_than_a_step_ends_begins_at_its_end():
    late = replace(setting(), template=replace(setting().template, epochs=20.0, pruning=Pruning(begin=5.0)))
    told = spend(Path(), late, Toy())
    assert [trial.recipe.pruning.begin for trial in told[:3]] == [5.0, 3.0, 3.0]
