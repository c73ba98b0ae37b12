"""Trials as an Optuna storage has them: conversion to Optuna's and back. What a storage contains is not trusted."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from frontsearch.errors import check, check_one_of, is_not_negative, is_number
from frontsearch.ledger.optuna_distributions import parameters
from frontsearch.ledger.trainer_versions import trainer_of
from frontsearch.names import (
    CHECKPOINT_SHA256,
    CURVE_SHA256,
    DIGEST,
    EPOCHS,
    GROUP_L1,
    KEY,
    L1,
    MACHINE,
    NONZEROS,
    PRUNABLE,
    REASON,
    RECIPE,
    SECONDS,
    SPARSITY,
    STATUS,
)
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.trial import Status, Trial

ALWAYS = (KEY, STATUS, EPOCHS, SECONDS, RECIPE)  # attributes of every trial
SIZES = (NONZEROS, PRUNABLE, SPARSITY)  # metrics of every network, beside its complexity
STATES = {TrialState.COMPLETE: (Status.COMPLETE,), TrialState.FAIL: (Status.DIVERGED, Status.FAILED)}
KEY_RULE = "32 hexadecimal digits"


def to_frozen_trial(trial: Trial, space: Space, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """The trial as Optuna's: values within the search space as parameters, everything else as user attributes."""
    params = parameters(space, trial.recipe)
    texts = {
        REASON: trial.reason, CHECKPOINT_SHA256: trial.checkpoint_sha256, CURVE_SHA256: trial.curve_sha256,
        MACHINE: trial.machine,
    }  # fmt: skip
    attributes = {
        KEY: trial.key,
        STATUS: trial.status.value,
        EPOCHS: trial.epochs,
        SECONDS: trial.seconds,
        **{name: value for name, value in texts.items() if value},
        DIGEST: trial.digest,
        RECIPE: trial.recipe.fields(),
        **trial.metrics,
    }
    frozen = create_trial(
        state=TrialState.COMPLETE if trial.objectives else TrialState.FAIL,
        values=trial.objectives,
        params=params,
        distributions={name: distributions[name] for name in params},
        user_attrs=attributes,
    )
    if frozen.datetime_complete is not None:  # Optuna sets start and end to now
        frozen.datetime_start = frozen.datetime_complete - timedelta(seconds=trial.seconds)
    return frozen


def is_ours(frozen: FrozenTrial) -> bool:
    """Whether the trial was recorded by a study; others, such as a dashboard's, have none of its attributes."""
    return not frozen.user_attrs.keys().isdisjoint(ALWAYS)


def to_trial(frozen: FrozenTrial, *, task: str | None = None) -> Trial:
    """The trial that :func:`to_frozen_trial` recorded.

    Args:
        frozen: The trial as Optuna's.
        task: Fingerprint of the task, if it is known. Records of earlier versions, without digest, are not held to it.

    Raises:
        ValueError: If it cannot have been, because a value is missing, none that a trial has, or was changed.
    """
    attributes = dict(frozen.user_attrs)
    for name in ALWAYS:
        check(name, "nothing", "recorded", holds=name in attributes)
    digest = attributes.pop(DIGEST, None)
    trial = Trial(
        key=attributes.pop(KEY),
        status=_status(attributes.pop(STATUS), frozen.state),
        epochs=attributes.pop(EPOCHS),
        seconds=attributes.pop(SECONDS),
        reason=attributes.pop(REASON, ""),
        checkpoint_sha256=attributes.pop(CHECKPOINT_SHA256, ""),
        curve_sha256=attributes.pop(CURVE_SHA256, ""),
        machine=attributes.pop(MACHINE, ""),
        recipe=_recipe(attributes.pop(RECIPE)),
        objectives=_objectives(frozen.values) if frozen.state == TrialState.COMPLETE else None,
        metrics=attributes,
    )
    _check(trial)
    if digest is not None:
        check(DIGEST, digest, "that of the figures recorded; they were changed", holds=digest == trial.digest)
        fits = task is None or trainer_of(trial.recipe, trial.key, task) is not None
        check(KEY, trial.key, "that of the recipe recorded; one of them was changed", holds=fits)
    return trial


def _status(name: object, state: TrialState) -> Status:
    check("state", state.name, " or ".join(known.name for known in STATES), holds=state in STATES)
    check_one_of(STATUS, name, [status.value for status in STATES[state]])
    return Status(name)


def _recipe(fields: object) -> Recipe:
    check(RECIPE, fields, "a recipe's fields", holds=isinstance(fields, dict))
    try:
        recipe = Recipe.of_fields(fields)  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        raise ValueError(f"`{RECIPE}` must have a recipe's fields; {error} is missing or no value of it.") from error
    for parent in recipe.parents:
        check("start_trial", parent, KEY_RULE, holds=_is_key(parent))
    return recipe


def _objectives(values: Any) -> tuple[float, float]:  # noqa: ANN401 - whatever is stored
    finite = isinstance(values, list) and len(values) == 2 and all(map(_is_finite, values))
    check("values", values, "two finite numbers", holds=finite)
    return values[0], values[1]


def _check(trial: Trial) -> None:
    check(KEY, trial.key, KEY_RULE, holds=_is_key(trial.key))
    check(EPOCHS, trial.epochs, "finite and not negative", holds=is_not_negative(trial.epochs))
    check(SECONDS, trial.seconds, "finite and not negative", holds=is_not_negative(trial.seconds))
    for name in (REASON, CHECKPOINT_SHA256, CURVE_SHA256, MACHINE):
        check(name, text := getattr(trial, name), "text", holds=isinstance(text, str))
    for name, value in trial.metrics.items():
        check(name, value, "a number", holds=isinstance(name, str) and is_number(value))
    complexity = GROUP_L1 if GROUP_L1 in trial.metrics else L1
    for name in (complexity, *SIZES) if trial.metrics else ():
        check(name, found := trial.metrics.get(name), "finite and not negative", holds=is_not_negative(found))


def _is_key(found: object) -> bool:
    return isinstance(found, str) and re.fullmatch("[0-9a-f]{32}", found) is not None


def _is_finite(value: object) -> bool:
    return is_not_negative(abs(value)) if is_number(value) else False
