"""``optuna-*``: Optuna's multiobjective samplers over the shared search space.

Optuna is imported when a search begins, so that help and lists do not wait for it.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from frontsearch.errors import check
from frontsearch.methods.base import Search, Setting, SpaceSearch, draw_seed
from frontsearch.trial import Trial

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial


class OptunaSearch(SpaceSearch):
    """Base of the methods that use an Optuna sampler; a subclass names the sampler and its batch size."""

    def search(self, setting: Setting) -> Search:
        """Yields batches without end."""
        return _sample(
            setting, self._sampler, batch_size=self._batch_size(), initial_trials=self.usable_initial_trials(setting)
        )

    def _batch_size(self) -> int:
        raise NotImplementedError

    def _sampler(self, seed: int) -> "BaseSampler":
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class ModelSearch(OptunaSearch):
    """Base of the samplers that model the objectives.

    Attributes:
        startup: Number of random trainings before the model is used.
        batch: Number of trainings per batch.
    """

    startup: int = 10
    batch: int = 2

    def __post_init__(self) -> None:
        check("startup", self.startup, "not negative", holds=self.startup >= 0)
        check("batch", self.batch, "at least 1", holds=self.batch >= 1)

    def _batch_size(self) -> int:
        return self.batch


@dataclass(frozen=True, kw_only=True)
class GeneticSearch(OptunaSearch):
    """Base of the genetic samplers; a batch is a generation.

    Attributes:
        population: Number of trainings per generation.
    """

    population: int = 20

    def __post_init__(self) -> None:
        check("population", self.population, "at least 2", holds=self.population >= 2)

    def _batch_size(self) -> int:
        return self.population


@dataclass(frozen=True, kw_only=True)
class OptunaTpe(ModelSearch):
    """Searches hyperparameters with Optuna's multiobjective tree-structured Parzen estimator [Ozaki2022]_.

    The first ``startup`` trainings are random. The ``batch`` trainings of a batch take account of one another through
    the constant liar.
    """

    def _sampler(self, seed: int) -> "BaseSampler":
        from optuna.samplers import TPESampler  # noqa: PLC0415

        return TPESampler(n_startup_trials=self.startup, seed=seed)


@dataclass(frozen=True, kw_only=True)
class OptunaGp(ModelSearch):
    """Searches hyperparameters with Optuna's Gaussian processes and expected hypervolume gain [Daulton2020]_.

    The first ``startup`` trainings are random. The ``batch`` trainings of a batch take account of one another. Entries
    of the search space with conditions are drawn at random. Choosing a recipe takes seconds, so this method suits
    trainings that take longer.
    """

    def _sampler(self, seed: int) -> "BaseSampler":
        from optuna.samplers import GPSampler  # noqa: PLC0415

        return GPSampler(n_startup_trials=self.startup, seed=seed, warn_independent_sampling=False)


@dataclass(frozen=True, kw_only=True)
class OptunaNsga2(GeneticSearch):
    """Evolves hyperparameters with Optuna's NSGA-II [Deb2002]_, one generation per batch."""

    def _sampler(self, seed: int) -> "BaseSampler":
        from optuna.samplers import NSGAIISampler  # noqa: PLC0415

        return NSGAIISampler(population_size=self.population, seed=seed)


@dataclass(frozen=True, kw_only=True)
class OptunaNsga3(GeneticSearch):
    """Evolves hyperparameters with Optuna's NSGA-III [Deb2014]_, one generation per batch.

    There are as many reference points as individuals.
    """

    def _sampler(self, seed: int) -> "BaseSampler":
        from optuna.samplers import NSGAIIISampler  # noqa: PLC0415

        # On two axes, n divisions make n + 1 reference points; Optuna's default of 3 divisions would make only 4.
        size = self.population
        return NSGAIIISampler(population_size=size, dividing_parameter=size - 1, seed=seed)


def _sample(
    setting: Setting, sampler: "Callable[[int], BaseSampler]", *, batch_size: int, initial_trials: Sequence[Trial]
) -> Search:
    """Yields batches without end; the initial trials count toward the first one and are not charged to the budget."""
    rng = setting.rng()
    study = _create_study(sampler, draw_seed(rng))
    study.add_trials([_frozen_trial(setting, trial, study.sampler) for trial in initial_trials])
    missing = batch_size - len(initial_trials)
    size = missing if missing > 0 else batch_size
    while True:
        asked = [study.ask() for _ in range(size)]
        values = [setting.space.suggest(trial) for trial in asked]
        outcomes = yield [setting.space.decode(setting.template, value, seed=draw_seed(rng)) for value in values]
        for trial, outcome in zip(asked, outcomes, strict=True):
            _tell(study, trial.number, outcome)
        size = batch_size


def _create_study(sampler: "Callable[[int], BaseSampler]", seed: int) -> "Study":
    """Creates a study without the log messages and the warning that Optuna would print."""
    import optuna  # noqa: PLC0415
    from optuna.exceptions import ExperimentalWarning  # noqa: PLC0415

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # Optuna's NSGA-III is still marked experimental
            return optuna.create_study(directions=["minimize", "minimize"], sampler=sampler(seed))
    finally:
        optuna.logging.set_verbosity(verbosity)


def _frozen_trial(setting: Setting, trial: Trial, sampler: "BaseSampler") -> "FrozenTrial":
    """An initial trial as a completed Optuna trial."""
    from optuna.trial import FixedTrial, create_trial  # noqa: PLC0415

    fixed = FixedTrial(dict(setting.space.encode(setting.template, trial.recipe) or {}))
    setting.space.suggest(fixed)
    return create_trial(
        values=trial.objectives,
        params=fixed.params,
        distributions=fixed.distributions,
        # Optuna's genetic samplers ignore trials that belong to no generation.
        system_attrs={f"{type(sampler).__name__}:generation": 0},
    )


def _tell(study: "Study", number: int, trial: Trial) -> None:
    from optuna.trial import TrialState  # noqa: PLC0415

    if trial.objectives is None:
        study.tell(number, state=TrialState.FAIL)
    else:
        study.tell(number, trial.objectives)
