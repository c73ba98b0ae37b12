"""Every number and curve of a report as frozen dataclasses, from runs alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from math import nan
from statistics import median
from types import MappingProxyType

import numpy as np

from frontsearch.comparison import attainment, significance
from frontsearch.comparison.anytime import Band, Spent, Values, Volume, band, reached
from frontsearch.comparison.attainment import Difference, Surface
from frontsearch.comparison.published import PLANES, Published
from frontsearch.comparison.quality import Box, exact_hypervolume, hypervolume
from frontsearch.comparison.run_result import Imported, RunResult, imported_figures, run_result
from frontsearch.comparison.significance import Pair
from frontsearch.front import ExactFront, Front, Points
from frontsearch.names import CROSS_ENTROPY, ERROR, HYPERVOLUME, HYPERVOLUME_RATIO, INDICATORS, on_split
from frontsearch.trial import Outcome, Run

SHARES: Mapping[str, float] = MappingProxyType({"90 %": 0.90, "95 %": 0.95, "99 %": 0.99})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Optimism:
    """How much better a front's points are on the split they were chosen on than on test.

    Attributes:
        cross_entropy: Test minus that split, in nats per example, by point, ``(n,)``; undefined where one is missing.
        error: Test minus that split, a share, by point, ``(n,)``; undefined where the task has no errors.
    """

    cross_entropy: Values
    error: Values


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a method's figures are from, in a comparison of more than one study.

    Attributes:
        path: The study's output folder or the file, as it was named.
        method: What the method is called there.
        note: What else a reader should know.
    """

    path: str
    method: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All runs of a study, on equal terms, or of several studies and files.

    Attributes:
        linear: The box of ``hypervolume``, ``igd_plus`` and ``epsilon_additive``.
        log: The box of ``hypervolume_log``.
        runs: In the study's order.
        split: The split whose cross entropy is the objective.
        exact: The Pareto front, where it is known.
        published: What somebody else found, where the study names it.
        sources: By method; empty where all runs are of one study.
        notes: Sentences on what a reader of any figure here should know first.
    """

    linear: Box
    log: Box
    runs: tuple[RunResult, ...]
    split: str = "validation"
    exact: ExactFront | None = None
    published: Published | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that every run has."""
        return INDICATORS if self.exact is None else (*INDICATORS, HYPERVOLUME_RATIO)

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, in the study's order."""
        return tuple(dict.fromkeys(figures.run.method for figures in self.runs))

    @property
    def over(self) -> bool:
        """Whether all runs are, so that their figures are of equal terms."""
        return all(figures.run.over for figures in self.runs)

    def of_method(self, method: str) -> tuple[RunResult, ...]:
        """The repeats of one method."""
        return tuple(figures for figures in self.runs if figures.run.method == method)

    def imported(self, method: str) -> bool:
        """Whether a method's points are from outside, so that nothing is known of what was spent."""
        return any(figures.imported for figures in self.of_method(method))

    def median(self, method: str, indicator: str) -> float:
        """The median of an indicator over a method's repeats."""
        return float(median(figures.indicators[indicator] for figures in self.of_method(method)))

    def extremes(self, method: str, indicator: str) -> tuple[float, float]:
        """The least and the greatest value of an indicator over a method's repeats."""
        values = [figures.indicators[indicator] for figures in self.of_method(method)]
        return min(values), max(values)

    @property
    def ranking(self) -> tuple[str, ...]:
        """Names of the methods, greatest median hypervolume first."""
        return tuple(sorted(self.methods, key=lambda method: -self.median(method, HYPERVOLUME)))

    def typical(self, method: str) -> RunResult:
        """The repeat of median hypervolume (the lower one of two), whose knees stand for the method's."""
        repeats = sorted(self.of_method(method), key=lambda figures: figures.indicators[HYPERVOLUME])
        return repeats[(len(repeats) - 1) // 2]

    @cached_property
    def reference(self) -> Front[Outcome]:
        """The non-dominated union of all runs."""
        return Front.of_trials(point.trial for figures in self.runs for point in figures.points)

    @cached_property
    def reference_hypervolume(self) -> float:
        """Linear hypervolume of the exact front or, where it is not known, of the union of all runs."""
        if self.exact is not None:
            return exact_hypervolume(self.exact, box=self.linear)
        return hypervolume(self.reference.points, box=self.linear)

    def epochs_to(self, method: str, share: float) -> tuple[float | None, ...]:
        """Epochs until this share of the reference front's hypervolume is reached, by repeat; None where never.

        What was imported has no epochs and is None too.
        """
        level = share * self.reference_hypervolume
        return tuple(reached(figures.curve, level=level) for figures in self.of_method(method))

    def band(self, method: str, *, spent: Spent, indicator: Volume) -> Band:
        """Median and range of a hypervolume over a method's repeats, against epochs or seconds spent."""
        return band([figures.curve for figures in self.of_method(method)], spent=spent, indicator=indicator)

    def surfaces(self, method: str) -> tuple[Surface, ...]:
        """What so many percent of a method's repeats attain."""
        return attainment.surfaces(self._fronts(method))

    def difference(self, first: str, second: str) -> Difference:
        """Where in the linear box one method's repeats attain more often than another's."""
        return attainment.difference(self._fronts(first), self._fronts(second), box=self.linear)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of methods by their repeats' linear hypervolumes."""
        return significance.pairs(
            {
                method: {figures.run.repeat: figures.indicators[HYPERVOLUME] for figures in self.of_method(method)}
                for method in self.methods
            }
        )

    def optimism(self, figures: RunResult) -> Optimism:
        """What the points of a run's front lose from the split they were chosen on to test."""
        rows = [
            {**point.trial.metrics, on_split(self.split, CROSS_ENTROPY): point.cross_entropy}
            for point in figures.points
        ]
        lost = {
            name: np.array([row.get(f"test_{name}", nan) - row.get(f"{self.split}_{name}", nan) for row in rows])
            for name in (CROSS_ENTROPY, ERROR)
        }
        return Optimism(**lost)

    def _fronts(self, method: str) -> list[Points]:
        return [figures.front for figures in self.of_method(method)]


def compare(
    runs: Sequence[Run],
    *,
    imported: Sequence[Imported] = (),
    linear: Box,
    log: Box,
    split: str = "validation",
    exact: ExactFront | None = None,
    published: Published | None = None,
    certificates: Mapping[str, float] = MappingProxyType({}),
) -> Comparison:
    """The comparison of these runs.

    Args:
        runs: In the order in which to show them.
        imported: Points from outside, shown after the runs.
        linear: The box that normalises hypervolume, IGD+ and additive epsilon.
        log: The box of the hypervolume on log10 axes.
        split: The split whose cross entropy is the objective.
        exact: The Pareto front, where it is known.
        published: What somebody else found.
        certificates: By trial key, of the points that have one.
    """
    reference = _union(runs, imported).points
    figures = [
        *(run_result(run, reference, linear=linear, log=log, certificates=certificates) for run in runs),
        *(imported_figures(one, reference, linear=linear, log=log) for one in imported),
    ]
    if exact is not None:
        whole = exact_hypervolume(exact, box=linear)
        figures = [_against(one, exact, whole=whole) for one in figures]
    if published is not None:
        figures = [replace(one, dominated=_dominated(one, published)) for one in figures]
    return Comparison(
        linear=linear, log=log, runs=tuple(figures), split=split, exact=exact, published=published,
        notes=tuple(_unfinished(runs)),
    )  # fmt: skip


def _unfinished(runs: Sequence[Run]) -> Iterator[str]:
    going = [
        f"{run.method}, repeat {run.repeat} ({sum(trial.epochs for trial in run.trials):g} of {run.budget:g} epochs)"
        for run in runs
        if not run.over
    ]
    if going:
        yield (
            f"Not over, and compared by what they have so far: {'; '.join(going)}. The study's command, run again, "
            "goes on with them; until then no method is better than another."
        )


def _union(runs: Iterable[Run], imported: Iterable[Imported]) -> Front[Outcome]:
    """The non-dominated union of these runs' trials and of what was imported."""
    trials: Iterator[Outcome] = (trial for run in runs for trial in run.trials)
    return Front.of_trials(chain(trials, (point.trial for one in imported for point in one.points)))


def _against(figures: RunResult, exact: ExactFront, *, whole: float) -> RunResult:
    """A run's figures with those that need the exact front, whose hypervolume is ``whole``."""
    ratio = figures.indicators[HYPERVOLUME] / whole if whole else 1.0  # all of nothing
    trained = (trial.objectives for trial in figures.run.trials if trial.objectives)
    outside = ((point.cross_entropy, point.l1) for point in figures.points if figures.imported)
    found = np.array([*trained, *outside]).reshape(-1, 2)
    indicators = MappingProxyType({**figures.indicators, HYPERVOLUME_RATIO: ratio})
    return replace(figures, indicators=indicators, below_exact=exact.below(found))


def _dominated(figures: RunResult, published: Published) -> Mapping[tuple[str, str], int]:
    fronts = zip(PLANES, (figures.points, figures.sparse), strict=True)
    return MappingProxyType(
        {plane: published.dominated(plane, [point.trial.metrics for point in points]) for plane, points in fronts}
    )
