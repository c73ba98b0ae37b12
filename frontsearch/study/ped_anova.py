"""Hyperparameter importance by Optuna's PED-ANOVA, from the recipes of a search's trainings."""

import warnings
from collections.abc import Container, Iterable, Sequence

import optuna
from optuna.distributions import BaseDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from frontsearch.comparison import Importance
from frontsearch.ledger import distributions, parameters, quiet_optuna
from frontsearch.methods import SEARCHES
from frontsearch.recipe import Field
from frontsearch.space import Space
from frontsearch.trial import Run

TOP = 0.25  # the share of a run's trainings that counts as having reached the front
LEAST = 20  # trainings in a run: five at the top, which is what Optuna's manual asks for


def importances(runs: Iterable[Run], space: Space) -> tuple[Importance, ...]:
    """How much each entry of the space mattered, by hyperparameter search; other methods draw none.

    PED-ANOVA [Watanabe2023]_ compares where in the space the best quarter of a run's trainings lie with where all of
    them do. The best are those of the first non-dominated ranks, and of the last rank that fits in only partly those
    that add most to the hypervolume.

    Args:
        runs: In the order in which to show their methods.
        space: The study's.
    """
    found: dict[str, list[list[FrozenTrial]]] = {}
    for run in runs:
        if run.method in SEARCHES:
            found.setdefault(run.method, []).append(_drawn(run, space))
    return tuple(_importance(method, repeats) for method, repeats in found.items())


def _importance(method: str, repeats: Sequence[Sequence[FrozenTrial]]) -> Importance:
    told = [(len(drawn), _shares(drawn)) for drawn in repeats]
    judged = [(count, shares) for count, shares in told if isinstance(shares, dict)]
    names = dict.fromkeys(name for _, shares in judged for name in shares)
    return Importance(
        method=method,
        shares={name: tuple(shares.get(name, 0.0) for _, shares in judged) for name in names},
        trainings=tuple(count for count, _ in judged),
        reason="" if judged else next(why for _, why in told if isinstance(why, str)),
    )


def _drawn(run: Run, space: Space) -> list[FrozenTrial]:
    """The trainings that completed and lie in the space, by the entries whose conditions hold."""
    within, drawn = distributions(space), list[FrozenTrial]()
    for trial in run.trials:
        params = parameters(space, trial.recipe)
        if trial.objectives and params.keys() == space.active(trial.recipe.fields()).keys():
            own = {name: within[name] for name in params}
            drawn.append(_frozen(len(drawn), trial.objectives, params=params, distributions=own))
    return drawn


def _frozen(
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


class _Told(optuna.Study):
    """A study of these trials as they are: a storage would copy each of them, which takes longer than all the rest."""

    def __init__(self, trials: Sequence[FrozenTrial]) -> None:
        storage = InMemoryStorage()
        study = optuna.create_study(storage=storage, directions=["minimize", "minimize"])
        super().__init__(study.study_name, storage)
        self._told = list(trials)

    def get_trials(
        self,
        deepcopy: bool = True,  # noqa: ARG002, FBT001, FBT002 - Optuna's own signature
        states: Container[TrialState] | None = None,
    ) -> list[FrozenTrial]:
        """Those in one of these states, as they are."""
        return [trial for trial in self._told if states is None or trial.state in states]


def _shares(drawn: Sequence[FrozenTrial]) -> dict[str, float] | str:
    """The share of each entry in one run, or why they cannot be told."""
    if len(drawn) < LEAST:
        return f"{len(drawn)} trainings of the space completed, and it takes {LEAST} to tell what mattered."
    names = dict.fromkeys(name for trial in drawn for name in trial.params)
    varied = [name for name in names if len({trial.params.get(name) for trial in drawn}) > 1]
    if not varied:
        return "Nothing was varied, so nothing can have mattered."
    if len(varied) == 1:
        return f"{varied[0]} alone was varied, so there is nothing to weigh it against."
    with quiet_optuna():
        study = _Told(drawn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that some choice was made but once
        evaluator = PedAnovaImportanceEvaluator(target_quantile=TOP)
        weights = get_param_importances(study, evaluator=evaluator, params=varied, normalize=False)
    whole = sum(weights.values())
    return {name: weights[name] / whole for name in varied} if whole else "The best trainings lie where all do."
