"""``Ledger``: every trial of a study in an Optuna storage, looked up by key; one Optuna study for each run."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, JournalStorage

from frontsearch.errors import UserError, option
from frontsearch.ledger import stored_runs
from frontsearch.ledger.lease import Lease, damaged_leases
from frontsearch.ledger.listed_folders import comparison_name, is_listed, list_folder
from frontsearch.ledger.optuna_distributions import check_compatible, distributions
from frontsearch.ledger.storage import quiet_optuna, set_aside, storage_errors
from frontsearch.ledger.stored_trial import to_frozen_trial
from frontsearch.names import CROSS_ENTROPY, KEY, L1, METHOD, REPEAT, TASK
from frontsearch.recipe import Field
from frontsearch.space import Space
from frontsearch.trial import Run, Trial

INITIAL_TRIALS = "seeds"  # the Optuna study NAME/seeds/0 has the trials of an earlier run that searches begin with


class Ledger:
    """All trials of a study's runs, in Optuna studies named ``NAME/METHOD/REPEAT``.

    Args:
        storage: Optuna storage that holds the Optuna studies.
        name: Name of the frontsearch study.
        fingerprint: Fingerprint of the task; it is stored with every Optuna study.
        space: Search space; recipe fields in it become Optuna parameters, so that Optuna's plots show them.
        objectives: Names of the objectives in metrics.
    """

    def __init__(
        self, storage: BaseStorage, name: str, *, fingerprint: str, space: Space,
        objectives: tuple[str, str] = (CROSS_ENTROPY, L1),
    ) -> None:  # fmt: skip
        self.storage, self.name, self.fingerprint, self.space = storage, name, fingerprint, space
        self.objectives = objectives
        self._distributions = distributions(space)
        self._trials: dict[str, Trial] = {}
        self._runs: dict[str, dict[str, Trial]] = {}
        self._studies: dict[str, optuna.Study] = {}
        self._certificates: dict[str, float] = {}
        self._set_aside: dict[str, None] = {}
        self._lease: Lease | None = None
        self._refresh()

    def add_folder(self, identifier: str) -> None:
        """Lists an output folder as one of this study's."""
        list_folder(self.storage, self._open(comparison_name(self.name)).study_name, identifier)

    def has_folder(self, identifier: str) -> bool:
        """Whether an output folder is listed as one of this study's."""
        return is_listed(self.storage, comparison_name(self.name), identifier)

    @contextmanager
    def leased(self, runs: Iterable[tuple[str, int]], *, folder: Path) -> Iterator[None]:
        """Holds the exclusive right to train these runs and to write to the folder until the block ends.

        Trials that others recorded before are read first, those that they record for other runs meanwhile are not.

        Args:
            runs: Method and repeat of each run.
            folder: Output folder of the study.

        Raises:
            UserError: When another coordinator has one of the runs or the folder, or trains another task by this name,
                or when a database cannot store trials of this search space beside those that a run already has.
        """
        names, comparison = [self._study_name(*run) for run in runs], self._open(comparison_name(self.name))
        study_id = self.storage.get_study_id_from_name(comparison.study_name)
        lease = Lease(self.storage, study_id, runs=names, folder=folder, task=self.fingerprint)
        with lease.held():
            self._lease = lease
            self._refresh()
            self._complete(comparison, {})  # stores the task, of which there is one for all who have a lease
            for name in names:
                if name in self._studies and not isinstance(self.storage, JournalStorage):  # a journal stores any
                    trials = stored_runs.frozen_trials(self._studies[name], self.storage)
                    check_compatible(name, (trial for _, trial in trials), self._distributions)
            yield

    def lookup(self, key: str) -> Trial | None:
        """The trial with this key from any run of the study; initial trials are not among them."""
        return self._trials.get(key)

    def find(self, key: str) -> Trial | None:
        """The trial with this key from any run of the study or from its initial trials."""
        return self._trials.get(key) or self._runs.get(self._study_name(INITIAL_TRIALS, 0), {}).get(key)

    @property
    def recorded(self) -> Collection[Trial]:
        """The trials of all runs of the study; initial trials are not among them."""
        return self._trials.values()

    @property
    def set_aside(self) -> tuple[str, ...]:
        """A sentence on each record of the storage that is damaged and was left out."""
        return (*set_aside(self.storage), *self._set_aside)

    def trials(self, method: str, repeat: int) -> tuple[Trial, ...]:
        """The trials of a run in the order recorded."""
        return tuple(self._runs.get(self._study_name(method, repeat), {}).values())

    def keys_outside(self, runs: Iterable[Run]) -> set[str]:
        """Keys of the recorded trials that are in none of these runs, such as those of other methods or seeds."""
        keys = {self._study_name(run.method, run.repeat): {trial.key for trial in run.trials} for run in runs}
        return {key for name, recorded in self._runs.items() for key in recorded.keys() - keys.get(name, set())}

    def record(self, method: str, repeat: int, trial: Trial) -> None:
        """Appends a trial to a run's Optuna study in one write, unless it is there already.

        Raises:
            UserError: When the storage cannot be written to, or another coordinator has taken over the run.
        """
        run = self._runs.setdefault(self._study_name(method, repeat), {})
        if trial.key not in run:
            self._add(trial, self.optuna_study(method, repeat))
            run[trial.key] = trial
            if method != INITIAL_TRIALS:
                self._trials[trial.key] = trial

    def replace(self, trial: Trial) -> None:
        """Records a trial that was trained again, in every run that has one with its key; the last record counts.

        Raises:
            UserError: When the storage cannot be written to.
        """
        for name, run in self._runs.items():
            if trial.key in run:
                self._add(trial, self._studies[name])
                run[trial.key] = trial
        self._trials |= {trial.key: trial} if trial.key in self._trials else {}

    def _add(self, trial: Trial, study: optuna.Study) -> None:
        if self._lease:
            self._lease.ensure_held()
        with storage_errors(f"Trial {trial.key}"):
            study.add_trial(to_frozen_trial(trial, self.space, self._distributions))

    @property
    def certificates(self) -> Mapping[str, float]:
        """Optimality gaps by trial key, of the trials on any run's front."""
        return self._certificates

    def record_certificates(self, method: str, repeat: int, certificates: Mapping[str, float]) -> None:
        """Stores optimality gaps by trial key with a run's Optuna study: Optuna's finished trials are immutable."""
        with storage_errors("The certificates"):
            study = self.optuna_study(method, repeat)
            stored = self._attribute(study, stored_runs.certificates_of)
            if certificates.keys() - stored.keys():
                study.set_user_attr(stored_runs.CERTIFICATES, {**stored, **certificates})
                self._certificates |= certificates

    def finished_entry(self, method: str, repeat: int) -> Mapping[str, Any]:
        """The entry that :meth:`mark_finished` stored last for a run; empty if the run never finished."""
        study = self._studies.get(self._study_name(method, repeat))
        return {} if study is None else self._attribute(study, stored_runs.finished_entry_of)

    def mark_finished(self, method: str, repeat: int, entry: Mapping[str, Any]) -> None:
        """Marks a run as finished and stores an entry with it."""
        with storage_errors("The end of a run"):
            self.optuna_study(method, repeat).set_user_attr(stored_runs.FINISHED, entry)

    def optuna_study(self, method: str, repeat: int) -> optuna.Study:
        """The Optuna study of a run, created on first use."""
        return self._get_or_create(self._study_name(method, repeat), {METHOD: method, REPEAT: repeat})

    def comparison_study(self) -> optuna.Study:
        """The Optuna study ``NAME/comparison``, created on first use. It has no trials and is not a run."""
        return self._get_or_create(comparison_name(self.name), {})

    def trial_numbers(self, method: str, repeat: int) -> dict[str, int]:
        """Optuna's numbers of a run's trials, by trial key."""
        trials = stored_runs.frozen_trials(self.optuna_study(method, repeat), self.storage)
        sound = ((number, trial) for number, trial in trials if not isinstance(trial, Exception))
        return {str(trial.user_attrs[KEY]): number for number, trial in sound if KEY in trial.user_attrs}

    def _get_or_create(self, name: str, attributes: Mapping[str, Field]) -> optuna.Study:
        if name not in self._studies:
            self._complete(self._open(name), attributes)
        return self._studies[name]

    def _open(self, name: str) -> optuna.Study:
        """An Optuna study, created without attributes if there is none."""
        if name in self._studies:
            return self._studies[name]
        with quiet_optuna(), storage_errors(f"The Optuna study {name}"):
            study = optuna.create_study(
                study_name=name, storage=self.storage, directions=["minimize", "minimize"], load_if_exists=True
            )
            self._check_task(study)
            return study

    def _complete(self, study: optuna.Study, attributes: Mapping[str, Field]) -> None:
        """Stores the attributes and the task of a study that is new or whose creation was interrupted."""
        with quiet_optuna(), storage_errors(f"The Optuna study {study.study_name}"):
            stored = stored_runs.attributes_of(study, self.storage)
            if TASK not in stored:  # it is stored last
                study.set_metric_names(list(self.objectives))
            for attribute, value in {**attributes, TASK: self.fingerprint}.items():
                if stored.get(attribute) != value:
                    study.set_user_attr(attribute, value)
        self._studies[study.study_name] = study

    def _check_task(self, study: optuna.Study) -> None:
        # Trials are read before the task: a coordinator that is creating the study stores the task before any trial.
        trials = stored_runs.frozen_trials(study, self.storage)
        task = stored_runs.attributes_of(study, self.storage).get(TASK)
        if not isinstance(task, str | None):
            self._set_aside[f"The attribute {TASK} of {study.study_name} is damaged, so it is left out."] = None
        fits = task == self.fingerprint if isinstance(task, str) else stored_runs.has_keys(trials, self.fingerprint)
        if not fits:
            raise UserError(
                f"The storage has a study {study.study_name} of another task ({task} and not {self.fingerprint}); "
                f"give this study another name or another {option('storage')}."
            )

    def _study_name(self, method: str, repeat: int) -> str:
        return f"{self.name}/{method}/{repeat}"

    def _attribute(self, study: optuna.Study, read: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
        """An entry of a study's attributes; empty if it is damaged."""
        try:
            return read(stored_runs.attributes_of(study, self.storage))
        except ValueError as error:
            self._set_aside[f"An attribute of {study.study_name} is damaged, so it is left out: {error}"] = None
            return {}

    def _refresh(self) -> None:
        """Reads whatever the storage has beyond what is known already."""
        task, loss = self.fingerprint, self.objectives[0]
        for name in optuna.get_all_study_names(self.storage):
            if name.startswith(f"{self.name}/"):
                study = optuna.load_study(study_name=name, storage=self.storage)
                self._check_task(study)
                self._certificates |= self._attribute(study, stored_runs.certificates_of)
                if TASK in stored_runs.attributes_of(study, self.storage):
                    self._studies[name] = study
                run = self._runs.setdefault(name, {})
                read = stored_runs.read_trials(study, self.storage, task=task, known=run, loss=loss)
                run |= {trial.key: trial for trial in read.trials}
                self._set_aside |= dict.fromkeys((*read.set_aside, *damaged_leases(study, self.storage)))
                if name != self._study_name(INITIAL_TRIALS, 0):
                    self._trials |= run
