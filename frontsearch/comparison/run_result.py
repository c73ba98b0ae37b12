"""The results of one run: its fronts, indicators and anytime curve."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import accumulate
from types import MappingProxyType
from typing import Self

from frontsearch.comparison.anytime import Curve
from frontsearch.comparison.chance import Chance
from frontsearch.comparison.quality import Box, quality
from frontsearch.front import Front, Points, as_points, nondominated
from frontsearch.measures import Measures
from frontsearch.trial import Outcome, Run, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A network of a run, and what the run had spent when it had trained it.

    Attributes:
        trial: The trial behind the point, or the row of an imported file.
        epochs_spent: Epochs that the run had spent, this training included; None where an imported file has no value.
        seconds_spent: Seconds of all these trainings added up; None where an imported file has no value.
        certificate: Optimality gap (KKT residual) for a weighted sum of the objectives; None where it was not computed.
        dead: Whether it is known to be no better than a constant prediction; see :class:`Chance`.
    """

    trial: Outcome
    epochs_spent: float | None
    seconds_spent: float | None
    certificate: float | None = None
    dead: bool = False

    @property
    def loss(self) -> float:
        """Loss on the split that the study minimises on."""
        return (self.trial.objectives or (math.nan, math.nan))[0]

    @property
    def complexity(self) -> float:
        """Norm of the penalised weights: the second objective."""
        return (self.trial.objectives or (math.nan, math.nan))[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFront:
    """A front found outside frontsearch. Its other trainings and its cost are unknown.

    Attributes:
        method: Name of the method that found it.
        repeat: Number of the repeat, from 0.
        points: The points, each with its own key; some may dominate others.
    """

    method: str
    repeat: int
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """The results of one run.

    Attributes:
        run: The run; without trials if its points were imported.
        points: Its front in loss and l1, by rising loss.
        knee: The point farthest below the chord of the front's extremes; None on an empty front.
        widest_knee: The supported point that stays best over the widest range of l1 weights; None where only the
            extremes are supported.
        indicators: Values by name. ``hypervolume`` and ``hypervolume_log``: higher is better. ``igd_plus`` and
            ``epsilon_additive``, measured against the union of all runs: lower is better. The same of the chosen
            networks' test metrics, ``hypervolume_test`` and so on, where every network has them. Where an exact front
            is known, also ``hypervolume_ratio``, the share of its hypervolume.
        curve: Cost and hypervolume after each training.
        below_exact: Number of trials below the exact front, which would be an error; None where no exact front is
            known.
        metric_fronts: By the name of each size in files, its front in the first metric on the validation split and that
            size, the best metric first; in the loss where the task has no metric.
        dominated: Number of published points that its networks dominate on test data, by pair of metrics: networks of
            ``points`` compete in cross entropy and plain l1, those of ``metric_front`` in error and nonzeros. Empty
            where nothing is published.
        dominated_regularised: The number for cross entropy and plain l1 if both include what weight decay adds to the
            loss; None without published points or weight decay.
    """

    run: Run
    points: tuple[Point, ...]
    knee: Point | None
    widest_knee: Point | None
    indicators: Mapping[str, float]
    curve: Curve
    below_exact: int | None = None
    metric_fronts: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    dominated: Mapping[tuple[str, str], int] = field(default_factory=dict)
    dominated_regularised: int | None = None

    @property
    def metric_front(self) -> tuple[Point, ...]:
        """Its second front: the first of ``metric_fronts``."""
        return next(iter(self.metric_fronts.values()), ())

    @property
    def networks(self) -> tuple[Point, ...]:
        """The points on any of its fronts, each once; those of ``points`` first."""
        fronts = (self.points, *self.metric_fronts.values())
        return tuple({point.trial.key: point for points in fronts for point in points}.values())

    @property
    def imported(self) -> bool:
        """Whether its points were imported."""
        return bool(self.points) and not self.run.trials

    @property
    def front(self) -> Points:
        """Objective vectors of its points, ``(n, 2)``."""
        return as_points([(point.loss, point.complexity) for point in self.points])

    @property
    def epochs(self) -> float:
        """Epochs spent; NaN for an imported front."""
        return math.nan if self.imported else sum(trial.epochs for trial in self.run.trials)

    @property
    def seconds(self) -> float:
        """Seconds of all trainings added up; NaN for an imported front."""
        return math.nan if self.imported else sum(trial.seconds for trial in self.run.trials)

    @property
    def diverged(self) -> int:
        """Number of trainings that diverged."""
        return self._count(Status.DIVERGED)

    @property
    def failed(self) -> int:
        """Number of trainings that failed, for instance because every process that tried them was killed."""
        return self._count(Status.FAILED)

    def with_indicators(self, added: Mapping[str, float]) -> Self:
        """A copy that has these indicators, too."""
        return replace(self, indicators=MappingProxyType({**self.indicators, **added}))

    def _count(self, status: Status) -> int:
        return sum(trial.status is status for trial in self.run.trials)


@dataclass(frozen=True, kw_only=True, slots=True)
class Yardstick:
    """What all runs of a comparison are measured with.

    Attributes:
        measures: Loss and metrics of the task.
        linear: Box that normalises hypervolume, IGD+ and additive epsilon.
        log: Box of the hypervolume on log10 axes.
        reference: Non-dominated union of all runs, ``(n, 2)``.
    """

    measures: Measures
    linear: Box
    log: Box
    reference: Points


def run_result(run: Run, yardstick: Yardstick, *, certificates: Mapping[str, float], chance: Chance) -> RunResult:
    """The results of a run.

    Args:
        run: The run.
        yardstick: What it is measured with.
        certificates: Optimality gaps (KKT residuals) by trial key, of the trials that have one.
        chance: What guessing scores on the task.
    """
    dead = partial(chance.is_dead, measures=yardstick.measures)
    return _result(run, _points_by_key(run, certificates, dead), yardstick)


def imported_result(imported: ImportedFront, yardstick: Yardstick) -> RunResult:
    """The results of an imported front, with an empty anytime curve; arguments as for :func:`run_result`."""
    run = Run(method=imported.method, repeat=imported.repeat, budget=math.nan, trials=())
    return _result(run, {point.trial.key: point for point in imported.points}, yardstick)


def _result(run: Run, points: Mapping[str, Point], yardstick: Yardstick) -> RunResult:
    linear, log = yardstick.linear, yardstick.log
    front = Front.of_trials(point.trial for point in points.values())
    return RunResult(
        run=run,
        points=tuple(points[outcome.key] for outcome in front.trials),
        knee=points[front.knee.key] if front.knee else None,
        widest_knee=points[front.widest_knee.key] if front.widest_knee else None,
        indicators=MappingProxyType(quality(front.points, yardstick.reference, linear=linear, log=log)),
        curve=Curve.of_trials(run.trials, linear=linear, log=log),
        metric_fronts=MappingProxyType(
            {
                size.key: _metric_front(points.values(), yardstick.measures, size.key)
                for size in yardstick.measures.sizes
            }
        ),
    )


def _points_by_key(
    run: Run, certificates: Mapping[str, float], is_dead: Callable[[Mapping[str, float]], bool]
) -> dict[str, Point]:
    """A run's trials as points. A trial that the run has twice counts from its first occurrence."""
    epochs = accumulate(trial.epochs for trial in run.trials)
    seconds = accumulate(trial.seconds for trial in run.trials)
    points: dict[str, Point] = {}
    for trial, epochs_spent, seconds_spent in zip(run.trials, epochs, seconds, strict=True):
        point = Point(
            trial=trial, epochs_spent=epochs_spent, seconds_spent=seconds_spent,
            certificate=certificates.get(trial.key), dead=is_dead(trial.metrics),
        )  # fmt: skip
        points.setdefault(trial.key, point)
    return points


def _metric_front(points: Iterable[Point], measures: Measures, size: str) -> tuple[Point, ...]:
    """The points that are non-dominated in the first metric on the validation split and a size."""
    metric = measures.criterion
    completed = (point for point in points if point.trial.objectives is not None)
    measured = [point for point in completed if metric.known(point.trial.metrics) and size in point.trial.metrics]
    costs = [(metric.cost(point.trial.metrics), point.trial.metrics[size]) for point in measured]
    return tuple(measured[place] for place in nondominated(as_points(costs)))
