"""A study in an Optuna storage: every training that was paid for, looked up by key, one Optuna study a run."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage, JournalStorage

from frontsearch.errors import UserError
from frontsearch.ledger.lease import Lease
from frontsearch.ledger.optuna_distributions import check_compatible, distributions
from frontsearch.ledger.records import CERTIFICATES, OVER, frozen, trials_of
from frontsearch.ledger.storage import quiet, storage_errors
from frontsearch.names import OBJECTIVES
from frontsearch.recipe import Field
from frontsearch.space import Space
from frontsearch.trial import Run, Trial

SEEDS = "seeds"  # stands for a method where the trials of a former run are noted
COMPARISON = "comparison"  # stands where a method does, of the Optuna study that is no run


class Ledger:
    """All trials of a study's runs, in Optuna studies named ``NAME/METHOD/REPEAT``.

    Args:
        storage: Where the Optuna studies live.
        name: The frontsearch study's name.
        fingerprint: Of the task; noted on every Optuna study.
        space: What of a recipe becomes Optuna parameters, for Optuna's own plots.
    """

    def __init__(self, storage: BaseStorage, name: str, *, fingerprint: str, space: Space) -> None:
        self.storage, self.name, self.fingerprint, self.space = storage, name, fingerprint, space
        self._distributions = distributions(space)
        self._trials: dict[str, Trial] = {}
        self._runs: dict[str, dict[str, Trial]] = {}
        self._studies: dict[str, optuna.Study] = {}
        self._certificates: dict[str, float] = {}
        self._lease: Lease | None = None
        self._read()

    @contextmanager
    def leased(self, runs: Iterable[tuple[str, int]], *, folder: Path) -> Iterator[None]:
        """With these runs, by method and repeat, and the folder for no other coordinator to train or to write to.

        What has been recorded by then is known; what others record of other runs meanwhile is not, nor need it be.

        Raises:
            UserError: When another coordinator has one of the runs, or the folder, or the storage does not take a
                run's trials in this space beside those that it has.
        """
        names = [self._study_name(*run) for run in runs]
        number = self.storage.get_study_id_from_name(self.comparison().study_name)
        lease = Lease(self.storage, number, runs=names, folder=folder)
        with lease.held():
            self._lease = lease
            self._read()
            for name in names:
                if name in self._studies and not isinstance(self.storage, JournalStorage):  # which takes any
                    check_compatible(self._studies[name], self._distributions)
            yield

    def lookup(self, key: str) -> Trial | None:
        """The trial with this key, whichever run paid for it; seeds were paid for elsewhere."""
        return self._trials.get(key)

    def trials(self, method: str, repeat: int) -> tuple[Trial, ...]:
        """A run's trials in the order in which they were recorded."""
        return tuple(self._runs.get(self._study_name(method, repeat), {}).values())

    def besides(self, runs: Iterable[Run]) -> set[str]:
        """Keys of the trials that are recorded for others than these runs: other methods, seeds or budgets."""
        own = {self._study_name(run.method, run.repeat): {trial.key for trial in run.trials} for run in runs}
        return {key for name, recorded in self._runs.items() for key in recorded.keys() - own.get(name, set())}

    def record(self, method: str, repeat: int, trial: Trial) -> None:
        """Appends a trial to a run's Optuna study, at once and whole, unless it is there already."""
        run = self._runs.setdefault(self._study_name(method, repeat), {})
        if trial.key not in run:
            if self._lease:
                self._lease.check()
            with storage_errors(f"Trial {trial.key}"):
                self.study(method, repeat).add_trial(frozen(trial, self.space, self._distributions))
            run[trial.key] = trial
            if method != SEEDS:
                self._trials[trial.key] = trial

    @property
    def certificates(self) -> Mapping[str, float]:
        """Certificates by trial key, whichever run's front they were computed for."""
        return self._certificates

    def certify(self, method: str, repeat: int, certificates: Mapping[str, float]) -> None:
        """Notes certificates on a run's Optuna study: its finished trials take no attributes any more."""
        with storage_errors("The certificates"):
            noted = self.study(method, repeat).user_attrs.get(CERTIFICATES, {})
            if certificates.keys() - noted.keys():
                self.study(method, repeat).set_user_attr(CERTIFICATES, {**noted, **certificates})
                self._certificates |= certificates

    def over(self, method: str, repeat: int) -> Mapping[str, Any]:
        """What was noted of a run when it was last over; empty where it never was."""
        study = self._studies.get(self._study_name(method, repeat))
        return {} if study is None else study.user_attrs.get(OVER, {})

    def end(self, method: str, repeat: int, noted: Mapping[str, Any]) -> None:
        """Notes on a run's Optuna study that it is over."""
        with storage_errors("The end of a run"):
            self.study(method, repeat).set_user_attr(OVER, noted)

    def study(self, method: str, repeat: int) -> optuna.Study:
        """The Optuna study of a run, made on first use."""
        return self._study(self._study_name(method, repeat), {"method": method, "repeat": repeat})

    def comparison(self) -> optuna.Study:
        """The Optuna study ``NAME/comparison``, which has no trials and is no run, made on first use."""
        return self._study(f"{self.name}/{COMPARISON}", {})

    def numbers(self, method: str, repeat: int) -> dict[str, int]:
        """Optuna's numbers of a run's trials, by key."""
        found = self.study(method, repeat).get_trials(deepcopy=False)
        return {trial.user_attrs["key"]: trial.number for trial in found if "key" in trial.user_attrs}

    def _study(self, name: str, attributes: Mapping[str, Field]) -> optuna.Study:
        if name not in self._studies:
            self._studies[name] = self._made(name, {**attributes, "task": self.fingerprint})
        return self._studies[name]

    def _made(self, name: str, attributes: Mapping[str, Field]) -> optuna.Study:
        with quiet():
            study = optuna.create_study(
                study_name=name, storage=self.storage, directions=["minimize", "minimize"], load_if_exists=True
            )
            self._check_task(study)
            if "task" not in study.user_attrs:  # new, or its making was interrupted: the task is noted last
                study.set_metric_names(list(OBJECTIVES))
                for attribute, value in attributes.items():
                    study.set_user_attr(attribute, value)
            return study

    def _check_task(self, study: optuna.Study) -> None:
        trials = study.get_trials(deepcopy=False)  # first: whoever makes the study now adds them after the task
        found = study.user_attrs.get("task")
        if found != self.fingerprint and (found is not None or trials):
            raise UserError(
                f"The storage has a study {study.study_name} of another task ({found} and not {self.fingerprint}); "
                "give this one another name or another --storage."
            )

    def _study_name(self, method: str, repeat: int) -> str:
        return f"{self.name}/{method}/{repeat}"

    def _read(self) -> None:
        """Takes in what the storage has beyond what is known."""
        for name in optuna.get_all_study_names(self.storage):
            if name.startswith(f"{self.name}/"):
                study = optuna.load_study(study_name=name, storage=self.storage)
                self._check_task(study)
                self._certificates |= study.user_attrs.get(CERTIFICATES, {})
                if "task" in study.user_attrs:
                    self._studies[name] = study
                run = self._runs.setdefault(name, {})
                run |= {trial.key: trial for trial in trials_of(study, known=run)}
                if name != self._study_name(SEEDS, 0):
                    self._trials |= run
