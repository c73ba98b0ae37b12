"""What one run came to: its fronts, indicators and anytime curve."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType

import numpy as np

from frontsearch.anytime import Curve
from frontsearch.front import Front, Points, nondominated
from frontsearch.quality import Box, epsilon_additive, hypervolume, igd_plus
from frontsearch.trial import Run, Trial


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
    def front(self) -> Points:
        """Objective vectors of its points, ``(n, 2)``."""
        return np.array([(point.cross_entropy, point.l1) for point in self.points]).reshape(-1, 2)

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


def run_figures(run: Run, reference: Points, *, linear: Box, log: Box, certificates: Mapping[str, float]) -> RunFigures:
    """What a run came to, beside this union of all runs' fronts, ``(n, 2)``."""
    front = Front.of_trials(run.trials)
    points = _points(run, front.trials, certificates)
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
        curve=Curve.of_trials(run.trials, linear=linear, log=log),
        sparse=tuple(_points(run, _sparsest(run), certificates).values()),
    )


def _points(run: Run, trials: Iterable[Trial], certificates: Mapping[str, float]) -> dict[str, Point]:
    """The points that these trials of the run's are, by key."""
    spent = _spent(run)
    return {
        trial.key: Point(
            trial=trial,
            epochs_spent=spent[trial.key][0],
            seconds_spent=spent[trial.key][1],
            certificate=certificates.get(trial.key),
        )
        for trial in trials
    }


def _sparsest(run: Run) -> list[Trial]:
    """The trials that are non-dominated by validation error and nonzeros."""
    named = [trial for trial in run.trials if "validation_error" in trial.metrics]
    figures = [(trial.metrics["validation_error"], trial.metrics["nonzeros"]) for trial in named]
    return [named[place] for place in nondominated(figures)]


def _spent(run: Run) -> dict[str, tuple[float, float]]:
    """Epochs and seconds spent when each trial was first told, by key."""
    epochs = accumulate(trial.epochs for trial in run.trials)
    seconds = accumulate(trial.seconds for trial in run.trials)
    told = list(zip((trial.key for trial in run.trials), zip(epochs, seconds, strict=True), strict=True))
    return dict(reversed(told))
