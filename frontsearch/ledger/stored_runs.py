"""Runs as an Optuna storage has them: conversion of trials to Optuna's and back, and attributes of a run's study."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import timedelta

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from frontsearch.ledger.optuna_distributions import parameters
from frontsearch.names import (
    CROSS_ENTROPY,
    EPOCHS,
    KEY,
    METHOD,
    REASON,
    RECIPE,
    REPEAT,
    SECONDS,
    SPLITS,
    STATUS,
    TASK,
    on_split,
)
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.trial import Status, Trial

# User attributes of a run's Optuna study.
CERTIFICATES = "certificates"  # optimality gaps by trial key
FINISHED = "ended"  # indices of the run's trials in the order told, and digests of the settings that led to them


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRun:
    """One run as recorded in a storage, whichever study it belongs to.

    Attributes:
        method: Name of the method.
        repeat: Number of the repeat, from 0.
        task: Fingerprint of the task.
        trials: Every trial recorded for the run, including those of other budgets, seeds and options.
    """

    method: str
    repeat: int
    task: str
    trials: tuple[Trial, ...]


def stored_runs(storage: BaseStorage) -> tuple[StoredRun, ...]:
    """Every run in a storage."""
    studies = [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]
    return tuple(
        StoredRun(
            **{name: study.user_attrs[name] for name in (METHOD, REPEAT, TASK)},
            trials=tuple(trials_of(study)),
        )
        for study in studies
        if {METHOD, TASK} <= study.user_attrs.keys()
    )


def trials_of(study: optuna.Study, *, known: Container[str] = (), loss: str = CROSS_ENTROPY) -> list[Trial]:
    """The trials of an Optuna study in the order recorded, without those whose keys are in ``known``.

    Earlier versions called every loss cross entropy; ``loss`` is what it is called in the metrics returned.
    """
    frozen_trials = study.get_trials(deepcopy=False)
    return [
        _from_frozen_trial(frozen, {on_split(split, CROSS_ENTROPY): on_split(split, loss) for split in SPLITS})
        for frozen in frozen_trials
        if KEY in frozen.user_attrs and frozen.user_attrs[KEY] not in known
    ]


def to_frozen_trial(trial: Trial, space: Space, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """The trial as Optuna's: values within the search space as parameters, everything else as user attributes."""
    params = parameters(space, trial.recipe)
    attributes = {
        KEY: trial.key,
        STATUS: trial.status.value,
        EPOCHS: trial.epochs,
        SECONDS: trial.seconds,
        **({REASON: trial.reason} if trial.reason else {}),
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


def _from_frozen_trial(frozen: FrozenTrial, renamed: Mapping[str, str]) -> Trial:
    attributes = dict(frozen.user_attrs)
    if not attributes.keys() & renamed.values():
        attributes = {renamed.get(name, name): value for name, value in attributes.items()}
    complete = frozen.state == TrialState.COMPLETE
    return Trial(
        key=attributes.pop(KEY),
        status=Status(attributes.pop(STATUS)),
        epochs=attributes.pop(EPOCHS),
        seconds=attributes.pop(SECONDS),
        reason=attributes.pop(REASON, ""),
        recipe=Recipe.of_fields(attributes.pop(RECIPE)),
        objectives=(frozen.values[0], frozen.values[1]) if complete else None,
        metrics=attributes,
    )
