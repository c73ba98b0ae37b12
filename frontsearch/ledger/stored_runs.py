"""Runs as an Optuna storage has them: their trials, and the attributes of a run's Optuna study."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from frontsearch.errors import in_words, is_not_negative
from frontsearch.ledger.stored_trial import is_ours, to_trial
from frontsearch.ledger.trainer_versions import trainer_of
from frontsearch.names import CROSS_ENTROPY, KEY, METHOD, REPEAT, SPLITS, TASK, on_split
from frontsearch.trial import Trial

# User attributes of a run's Optuna study.
CERTIFICATES = "certificates"  # optimality gaps by trial key
FINISHED = "ended"  # keys of the run's trials in the order told, and digests of the settings that led to them
# What Optuna raises for damage.
UNREADABLE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


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
    """Every run in a storage, without what is damaged."""
    return tuple(_stored_runs(storage))


def _stored_runs(storage: BaseStorage) -> Iterator[StoredRun]:
    for name in optuna.get_all_study_names(storage):
        study = optuna.load_study(study_name=name, storage=storage)
        method, repeat, task = (study.user_attrs.get(attribute) for attribute in (METHOD, REPEAT, TASK))
        if isinstance(method, str) and isinstance(repeat, int) and isinstance(task, str):
            yield StoredRun(
                method=method, repeat=repeat, task=task, trials=tuple(read_trials(study, storage, task=task).trials)
            )


def attributes_of(study: optuna.Study, storage: BaseStorage) -> Mapping[str, Any]:
    """A study's attributes; Optuna's ``user_attrs`` copies them, with the keys of all trials of a finished run."""
    return storage.get_study_user_attrs(storage.get_study_id_from_name(study.study_name))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadTrials:
    """What was read of an Optuna study.

    Attributes:
        trials: The trials in the order recorded; of several with one key, each is among them.
        set_aside: A sentence on each record that is damaged.
    """

    trials: list[Trial] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)


def read_trials(
    study: optuna.Study, storage: BaseStorage, *, task: str, known: Collection[str] = (), loss: str = CROSS_ENTROPY
) -> ReadTrials:
    """The trials of an Optuna study on the task with this fingerprint, without those whose keys are in ``known``.

    Earlier versions called every loss cross entropy; ``loss`` is what it is called in the metrics returned.
    """
    renamed = {on_split(split, CROSS_ENTROPY): on_split(split, loss) for split in SPLITS}
    read = ReadTrials()
    for number, frozen in frozen_trials(study, storage):
        try:
            if isinstance(frozen, Exception):
                raise frozen
            if is_ours(frozen) and frozen.user_attrs.get(KEY) not in known:
                read.trials.append(_with_loss_names(to_trial(frozen, task=task), renamed))
        except UNREADABLE as error:
            reason = str(error) if isinstance(error, ValueError) else in_words(error)
            read.set_aside.append(f"Trial {number} of {study.study_name} is damaged, so it is left out: {reason}")
    return read


def frozen_trials(study: optuna.Study, storage: BaseStorage) -> list[tuple[int, FrozenTrial | Exception]]:
    """The trials of an Optuna study by number, and the error in place of one that Optuna cannot read."""
    try:
        return [(frozen.number, frozen) for frozen in study.get_trials(deepcopy=False)]
    except UNREADABLE:
        return list(_one_by_one(storage.get_study_id_from_name(study.study_name), storage))


def _one_by_one(study_id: int, storage: BaseStorage) -> Iterator[tuple[int, FrozenTrial | Exception]]:
    for number in count():
        try:
            trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
        except KeyError:
            return
        try:
            yield number, storage.get_trial(trial_id)
        except UNREADABLE as error:
            yield number, error


def has_keys(trials: Sequence[tuple[int, FrozenTrial | Exception]], fingerprint: str) -> bool:
    """Whether all trials that can be read are of the task with this fingerprint, on which their keys depend."""
    try:
        read = [to_trial(frozen) for _, frozen in trials if not isinstance(frozen, Exception)]
    except UNREADABLE:
        return False
    return all(trainer_of(trial.recipe, trial.key, fingerprint) for trial in read)


def _with_loss_names(trial: Trial, renamed: Mapping[str, str]) -> Trial:
    if not trial.metrics.keys() & renamed.values():
        metrics = {renamed.get(name, name): value for name, value in trial.metrics.items()}
        object.__setattr__(trial, "metrics", metrics)
    return trial


def certificates_of(attributes: Mapping[str, Any]) -> dict[str, float]:
    """The optimality gaps in a run's attributes, by trial key.

    Raises:
        ValueError: If they are damaged.
    """
    found = attributes.get(CERTIFICATES, {})
    if not (isinstance(found, dict) and all(map(is_not_negative, found.values()))):
        raise ValueError(f"`{CERTIFICATES}` must be numbers by key.")
    return found


def finished_entry_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a finished run in its attributes; empty if it never finished.

    Raises:
        ValueError: If it is damaged.
    """
    found: dict[str, Any] = attributes.get(FINISHED, {})
    types = {"plan": str, "versions": str, "trials": list, "cut": bool}
    whole = isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in types.items())
    if not (found == {} or (whole and all(isinstance(trial, int | str) for trial in found["trials"]))):
        raise ValueError(f"`{FINISHED}` must be a finished run's entry.")
    return found
