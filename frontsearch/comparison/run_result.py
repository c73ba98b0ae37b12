"""What one run came to: its fronts, indicators and anytime curve."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from frontsearch.comparison.anytime import Curve
from frontsearch.comparison.quality import Box, epsilon_additive, hypervolume, igd_plus
from frontsearch.front import Front, Points, as_points, nondominated
from frontsearch.names import EPSILON_ADDITIVE, HYPERVOLUME, HYPERVOLUME_LOG, IGD_PLUS, NONZEROS, VALIDATION_ERROR
from frontsearch.trial import Outcome, Run, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A point of a run's front and what had been spent when it was told.

    Attributes:
        trial: The training behind it, or what a file says of a network.
        epochs_spent: Epochs of the run up to and with this training; None where a file does not say.
        seconds_spent: Seconds of all these trainings together; None where a file does not say.
        certificate: How far its weights are from optimal for a weighted sum; None where it was not computed.
    """

    trial: Outcome
    epochs_spent: float | None
    seconds_spent: float | None
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
class Imported:
    """Networks from outside: what was tried beside them, and at which cost, is not known.

    Attributes:
        method: What found them.
        repeat: From 0.
        points: Of keys that differ; they may dominate one another.
    """

    method: str
    repeat: int
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What one run came to.

    Attributes:
        run: The run; it has no trials where its points were imported.
        points: Its front by rising cross entropy.
        knee: The point farthest below the chord of the front's extremes; None on an empty front.
        widest_knee: The supported point that stays best over the widest range of l1 weights; None where only extremes
            are supported.
        indicators: ``hypervolume`` and ``hypervolume_log`` (greater is better), ``igd_plus`` and ``epsilon_additive``
            against the union of all runs (less is better), by name; with an exact front also ``hypervolume_ratio``,
            the share of its hypervolume.
        curve: What was spent and the hypervolume of the front so far, after each training.
        below_exact: How many trials lie below the exact front, which is impossible; None where it is not known.
        sparse: Its other front, of validation error and nonzeros, by rising error; empty where the task has no errors.
        dominated: How many published points it dominates with test figures, by plane: of cross entropy and l1 with its
            front's, of error and nonzeros with its other front's; empty where nothing is published.
    """

    run: Run
    points: tuple[Point, ...]
    knee: Point | None
    widest_knee: Point | None
    indicators: Mapping[str, float]
    curve: Curve
    below_exact: int | None = None
    sparse: tuple[Point, ...] = ()
    dominated: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def imported(self) -> bool:
        """Whether its points are from outside."""
        return bool(self.points) and not self.run.trials

    @property
    def front(self) -> Points:
        """Objective vectors of its points, ``(n, 2)``."""
        return np.array([(point.cross_entropy, point.l1) for point in self.points]).reshape(-1, 2)

    @property
    def epochs(self) -> float:
        """Epochs spent; undefined where they were not counted here."""
        return math.nan if self.imported else sum(trial.epochs for trial in self.run.trials)

    @property
    def seconds(self) -> float:
        """Seconds of all trainings together; undefined where they were not measured here."""
        return math.nan if self.imported else sum(trial.seconds for trial in self.run.trials)

    @property
    def diverged(self) -> int:
        """How many trainings diverged."""
        return self._ended(Status.DIVERGED)

    @property
    def failed(self) -> int:
        """How many trainings nobody could end."""
        return self._ended(Status.FAILED)

    def _ended(self, status: Status) -> int:
        return sum(trial.status is status for trial in self.run.trials)


def run_result(run: Run, reference: Points, *, linear: Box, log: Box, certificates: Mapping[str, float]) -> RunResult:
    """What a run came to, beside this union of all runs' fronts, ``(n, 2)``."""
    return _figures(run, _told(run, certificates), reference, linear=linear, log=log)


def imported_figures(imported: Imported, reference: Points, *, linear: Box, log: Box) -> RunResult:
    """What imported points come to, beside this union of all runs' fronts, ``(n, 2)``; without an anytime curve."""
    run = Run(method=imported.method, repeat=imported.repeat, budget=math.nan, trials=())
    return _figures(run, {point.trial.key: point for point in imported.points}, reference, linear=linear, log=log)


def _figures(run: Run, points: Mapping[str, Point], reference: Points, *, linear: Box, log: Box) -> RunResult:
    """The figures of a run with these points, on its front or not, by key."""
    front = Front.of_trials(point.trial for point in points.values())
    indicators = {
        HYPERVOLUME: hypervolume(front.points, box=linear),
        HYPERVOLUME_LOG: hypervolume(front.points, box=log),
        IGD_PLUS: igd_plus(front.points, reference, box=linear),
        EPSILON_ADDITIVE: epsilon_additive(front.points, reference, box=linear),
    }
    return RunResult(
        run=run,
        points=tuple(points[outcome.key] for outcome in front.trials),
        knee=points[front.knee.key] if front.knee else None,
        widest_knee=points[front.widest_knee.key] if front.widest_knee else None,
        indicators=MappingProxyType(indicators),
        curve=Curve.of_trials(run.trials, linear=linear, log=log),
        sparse=_sparse(points.values()),
    )


def _told(run: Run, certificates: Mapping[str, float]) -> dict[str, Point]:
    """A run's trials by key, with what had been spent when each was first told."""
    epochs = accumulate(trial.epochs for trial in run.trials)
    seconds = accumulate(trial.seconds for trial in run.trials)
    told: dict[str, Point] = {}
    for trial, *spent in zip(run.trials, epochs, seconds, strict=True):
        certificate = certificates.get(trial.key)
        point = Point(trial=trial, epochs_spent=spent[0], seconds_spent=spent[1], certificate=certificate)
        told.setdefault(trial.key, point)
    return told


def _sparse(points: Iterable[Point]) -> tuple[Point, ...]:
    """Those that are non-dominated by validation error and nonzeros."""
    named = [point for point in points if {VALIDATION_ERROR, NONZEROS} <= point.trial.metrics.keys()]
    figures = [(point.trial.metrics[VALIDATION_ERROR], point.trial.metrics[NONZEROS]) for point in named]
    return tuple(named[place] for place in nondominated(as_points(figures)))
