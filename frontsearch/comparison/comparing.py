"""Builds a :class:`Comparison` from the runs of a study and from imported fronts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from types import MappingProxyType

import numpy as np

from frontsearch.comparison.chance import UNKNOWN_CHANCE, Chance
from frontsearch.comparison.comparison import Comparison, Source
from frontsearch.comparison.held_out import have_test_loss, with_test_indicators
from frontsearch.comparison.machines import machines_sentence
from frontsearch.comparison.published import PLANES, Published
from frontsearch.comparison.quality import Box, exact_hypervolume
from frontsearch.comparison.run_result import ImportedFront, RunResult, Yardstick, imported_result, run_result
from frontsearch.front import ExactFront, Front
from frontsearch.measures import CLASSIFICATION, Measures
from frontsearch.names import HYPERVOLUME, HYPERVOLUME_RATIO
from frontsearch.target import Target
from frontsearch.trial import Outcome, Run


def compare(
    runs: Sequence[Run],
    *,
    imported: Sequence[ImportedFront] = (),
    linear: Box,
    log: Box,
    measures: Measures = CLASSIFICATION,
    exact: ExactFront | None = None,
    published: Published | None = None,
    certificates: Mapping[str, float] = MappingProxyType({}),
    chance: Chance = UNKNOWN_CHANCE,
    target: Target | None = None,
    sources: Mapping[str, Source] = MappingProxyType({}),
) -> Comparison:
    """Compares runs by the same boxes and against the same reference front, the non-dominated union of all of them.

    Args:
        runs: The runs, in the order in which to show them.
        imported: Fronts found outside frontsearch, shown after the runs.
        linear: Box that normalises hypervolume, IGD+ and additive epsilon.
        log: Box of the hypervolume on log10 axes.
        measures: Loss and metrics of the task; by default cross entropy and error on the validation split.
        exact: The exact Pareto front, where it is known.
        published: Points reported in a publication.
        certificates: Optimality gaps (KKT residuals) by trial key, of the trials that have one.
        chance: What guessing scores on the task; by default only networks without weights are known to be dead.
        target: What the runs' methods aimed at.
        sources: Source of each method's results; empty where all runs belong to one study.

    Returns:
        The comparison, its results in the order given and imported fronts last.

    Raises:
        ValueError: When an objective is infinite or NaN.
    """
    measures = measures.with_sizes_of(_recorded(runs, imported))
    yardstick = Yardstick(measures=measures, linear=linear, log=log, reference=_union(runs, imported).points)
    results = [
        *(run_result(run, yardstick, certificates=certificates, chance=chance) for run in runs),
        *(imported_result(front, yardstick) for front in imported),
    ]
    results = with_test_indicators(results, measures.loss, linear=linear, log=log)
    if exact is not None:
        exact_volume = exact_hypervolume(exact, box=linear)
        results = [_with_exact(result, exact, volume=exact_volume) for result in results]
    if published is not None:
        results = [_with_published(result, published) for result in results]
    comparison = Comparison(
        linear=linear, log=log, runs=tuple(results), measures=measures, exact=exact, published=published,
        sources=sources, target=target,
    )  # fmt: skip
    notes = (*_unfinished_note(runs), *_untested_note(results, measures), machines_sentence(comparison))
    return replace(comparison, notes=tuple(filter(None, notes)))


def _untested_note(results: Iterable[RunResult], measures: Measures) -> Iterator[str]:
    """One sentence that names the methods for whose sake the test split ranks no method, if there are any."""
    loss = measures.loss
    named = dict.fromkeys(result.run.method for result in results if not have_test_loss(result.points, loss))
    *others, last = named or [""]
    untested = f"{', '.join(others)} and {last} have" if others else f"{last} has"
    if named and measures.objective == "validation":
        yield (
            f"{untested} no finite {loss.on('test')}, so all methods are ranked by the split that chose their networks."
        )


def _unfinished_note(runs: Sequence[Run]) -> Iterator[str]:
    """One sentence that names the unfinished runs, where there are any."""
    unfinished = [
        f"{run.method}, repeat {run.repeat} ({sum(trial.epochs for trial in run.trials):g} of {run.budget:g} epochs)"
        for run in runs
        if not run.finished
    ]
    if unfinished:
        yield (
            f"Unfinished runs, compared by the trials they have so far: {'; '.join(unfinished)}. Run the study's "
            "command again to continue them; until then, the methods cannot be ranked."
        )


def _union(runs: Iterable[Run], imported: Iterable[ImportedFront]) -> Front[Outcome]:
    """The non-dominated union of all trials and of all imported points."""
    return Front.of_trials(_outcomes(runs, imported))


def _recorded(runs: Iterable[Run], imported: Iterable[ImportedFront]) -> set[str]:
    """Names of the metrics that any trial or imported point has."""
    return {name for outcome in _outcomes(runs, imported) for name in outcome.metrics}


def _outcomes(runs: Iterable[Run], imported: Iterable[ImportedFront]) -> Iterator[Outcome]:
    trials: Iterator[Outcome] = (trial for run in runs for trial in run.trials)
    return chain(trials, (point.trial for front in imported for point in front.points))


def _with_exact(result: RunResult, exact: ExactFront, *, volume: float) -> RunResult:
    """Adds what can be measured against an exact front, whose hypervolume is ``volume``."""
    # Without a volume the exact front lies outside the box, and there is nothing to miss.
    ratio = result.indicators[HYPERVOLUME] / volume if volume else 1.0
    trained = (trial.objectives for trial in result.run.trials if trial.objectives)
    imported = ((point.loss, point.complexity) for point in result.points if result.imported)
    points = np.array([*trained, *imported]).reshape(-1, 2)
    return replace(result.with_indicators({HYPERVOLUME_RATIO: ratio}), below_exact=exact.count_below(points))


def _with_published(result: RunResult, published: Published) -> RunResult:
    """Counts the published points that the result's networks dominate."""
    fronts = [[point.trial.metrics for point in points] for points in (result.points, result.metric_front)]
    counts = {plane: published.dominated(plane, metrics) for plane, metrics in zip(PLANES, fronts, strict=True)}
    regularised = published.dominated_regularised(fronts[0])
    return replace(result, dominated=MappingProxyType(counts), dominated_regularised=regularised)
