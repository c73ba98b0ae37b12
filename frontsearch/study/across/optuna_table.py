"""``optuna_table``: a table from the studies of an Optuna storage, without changing it."""

import math
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.storages import BaseStorage
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, TrialState

from frontsearch.errors import UserError, is_number, one_line, shortened
from frontsearch.ledger import hide_password, open_storage, quiet_optuna
from frontsearch.names import METHOD, REPEAT, SECONDS_SPENT
from frontsearch.study.across.table import Row, Table


def optuna_table(location: Path | str, name: str) -> Table:
    """The complete trials of a study, or of all studies, as rows: objectives and the numbers among user attributes.

    Objectives are columns by their metric names or, without those, by their numbers. A study is a method; of a name
    that ends in a slash and a number, such as ``nsga2/3``, the number is the repeat, and ``nsga2`` names all repeats.
    Trials with an infinite objective, and those that violate the sampler's constraints, are left out.

    Args:
        location: URL of the storage, or path of a journal.
        name: Name of a study or of its repeats; empty for all studies.

    Raises:
        UserError: When the storage cannot be opened, there is no such study or no trial to compare, or a study has
            other than two objectives.
    """
    shown = hide_password(location) if isinstance(location, str) else str(location)
    storage = _opened(location, shown)
    with quiet_optuna():
        there = optuna.get_all_study_names(storage)
        chosen = sorted(each for each in there if name in {"", each, _method_and_repeat(each)[0]})
        if not chosen:
            raise UserError(f"--import {shown} must be a storage with {_wanted(name)}; {_listed(there)}.")
        studies = [optuna.load_study(study_name=each, storage=storage) for each in chosen]
        rows = [row for study in studies for row in _rows(study, shown)]
    source = f"{shown}#{name}" if name else shown
    if not rows:
        trials = sum(len(study.get_trials(deepcopy=False)) for study in studies)
        raise UserError(
            f"--import {source} must have a trial that is complete, finite and feasible; found none among {trials:,}."
        )
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(source=source, columns=columns, rows=rows)


def _opened(location: Path | str, shown: str) -> BaseStorage:
    if isinstance(location, Path) and not location.is_file():
        raise UserError(f"--import {shown} must be an Optuna journal; there is no such file.")
    try:
        return open_storage(location, to_write=False)
    except UserError as error:
        raise UserError(str(error).replace("--storage", "--import", 1)) from error


def _rows(study: Study, shown: str) -> Iterator[Row]:
    where = f"{shown}#{one_line(study.study_name)}"
    if len(study.directions) != 2 or set(study.directions) != {StudyDirection.MINIMIZE}:
        raise UserError(
            f"--import {where} must minimise two objectives, the loss and the norm; it has directions "
            f"{', '.join(direction.name.lower() for direction in study.directions)}; of several studies, name those to "
            f"compare, each with an --import {shown}#STUDY."
        )
    names = study.metric_names or ["0", "1"]
    method, repeat = _method_and_repeat(study.study_name)
    seconds = 0.0
    for trial in study.get_trials(deepcopy=False):
        seconds += trial.duration.total_seconds() if trial.duration else 0.0
        if trial.state is TrialState.COMPLETE and all(map(math.isfinite, trial.values)) and _is_feasible(trial):
            cells = {METHOD: method, REPEAT: repeat, SECONDS_SPENT: repr(seconds), **_numbers(trial)}
            cells |= dict(zip(names, map(repr, trial.values), strict=True))
            yield Row(where=f"{where}, trial {trial.number}", key=f"#{trial.number}", cells=cells)


def _numbers(trial: FrozenTrial) -> dict[str, str]:
    """The user attributes that are numbers."""
    return {name: repr(value) for name, value in trial.user_attrs.items() if is_number(value)}


def _is_feasible(trial: FrozenTrial) -> bool:
    """Whether it meets all constraints, as Optuna's list of best trials asks."""
    return all(violation <= 0 for violation in trial.constraints.values())


def _wanted(name: str) -> str:
    return f"a study {name!r}" if name else "a study"


def _method_and_repeat(study_name: str) -> tuple[str, str]:
    method, _, repeat = study_name.rpartition("/")
    return (method, repeat) if method and repeat.isascii() and repeat.isdecimal() else (study_name, "0")


def _listed(names: list[str]) -> str:
    return f"it has {shortened(', '.join(map(repr, sorted(names))))}" if names else "it has none"
