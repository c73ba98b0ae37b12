"""A trial in Optuna's form and back; a record that no study writes is refused in one sentence."""

from dataclasses import replace

import pytest
from optuna.trial import TrialState

from frontsearch.ledger.stored_trial import is_ours, to_frozen_trial, to_trial
from frontsearch.recipe import Recipe, WarmStart, WeightedSum
from frontsearch.space import Space
from frontsearch.trial import Status, Trial

TASK = "0123456789abcdef"
RECIPE = Recipe(descent=WeightedSum(l1_weight=0.1), start=WarmStart(trial="ab" * 16, optimiser=False))
TRIAL = Trial(
    key=RECIPE.key(TASK),
    recipe=RECIPE,
    status=Status.COMPLETE,
    objectives=(0.5, 3.0),
    metrics={"l1": 3.0, "nonzeros": 7, "prunable": 8, "sparsity": 0.125},
    epochs=2.5,
    seconds=90.0,
    checkpoint_sha256="c0",
    curve_sha256="c1",
    machine="a laptop",
)
FAILED = replace(TRIAL, status=Status.FAILED, objectives=None, metrics={}, reason="Killed.")


def frozen(trial=TRIAL):
    return to_frozen_trial(trial, Space({}), {})


def refused(record, task=TASK):
    with pytest.raises(ValueError, match="must") as caught:
        to_trial(record, task=task)
    return str(caught.value)


@pytest.mark.parametrize("trial", [TRIAL, FAILED, replace(TRIAL, checkpoint_sha256="", curve_sha256="", machine="")])
def test_a_trial_is_the_same_after_reading_it_back(trial):
    record = frozen(trial)
    assert is_ours(record)
    assert to_trial(record, task=TASK) == trial
    assert (record.datetime_complete - record.datetime_start).total_seconds() == trial.seconds


def test_a_record_of_an_earlier_version_without_digest_is_not_held_to_its_key():
    record = frozen()
    del record.user_attrs["digest"]
    assert to_trial(record, task="feed") == TRIAL


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"digest": "ff"}, "`digest` must be that of the figures recorded; they were changed; found 'ff'."),
        ({"status": "odd"}, "`status` must be one of complete; found 'odd'."),
        ({"recipe": [1]}, "`recipe` must be a recipe's fields; found [1]."),
        ({"recipe": {}}, "`recipe` must have a recipe's fields; 'descent' is missing or no value of it."),
        (
            {"recipe": RECIPE.fields() | {"start_trial": "../x"}},
            "`start_trial` must be 32 hexadecimal digits; found '../x'.",
        ),
        ({"key": "../x"}, "`key` must be 32 hexadecimal digits; found '../x'."),
        ({"key": 5}, "`key` must be 32 hexadecimal digits; found 5."),
        ({"epochs": -1.0}, "`epochs` must be finite and not negative; found -1.0."),
        ({"seconds": float("inf")}, "`seconds` must be finite and not negative; found inf."),
        ({"reason": 5}, "`reason` must be text; found 5."),
        ({"checkpoint_sha256": None}, "`checkpoint_sha256` must be text; found None."),
        ({"machine": 5}, "`machine` must be text; found 5."),
        ({"test_error": "few"}, "`test_error` must be a number; found 'few'."),
        ({5: 5.0}, "`5` must be a number; found 5.0."),
        ({"nonzeros": -1}, "`nonzeros` must be finite and not negative; found -1."),
    ],
)
def test_an_attribute_that_no_study_records_is_named(attributes, sentence):
    record = frozen()
    record.user_attrs.update(attributes)
    assert refused(record) == sentence


@pytest.mark.parametrize("name", ["key", "status", "epochs", "seconds", "recipe"])
def test_an_attribute_that_is_missing_is_named(name):
    record = frozen()
    del record.user_attrs[name]
    assert refused(record) == f"`{name}` must be recorded; found 'nothing'."


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0, 3.0], [float("nan"), 1.0], [1.0, float("inf")], [1.0, "x"]])
def test_objectives_that_are_not_two_finite_numbers_are_named(values):
    record = frozen()
    record._values = values
    assert refused(record) == f"`values` must be two finite numbers; found {values}."


def test_a_key_that_is_not_the_recipes_is_named():
    other = replace(TRIAL, key="cd" * 16)
    sentence = f"`key` must be that of the recipe recorded; one of them was changed; found '{other.key}'."
    assert refused(frozen(other)) == sentence
    assert to_trial(frozen(other)) == other  # of which task it is, is not known


@pytest.mark.parametrize(
    ("trial", "state", "sentence"),
    [
        (TRIAL, TrialState.FAIL, "`status` must be one of diverged, failed; found 'complete'."),
        (FAILED, TrialState.COMPLETE, "`status` must be one of complete; found 'failed'."),
        (TRIAL, TrialState.RUNNING, "`state` must be COMPLETE or FAIL; found 'RUNNING'."),
    ],
)
def test_a_state_that_does_not_fit_is_named(trial, state, sentence):
    record = frozen(trial)
    record.state = state
    assert refused(record) == sentence
