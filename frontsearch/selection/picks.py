"""``pick``: applies a rule to the fronts of one or several runs."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from frontsearch.comparison import Comparison, Point, RunResult
from frontsearch.measures import Measures
from frontsearch.selection.benchmarked import with_benchmarks
from frontsearch.selection.representatives import representatives
from frontsearch.selection.rules import NO_NETWORK, Rule
from frontsearch.selection.savings import Saving, savings
from frontsearch.trial import Status, Trial

REPRESENTATIVES = "The {} networks that together dominate most of what the front dominates, by hypervolume on log axes."


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A network that a rule picked.

    Attributes:
        description: One sentence that says which network the rule picks.
        result: Result of the run that found the network.
        point: The network as a point of the run's fronts, with its metrics and what ``frontsearch bench`` measured.
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


_Candidate = tuple[RunResult, Point, Trial]
Subsets = tuple[tuple[Pick, ...], ...]


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
    candidates = _candidates(runs, folder)
    chosen = rule.choose(_points(candidates), measures)
    if isinstance(chosen, str):
        return chosen
    return _pick_of(candidates[chosen.trial.key], description=rule.description(measures), folder=folder)


def picks_of_keys(keys: Iterable[str], runs: Sequence[RunResult], *, description: str, folder: Path) -> list[Pick]:
    """The networks of these keys on the fronts of these runs, described by one sentence."""
    candidates = _candidates(runs, folder)
    return [_pick_of(candidates[key], description=description, folder=folder) for key in keys]


def representative_picks(runs: Sequence[RunResult], most: int, *, comparison: Comparison, folder: Path) -> Subsets:
    """The best one, two, three and so on networks that stand for the front of these runs.

    They dominate as much of the comparison's log box as so many networks of the runs can.
    """
    subsets = representatives(front_points(runs, folder), most, box=comparison.log)
    return tuple(
        tuple(
            picks_of_keys(
                (point.trial.key for point in subset),
                runs,
                description=REPRESENTATIVES.format(len(subset)),
                folder=folder,
            )
        )
        for subset in subsets
    )


def study_savings(comparison: Comparison, folder: Path) -> Mapping[str, Saving]:
    """What one more point of error would save, for every network on a front of the study, by trial key."""
    return savings(front_points(comparison.runs, folder), comparison.measures)


def front_points(runs: Sequence[RunResult], folder: Path) -> list[Point]:
    """The networks that rules choose from, each once, with what was measured of them."""
    return _points(_candidates(runs, folder))


def export_command(folder: Path, key: str, *, weights_alone: bool = False) -> str:
    """The command that exports a trial's network from an output folder to a file of its own.

    With ``weights_alone`` it needs no task, which only the program that made it may have.
    """
    return f"frontsearch export {shlex.quote(str(folder))} {key[:8]}{' --dense' * weights_alone}"


def export_in_python(call: str, to: str) -> str:
    """The line that exports a network in the program that searched, where ``result`` is what the search returned."""
    return f'result.{call}.export("{to}")'


def with_remedy(sentence: str, runs: Sequence[RunResult]) -> str:
    """The sentence with which :func:`pick` answers, and what to do if that is because all trainings diverged."""
    trials = [trial for result in runs for trial in result.run.trials]
    rates = [trial.recipe.learning_rate for trial in trials if trial.status is Status.DIVERGED]
    if sentence != NO_NETWORK or not rates or len(rates) < len(trials):
        return sentence
    return f"{sentence} All {len(rates)} diverged: try a learning rate below {min(rates):g}."


def _candidates(runs: Sequence[RunResult], folder: Path) -> dict[str, _Candidate]:
    """The networks on the fronts of these runs, by trial key.

    A training that several runs share belongs to the first of them. Imported networks are left out, as their weights
    are not at hand.
    """
    points = [(result, point) for result in runs for point in result.points]
    points += [(result, point) for result in runs for point in result.networks]
    found: dict[str, _Candidate] = {}
    for result, point in points:
        if isinstance(point.trial, Trial):
            found.setdefault(point.trial.key, (result, point, point.trial))
    measured = with_benchmarks(_points(found), folder)
    return {
        key: (result, point, trial) for (key, (result, _, trial)), point in zip(found.items(), measured, strict=True)
    }


def _pick_of(candidate: _Candidate, *, description: str, folder: Path) -> Pick:
    result, point, trial = candidate
    return Pick(
        description=description, result=result, point=point, trial=trial,
        checkpoint=f"checkpoints/{trial.key}.safetensors", export=export_command(folder, trial.key),
    )  # fmt: skip


def _points(candidates: Mapping[str, _Candidate]) -> list[Point]:
    return [point for _, point, _ in candidates.values()]
