"""Optuna's multiobjective samplers over the shared space: ``optuna-tpe`` and ``optuna-nsga2``."""

from collections.abc import Callable
from dataclasses import dataclass

import optuna
from optuna.samplers import BaseSampler, NSGAIISampler, TPESampler
from optuna.trial import TrialState

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, draw_seed
from frontsearch.trial import Trial


@dataclass(frozen=True, kw_only=True)
class OptunaTpe:
    """Optuna's multiobjective tree-structured Parzen estimator.

    [Ozaki2022]_; ``startup`` random trainings come first, and each batch holds ``batch`` trainings that know of one
    another through the constant liar.
    """

    startup: int = 10
    batch: int = 2

    def __post_init__(self) -> None:
        check("startup", self.startup, "not negative", holds=self.startup >= 0)
        check("batch", self.batch, "at least 1", holds=self.batch >= 1)

    def search(self, setting: Setting) -> Search:
        """Batches without end."""
        return _search(setting, lambda seed: TPESampler(n_startup_trials=self.startup, seed=seed), self.batch)


@dataclass(frozen=True, kw_only=True)
class OptunaNsga2:
    """Optuna's NSGA-II [Deb2002]_, a generation a batch."""

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def search(self, setting: Setting) -> Search:
        """Generations without end."""
        return _search(setting, lambda seed: NSGAIISampler(population_size=self.population, seed=seed), self.population)


def _search(setting: Setting, sampler: Callable[[int], BaseSampler], batch: int) -> Search:
    rng = setting.rng()
    study = _quiet_study(sampler(draw_seed(rng)))
    while True:
        asked = [study.ask() for _ in range(batch)]
        values = [setting.space.suggest(trial) for trial in asked]
        trials = yield [setting.space.decode(setting.template, chosen, seed=draw_seed(rng)) for chosen in values]
        for number, trial in zip((trial.number for trial in asked), trials, strict=True):
            _tell(study, number, trial)


def _quiet_study(sampler: BaseSampler) -> optuna.Study:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(directions=["minimize", "minimize"], sampler=sampler)
    finally:
        optuna.logging.set_verbosity(verbosity)


def _tell(study: optuna.Study, number: int, trial: Trial) -> None:
    if trial.objectives is None:
        study.tell(number, state=TrialState.FAIL)
    else:
        study.tell(number, trial.objectives)
