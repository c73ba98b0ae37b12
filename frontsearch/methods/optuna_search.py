"""Optuna's multiobjective samplers over the shared space."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, GPSampler, NSGAIIISampler, NSGAIISampler, TPESampler
from optuna.trial import FixedTrial, FrozenTrial, TrialState, create_trial

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, SpaceSearch, draw_seed
from frontsearch.trial import Trial


class OptunaSearch(SpaceSearch):
    """What Optuna's samplers share; each says only which one it is and how many trainings it chooses at once."""

    def search(self, setting: Setting) -> Search:
        """Batches without end."""
        return _search(setting, self._sampler, batch=self._size(), initial_trials=self.usable(setting))

    def _size(self) -> int:
        raise NotImplementedError

    def _sampler(self, seed: int) -> BaseSampler:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ModelSearch(OptunaSearch):
    """``startup`` random trainings come first, and each batch holds ``batch`` trainings that know of one another."""

    startup: int = 10
    batch: int = 2

    def __post_init__(self) -> None:
        check("startup", self.startup, "not negative", holds=self.startup >= 0)
        check("batch", self.batch, "at least 1", holds=self.batch >= 1)

    def _size(self) -> int:
        return self.batch


@dataclass(frozen=True, kw_only=True)
class GeneticSearch(OptunaSearch):
    """A generation a batch."""

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def _size(self) -> int:
        return self.population


@dataclass(frozen=True, kw_only=True)
class OptunaTpe(ModelSearch):
    """Optuna's multiobjective tree-structured Parzen estimator.

    [Ozaki2022]_; ``startup`` random trainings come first, and each batch holds ``batch`` trainings that know of one
    another through the constant liar.
    """

    def _sampler(self, seed: int) -> BaseSampler:
        return TPESampler(n_startup_trials=self.startup, seed=seed)


@dataclass(frozen=True, kw_only=True)
class OptunaGp(ModelSearch):
    """Optuna's Gaussian processes, one an objective, and the expected gain in hypervolume [Daulton2020]_.

    ``startup`` random trainings come first, and each batch holds ``batch`` trainings that know of one another. Entries
    with conditions are drawn at random. A choice takes seconds, so this is for trainings that take longer.
    """

    def _sampler(self, seed: int) -> BaseSampler:
        return GPSampler(n_startup_trials=self.startup, seed=seed, warn_independent_sampling=False)


@dataclass(frozen=True, kw_only=True)
class OptunaNsga2(GeneticSearch):
    """Optuna's NSGA-II [Deb2002]_, a generation a batch."""

    def _sampler(self, seed: int) -> BaseSampler:
        return NSGAIISampler(population_size=self.population, seed=seed)


@dataclass(frozen=True, kw_only=True)
class OptunaNsga3(GeneticSearch):
    """Optuna's NSGA-III [Deb2014]_, a generation a batch, with as many reference points as individuals."""

    def _sampler(self, seed: int) -> BaseSampler:
        # On two axes n divisions make n + 1 points; Optuna's default of 3 would leave all but 4 niches to chance.
        size = self.population
        return NSGAIIISampler(population_size=size, dividing_parameter=size - 1, seed=seed)


def _search(
    setting: Setting, sampler: Callable[[int], BaseSampler], *, batch: int, initial_trials: Sequence[Trial]
) -> Search:
    """Batches without end, after former trials that cost nothing."""
    rng = setting.rng()
    study = _quiet_study(sampler, draw_seed(rng))
    study.add_trials([_known(setting, trial, study.sampler) for trial in initial_trials])
    size = batch - len(initial_trials) if len(initial_trials) < batch else batch  # what the first generation lacks
    while True:
        asked = [study.ask() for _ in range(size)]
        values = [setting.space.suggest(trial) for trial in asked]
        trials = yield [setting.space.decode(setting.template, chosen, seed=draw_seed(rng)) for chosen in values]
        for number, trial in zip((trial.number for trial in asked), trials, strict=True):
            _tell(study, number, trial)
        size = batch


def _quiet_study(sampler: Callable[[int], BaseSampler], seed: int) -> optuna.Study:
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # as Optuna still calls its NSGA-III
            return optuna.create_study(directions=["minimize", "minimize"], sampler=sampler(seed))
    finally:
        optuna.logging.set_verbosity(verbosity)


def _known(setting: Setting, trial: Trial, sampler: BaseSampler) -> FrozenTrial:
    """A former trial as Optuna's own."""
    fixed = FixedTrial(dict(setting.space.encode(setting.template, trial.recipe) or {}))
    setting.space.suggest(fixed)
    return create_trial(
        values=trial.objectives,
        params=fixed.params,
        distributions=fixed.distributions,
        # Optuna's genetic samplers pass over trials that are of no generation.
        system_attrs={f"{type(sampler).__name__}:generation": 0},
    )


def _tell(study: optuna.Study, number: int, trial: Trial) -> None:
    if trial.objectives is None:
        study.tell(number, state=TrialState.FAIL)
    else:
        study.tell(number, trial.objectives)
