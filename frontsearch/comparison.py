"""Every number and curve of a report as frozen dataclasses, from runs alone."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from statistics import median
from types import MappingProxyType

import numpy as np

from frontsearch.exact import ExactFront
from frontsearch.front import Front
from frontsearch.quality import Box, epsilon_additive, exact_hypervolume, hypervolume, igd_plus
from frontsearch.trial import Run, Trial

INDICATORS = ("hypervolume", "hypervolume_log", "igd_plus", "epsilon_additive")
RATIO = "hypervolume_ratio"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point of a run's front and what had been spent when it was told.

    Attributes:
        trial: The training behind it.
        epochs_spent: Epochs of the run up to and with this training.
        seconds_spent: Seconds of all these trainings together.
        certificate: How far its weights are from optimal for a weighted sum; None where it was not computed.
    """

    trial: Trial
    epochs_spent: float
    seconds_spent: float
    certificate: float | None = None

    @property
    def cross_entropy(self) -> float:
        """In nats per example, on the study's split."""
        return (self.trial.objectives or (math.nan, math.nan))[0]

    @property
    def l1(self) -> float:
        """Sum of absolute penalised weights."""
        return (self.trial.objectives or (math.nan, math.nan))[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFigures:
    """What one run came to.

    Attributes:
        run: The run.
        points: Its front by rising cross entropy.
        knee: The point farthest below the chord of the front's extremes; None on an empty front.
        widest_knee: The supported point that stays best over the widest range of l1 weights; None where only extremes
            are supported.
        indicators: ``hypervolume`` and ``hypervolume_log`` (greater is better), ``igd_plus`` and ``epsilon_additive``
            against the union of all runs (less is better), by name; with an exact front also ``hypervolume_ratio``,
            the share of its hypervolume.
        curve: Epochs spent and the linear hypervolume then, after each training.
        below_exact: How many trials lie below the exact front, which is impossible; None where it is not known.
    """

    run: Run
    points: tuple[Point, ...]
    knee: Point | None
    widest_knee: Point | None
    indicators: Mapping[str, float]
    curve: tuple[tuple[float, float], ...]
    below_exact: int | None = None

    @property
    def epochs(self) -> float:
        """Epochs spent."""
        return sum(trial.epochs for trial in self.run.trials)

    @property
    def seconds(self) -> float:
        """Seconds of all trainings together."""
        return sum(trial.seconds for trial in self.run.trials)

    @property
    def diverged(self) -> int:
        """How many trainings diverged."""
        return sum(trial.objectives is None for trial in self.run.trials)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All runs of a study, on equal terms.

    Attributes:
        linear: The box of ``hypervolume``, ``igd_plus`` and ``epsilon_additive``.
        log: The box of ``hypervolume_log``.
        runs: In the study's order.
        split: The split whose cross entropy is the objective.
        exact: The Pareto front, where it is known.
    """

    linear: Box
    log: Box
    runs: tuple[RunFigures, ...]
    split: str = "validation"
    exact: ExactFront | None = None

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that every run has."""
        return INDICATORS if self.exact is None else (*INDICATORS, RATIO)

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, in the study's order."""
        return tuple(dict.fromkeys(figures.run.method for figures in self.runs))

    def of_method(self, method: str) -> tuple[RunFigures, ...]:
        """The repeats of one method."""
        return tuple(figures for figures in self.runs if figures.run.method == method)

    def median(self, method: str, indicator: str) -> float:
        """The median of an indicator over a method's repeats."""
        return float(median(figures.indicators[indicator] for figures in self.of_method(method)))

    @property
    def ranking(self) -> tuple[str, ...]:
        """Names of the methods, greatest median hypervolume first."""
        return tuple(sorted(self.methods, key=lambda method: -self.median(method, "hypervolume")))

    def typical(self, method: str) -> RunFigures:
        """The repeat of median hypervolume (the lower one of two), whose knees stand for the method's."""
        repeats = sorted(self.of_method(method), key=lambda figures: figures.indicators["hypervolume"])
        return repeats[(len(repeats) - 1) // 2]

    @cached_property
    def reference(self) -> Front:
        """The non-dominated union of all runs."""
        return union(figures.run for figures in self.runs)


def union(runs: Iterable[Run]) -> Front:
    """The non-dominated union of these runs' trials."""
    return Front.of_trials(trial for run in runs for trial in run.trials)


def compare(
    runs: Sequence[Run],
    *,
    linear: Box,
    log: Box,
    split: str = "validation",
    exact: ExactFront | None = None,
    certificates: Mapping[str, float] = MappingProxyType({}),
) -> Comparison:
    """The comparison of these runs.

    Args:
        runs: In the order in which to show them.
        linear: The box that normalises hypervolume, IGD+ and additive epsilon.
        log: The box of the hypervolume on log10 axes.
        split: The split whose cross entropy is the objective.
        exact: The Pareto front, where it is known.
        certificates: By trial key, of the points that have one.
    """
    reference = union(runs).points
    figures = [_figures(run, reference, linear=linear, log=log, certificates=certificates) for run in runs]
    if exact is not None:
        whole = exact_hypervolume(exact, box=linear)
        figures = [_against(one, exact, whole=whole) for one in figures]
    return Comparison(linear=linear, log=log, runs=tuple(figures), split=split, exact=exact)


def _against(figures: RunFigures, exact: ExactFront, *, whole: float) -> RunFigures:
    """A run's figures with those that need the exact front, whose hypervolume is ``whole``."""
    ratio = figures.indicators["hypervolume"] / whole if whole else 1.0  # all of nothing
    found = np.array([trial.objectives for trial in figures.run.trials if trial.objectives]).reshape(-1, 2)
    indicators = MappingProxyType({**figures.indicators, RATIO: ratio})
    return replace(figures, indicators=indicators, below_exact=exact.below(found))


def _figures(
    run: Run, reference: np.ndarray, *, linear: Box, log: Box, certificates: Mapping[str, float]
) -> RunFigures:
    front = Front.of_trials(run.trials)
    spent = _spent(run)
    points = {
        trial.key: Point(
            trial=trial,
            epochs_spent=spent[trial.key][0],
            seconds_spent=spent[trial.key][1],
            certificate=certificates.get(trial.key),
        )
        for trial in front.trials
    }
    indicators = {
        "hypervolume": hypervolume(front.points, box=linear),
        "hypervolume_log": hypervolume(front.points, box=log),
        "igd_plus": igd_plus(front.points, reference, box=linear),
        "epsilon_additive": epsilon_additive(front.points, reference, box=linear),
    }
    return RunFigures(
        run=run,
        points=tuple(points.values()),
        knee=points[front.knee.key] if front.knee else None,
        widest_knee=points[front.widest_knee.key] if front.widest_knee else None,
        indicators=MappingProxyType(indicators),
        curve=_curve(run, linear),
    )


def _spent(run: Run) -> dict[str, tuple[float, float]]:
    """Epochs and seconds spent when each trial was first told, by key."""
    epochs = accumulate(trial.epochs for trial in run.trials)
    seconds = accumulate(trial.seconds for trial in run.trials)
    told = list(zip((trial.key for trial in run.trials), zip(epochs, seconds, strict=True), strict=True))
    return dict(reversed(told))


def _curve(run: Run, box: Box) -> tuple[tuple[float, float], ...]:
    """Epochs spent and the hypervolume of the front so far, after each training."""
    epochs, front, curve = 0.0, Front(()), []
    for trial in run.trials:
        epochs += trial.epochs
        front = Front.of_trials((*front.trials, trial))
        curve.append((epochs, hypervolume(front.points, box=box)))
    return tuple(curve)
