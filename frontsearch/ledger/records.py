"""What an Optuna storage has of runs: their trials, in Optuna's form and back, and what is noted beside them."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import timedelta

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from frontsearch.ledger.optuna_distributions import parameters
from frontsearch.recipe import Recipe
from frontsearch.space import Space
from frontsearch.trial import Status, Trial

CERTIFICATES = "certificates"  # attribute of a run's Optuna study: by trial key
OVER = "ended"  # another one: the places of its trials in the order told, and what the run was made of


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What a storage has of one run, whatever its study is called.

    Attributes:
        method: As the storage names it.
        repeat: From 0.
        task: The fingerprint.
        trials: As recorded, those of other budgets, seeds and options among them.
    """

    method: str
    repeat: int
    task: str
    trials: tuple[Trial, ...]


def records(storage: BaseStorage) -> tuple[Record, ...]:
    """Every run that a storage has."""
    studies = [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]
    return tuple(
        Record(
            **{name: study.user_attrs[name] for name in ("method", "repeat", "task")},
            trials=tuple(trials_of(study)),
        )
        for study in studies
        if {"method", "task"} <= study.user_attrs.keys()
    )


def trials_of(study: optuna.Study, *, known: Container[str] = ()) -> list[Trial]:
    """The trials of an Optuna study whose keys are not known yet, in the order in which they were recorded."""
    found = study.get_trials(deepcopy=False)
    return [_thawed(one) for one in found if "key" in one.user_attrs and one.user_attrs["key"] not in known]


def frozen(trial: Trial, space: Space, distributions: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """A trial in Optuna's form: what lies in the space as parameters, everything else as attributes."""
    params = parameters(space, trial.recipe)
    attributes = {
        "key": trial.key,
        "status": trial.status.value,
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        **({"reason": trial.reason} if trial.reason else {}),
        "recipe": trial.recipe.fields(),
        **trial.metrics,
    }
    found = create_trial(
        state=TrialState.COMPLETE if trial.objectives else TrialState.FAIL,
        values=trial.objectives,
        params=params,
        distributions={name: distributions[name] for name in params},
        user_attrs=attributes,
    )
    if found.datetime_complete is not None:  # Optuna sets both to now
        found.datetime_start = found.datetime_complete - timedelta(seconds=trial.seconds)
    return found


def _thawed(found: FrozenTrial) -> Trial:
    attributes = dict(found.user_attrs)
    complete = found.state == TrialState.COMPLETE
    return Trial(
        key=attributes.pop("key"),
        status=Status(attributes.pop("status")),
        epochs=attributes.pop("epochs"),
        seconds=attributes.pop("seconds"),
        reason=attributes.pop("reason", ""),
        recipe=Recipe.of_fields(attributes.pop("recipe")),
        objectives=(found.values[0], found.values[1]) if complete else None,
        metrics=attributes,
    )
