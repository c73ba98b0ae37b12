"""Hyperparameter importance by Optuna's PED-ANOVA, from the trials of a study's searches."""

import warnings
from collections.abc import Container, Iterable, Sequence

import optuna
from optuna.distributions import BaseDistribution
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from frontsearch.comparison import Importance
from frontsearch.ledger import distributions, quiet_optuna
from frontsearch.methods import SEARCHES
from frontsearch.recipe import Field
from frontsearch.space import Space
from frontsearch.trial import Run

TOP_SHARE = 0.25  # share of a run's trials that count as the best
MIN_TRIALS = 20  # in a run, so that the best are five, the least that Optuna's manual advises


def importances(runs: Iterable[Run], space: Space) -> tuple[Importance, ...]:
    """Importance of each entry of the search space, for each hyperparameter search; other runs are left out.

    PED-ANOVA [Watanabe2023]_ compares the distribution of the best quarter of a run's trials in the space with that of
    all its trials. The best are the first non-dominated ranks; of the last rank, which may fit in only partly, those
    that add most to the hypervolume.

    Args:
        runs: Runs of any methods, in the order in which to show the methods.
        space: Search space of the study.
    """
    by_method: dict[str, list[list[FrozenTrial]]] = {}
    for run in runs:
        if run.method in SEARCHES:
            by_method.setdefault(run.method, []).append(_trials_in_space(run, space))
    return tuple(_importance(method, repeats) for method, repeats in by_method.items())


def _importance(method: str, repeats: Sequence[Sequence[FrozenTrial]]) -> Importance:
    results = [(len(trials), _shares(trials)) for trials in repeats]
    evaluated = [(count, shares) for count, shares in results if isinstance(shares, dict)]
    names = dict.fromkeys(name for _, shares in evaluated for name in shares)
    return Importance(
        method=method,
        shares={name: tuple(shares.get(name, 0.0) for _, shares in evaluated) for name in names},
        trainings=tuple(count for count, _ in evaluated),
        reason="" if evaluated else next(reason for _, reason in results if isinstance(reason, str)),
    )


def _trials_in_space(run: Run, space: Space) -> list[FrozenTrial]:
    """The completed trials within the space, with the entries whose conditions hold as parameters."""
    all_distributions, frozen_trials = distributions(space), list[FrozenTrial]()
    for trial in run.trials:
        params = space.active(trial.recipe.fields())
        if trial.objectives and all(space.entries[name].contains(value) for name, value in params.items()):
            active = {name: all_distributions[name] for name in params}
            number = len(frozen_trials)
            frozen_trials.append(_frozen_trial(number, trial.objectives, params=params, distributions=active))
    return frozen_trials


def _frozen_trial(
    number: int,
    objectives: tuple[float, float],
    *,
    params: dict[str, Field],
    distributions: dict[str, BaseDistribution],
) -> FrozenTrial:
    return FrozenTrial(
        number=number, trial_id=number, state=TrialState.COMPLETE, value=None, values=objectives, params=params,
        distributions=distributions, datetime_start=None, datetime_complete=None, user_attrs={}, system_attrs={},
        intermediate_values={},
    )  # fmt: skip


class _StudyOfTrials(optuna.Study):
    """An Optuna study that returns given trials; copying them into a storage would take longer than all the rest."""

    def __init__(self, trials: Sequence[FrozenTrial]) -> None:
        storage = InMemoryStorage()
        study = optuna.create_study(storage=storage, directions=["minimize", "minimize"])
        super().__init__(study.study_name, storage)
        self._given_trials = list(trials)

    def get_trials(
        self,
        deepcopy: bool = True,  # noqa: ARG002, FBT001, FBT002 - Optuna's own signature
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """The trials in one of these states, not copied."""
        return [trial for trial in self._given_trials if states is None or trial.state in states]


def _shares(trials: Sequence[FrozenTrial]) -> dict[str, float] | str:
    """The importance of each entry in one run, summing to 1, or the reason why it is unknown."""
    if len(trials) < MIN_TRIALS:
        return f"Only {len(trials)} trials of the search space completed; importance needs at least {MIN_TRIALS}."
    names = dict.fromkeys(name for trial in trials for name in trial.params)
    first = trials[0].params
    varied = [name for name in names if any(trial.params.get(name) != first.get(name) for trial in trials)]
    if not varied:
        return "No hyperparameter was varied, so there is no importance to compare."
    if len(varied) == 1:
        return f"Only {varied[0]} was varied, so there is no importance to compare."
    # Imports scikit-learn, for another importance; most studies have nothing to compute.
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # noqa: PLC0415

    with quiet_optuna():
        study = _StudyOfTrials(trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PED-ANOVA warns of options that only one trial has
        evaluator = PedAnovaImportanceEvaluator(target_quantile=TOP_SHARE)
        weights = get_param_importances(study, evaluator=evaluator, params=varied, normalize=False)
    total = sum(weights.values())
    if not total:
        return "The best trials are distributed in the search space as all trials are."
    return {name: weights[name] / total for name in varied}
