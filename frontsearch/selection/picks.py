"""``pick``: applies a rule to the fronts of one or several runs."""

import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frontsearch.comparison import Point, RunResult
from frontsearch.measures import Measure, Measures
from frontsearch.selection.rules import LIMITED, NO_NETWORK, BestWithinLimit, Rule, cost, size, with_measure
from frontsearch.trial import Status, Trial


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A network that a rule picked.

    Attributes:
        description: One sentence that says which network the rule picks.
        result: Result of the run that found the network.
        point: The network as a point of the run's fronts, with its metrics.
        trial: The network's trial.
        checkpoint: Path of the network's weights, relative to the study's output folder.
        export: Command that exports the network to a file of its own.
    """

    description: str
    result: RunResult
    point: Point
    trial: Trial
    checkpoint: str
    export: str


def pick(rule: Rule, runs: Sequence[RunResult], *, measures: Measures, folder: Path) -> Pick | str:
    """Picks a network from the fronts of one or several runs.

    Args:
        rule: The rule to pick by.
        runs: Results of the runs to pick from.
        measures: Loss and metrics of their task.
        folder: Output folder of their study, as the user names it.

    Returns:
        The picked network, or one sentence for users that says why there is none.
    """
    candidates = _candidates(runs)
    chosen = rule.choose([point for _, point, _ in candidates.values()], measures)
    if isinstance(chosen, str):
        return chosen
    return _pick_of(candidates[chosen.trial.key], description=rule.description(measures), folder=folder)


def picks_for_any_limit(runs: Sequence[RunResult], *, measures: Measures, folder: Path) -> list[Pick]:
    """Every network that :class:`BestWithinLimit` or :class:`Sparsest` picks at some limit, each once.

    Arguments as for :func:`pick`.
    """
    candidates = _candidates(runs)
    points = [point for _, point, _ in candidates.values()]
    loss, criterion = measures.loss, measures.criterion
    fronts = [
        _front_by(
            with_measure(points, criterion),
            lambda point: (cost(point, criterion), size(point, measures), cost(point, loss), point.trial.key),
        ),
        *(_best_within_limits(points, BestWithinLimit(metric, 0), loss) for metric in LIMITED),
    ]
    keys = dict.fromkeys(point.trial.key for front in fronts for point in front)
    description = "A network that is picked at some limit on its size or its metric on validation data."
    return [_pick_of(candidates[key], description=description, folder=folder) for key in keys]


def export_command(folder: Path, key: str) -> str:
    """The command that exports a trial's network from an output folder to a file of its own."""
    return f"frontsearch export {shlex.quote(str(folder))} {key[:8]}"


def with_remedy(sentence: str, runs: Sequence[RunResult]) -> str:
    """The sentence with which :func:`pick` answers, and what to do if that is because all trainings diverged."""
    trials = [trial for result in runs for trial in result.run.trials]
    rates = [trial.recipe.learning_rate for trial in trials if trial.status is Status.DIVERGED]
    if sentence != NO_NETWORK or not rates or len(rates) < len(trials):
        return sentence
    return f"{sentence} All {len(rates)} diverged: try a learning rate below {min(rates):g}."


_Candidate = tuple[RunResult, Point, Trial]


def _candidates(runs: Sequence[RunResult]) -> dict[str, _Candidate]:
    """The networks on the fronts of these runs, by trial key.

    A training that several runs share belongs to the first of them. Imported networks are left out, as their weights
    are not at hand.
    """
    points = [(result, point) for result in runs for point in result.points]
    points += [(result, point) for result in runs for point in result.networks]
    candidates: dict[str, _Candidate] = {}
    for result, point in points:
        if isinstance(point.trial, Trial):
            candidates.setdefault(point.trial.key, (result, point, point.trial))
    return candidates


def _pick_of(candidate: _Candidate, *, description: str, folder: Path) -> Pick:
    result, point, trial = candidate
    return Pick(
        description=description, result=result, point=point, trial=trial,
        checkpoint=f"checkpoints/{trial.key}.safetensors", export=export_command(folder, trial.key),
    )  # fmt: skip


def _best_within_limits(points: Iterable[Point], rule: BestWithinLimit, loss: Measure) -> Iterator[Point]:
    """The points that the rule picks at some limit."""
    known = [point for point in points if math.isfinite(rule.value(point))]
    return _front_by(known, lambda point: (rule.value(point), (cost(point, loss),)))


def _front_by(points: Iterable[Point], metrics: Callable[[Point], tuple[Any, ...]]) -> Iterator[Point]:
    """The points that are non-dominated in their first two metrics; of points equal in both, the first by the rest.

    The second metric is a tuple, whose first entries count first.
    """
    lowest: tuple[float, ...] = (math.inf, math.inf)
    for point in sorted(points, key=metrics):
        if (second := metrics(point)[1]) < lowest:
            lowest = second
            yield point
