"""``Comparison``: the results of all runs, with the statistics over methods and repeats that a report shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from types import MappingProxyType

from frontsearch.comparison import attainment, significance
from frontsearch.comparison.anytime import Band, CostUnit, HypervolumeName, Values, band, epochs_to_level
from frontsearch.comparison.attainment import Difference, Surface
from frontsearch.comparison.optimism import optimism
from frontsearch.comparison.posterior import Posterior, signed_rank_posterior
from frontsearch.comparison.published import Published
from frontsearch.comparison.quality import Box, exact_hypervolume, hypervolume
from frontsearch.comparison.ranks import MeanRanks, expected_ranks
from frontsearch.comparison.run_result import RunResult
from frontsearch.comparison.significance import MethodPair
from frontsearch.front import ExactFront, Front, Points
from frontsearch.measures import CLASSIFICATION, Measure, Measures
from frontsearch.names import HYPERVOLUME, HYPERVOLUME_RATIO, HYPERVOLUME_TEST, INDICATORS, TEST_INDICATORS
from frontsearch.target import Target
from frontsearch.trial import Outcome

HYPERVOLUME_TARGETS: Mapping[str, float] = MappingProxyType({"90 %": 0.90, "95 %": 0.95, "99 %": 0.99})


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where the results of a method come from, in a comparison of several studies or files.

    Attributes:
        path: The study's output folder or the imported file, as the user named it.
        method: The method's name in that folder or file.
        note: Anything else that a reader should know about this source.
    """

    path: str
    method: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Results of all runs of a study, or of several studies and files, measured in the same boxes.

    Attributes:
        linear: Box of ``hypervolume``, ``igd_plus`` and ``epsilon_additive``.
        log: Box of ``hypervolume_log``, on log10 axes.
        runs: Results by run, in the study's order.
        measures: Loss and metrics of the task.
        exact: The exact Pareto front, where it is known.
        published: Points reported in a publication, where the study names one.
        sources: Source of each method's results; empty where all runs belong to one study.
        target: What the study's methods aimed at; None if it has no target.
        notes: Sentences to read before any number here, such as which runs are unfinished.
    """

    linear: Box
    log: Box
    runs: tuple[RunResult, ...]
    measures: Measures = CLASSIFICATION
    exact: ExactFront | None = None
    published: Published | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    target: Target | None = None
    notes: tuple[str, ...] = ()

    @property
    def split(self) -> str:
        """The split whose loss is the objective."""
        return self.measures.objective

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators that every run has."""
        test = TEST_INDICATORS if self.tested else ()
        exact = () if self.exact is None else (HYPERVOLUME_RATIO,)
        return (*INDICATORS, *test, *exact)

    @cached_property
    def tested(self) -> bool:
        """Whether every run has the indicators of its chosen networks on the test split."""
        return all(HYPERVOLUME_TEST in result.indicators for result in self.runs)

    @property
    def has_repeats(self) -> bool:
        """Whether any method has more than one repeat."""
        return len(self.runs) > len(self.methods)

    @property
    def ranked_by(self) -> str:
        """Name of the hypervolume that ranks the methods.

        That of the test split, which chose nothing; that of the objective where there is none, or where the objective
        is of the training split and methods are compared as optimisers.
        """
        return HYPERVOLUME_TEST if self.tested and self.split == "validation" else HYPERVOLUME

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the methods, in the study's order."""
        return tuple(dict.fromkeys(result.run.method for result in self.runs))

    @property
    def finished(self) -> bool:
        """Whether all runs are finished, so that their results may be ranked."""
        return all(result.run.finished for result in self.runs)

    def of_method(self, method: str) -> tuple[RunResult, ...]:
        """Results of a method's repeats."""
        return tuple(result for result in self.runs if result.run.method == method)

    def imported(self, method: str) -> bool:
        """Whether a method's points were imported, so that the epochs and seconds it spent are unknown."""
        return any(result.imported for result in self.of_method(method))

    def values(self, method: str, indicator: str) -> list[float]:
        """An indicator of each of a method's repeats."""
        return [result.indicators[indicator] for result in self.of_method(method)]

    def median(self, method: str, indicator: str) -> float:
        """Median of an indicator over a method's repeats."""
        return float(median(self.values(method, indicator)))

    def extremes(self, method: str, indicator: str) -> tuple[float, float]:
        """Minimum and maximum of an indicator over a method's repeats."""
        values = self.values(method, indicator)
        return min(values), max(values)

    @cached_property
    def ranking(self) -> tuple[str, ...]:
        """Names of the methods by falling median of the hypervolume in :attr:`ranked_by`."""
        return tuple(sorted(self.methods, key=lambda method: -self.median(method, self.ranked_by)))

    def median_run(self, method: str) -> RunResult:
        """The repeat of median hypervolume (of an even number, the lower of the middle two).

        Networks are taken from it, so it goes by the split that chose its front, never by the test split.
        """
        repeats = sorted(self.of_method(method), key=lambda result: result.indicators[HYPERVOLUME])
        return repeats[(len(repeats) - 1) // 2]

    @cached_property
    def reference_front(self) -> Front[Outcome]:
        """The reference front: the non-dominated union of all runs."""
        return Front.of_trials(point.trial for result in self.runs for point in result.points)

    @cached_property
    def reference_hypervolume(self) -> float:
        """Linear hypervolume of the exact front or, where it is unknown, of the reference front."""
        if self.exact is not None:
            return exact_hypervolume(self.exact, box=self.linear)
        return hypervolume(self.reference_front.points, box=self.linear)

    def epochs_to_share(self, method: str, share: float) -> tuple[float | None, ...]:
        """Epochs that each repeat took to reach a share of the reference hypervolume.

        None for a repeat that never reached it, or whose front was imported without its epochs.
        """
        level = share * self.reference_hypervolume
        return tuple(epochs_to_level(result.curve, level=level) for result in self.of_method(method))

    @cached_property
    def machines(self) -> Mapping[str, tuple[RunResult, ...]]:
        """The runs by the machine that their seconds were measured on; a run that was continued may be on several.

        Machines that earlier versions did not record are one, or one in each source where there are several. Imported
        fronts are left out.
        """
        found: dict[str, list[RunResult]] = {}
        for result in self.runs:
            for machine in result.run.machines:
                found.setdefault(machine or self._unknown_machine(result.run.method), []).append(result)
        return {machine: tuple(results) for machine, results in found.items()}

    def band(self, method: str, *, spent: CostUnit, indicator: HypervolumeName) -> Band:
        """Median and range of a hypervolume over a method's repeats, against the epochs or seconds spent."""
        return band([result.curve for result in self.of_method(method)], spent=spent, indicator=indicator)

    def surfaces(self, method: str) -> tuple[Surface, ...]:
        """Attainment surfaces of a method's repeats, one for each level."""
        return attainment.surfaces(self._fronts(method))

    def difference(self, first: str, second: str) -> Difference:
        """Where in the linear box the repeats of one method attain more often than those of another."""
        return attainment.difference(self._fronts(first), self._fronts(second), box=self.linear)

    @cached_property
    def pairs(self) -> tuple[MethodPair, ...]:
        """Tests of every pair of methods, by the hypervolumes of their repeats that :attr:`ranked_by` names."""
        return significance.pairs(
            {
                method: {result.run.repeat: result.indicators[self.ranked_by] for result in self.of_method(method)}
                for method in self.methods
            }
        )

    @property
    def tested_pairs(self) -> int:
        """Number of pairs that are tested, for which p-values are corrected: those of methods with repeats."""
        return sum(pair.p is not None for pair in self.pairs)

    @property
    def least_p(self) -> float:
        """The least p-value that the repeats of any tested pair can give; 1 if none is tested."""
        repeats = {method: len(self.of_method(method)) for method in self.methods}
        tested = [pair for pair in self.pairs if pair.p is not None]
        return min((significance.smallest_p(repeats[pair.first], repeats[pair.second]) for pair in tested), default=1.0)

    @cached_property
    def ranks(self) -> MeanRanks | None:
        """Mean ranks of the methods with repeats, with the groups that :attr:`pairs` do not tell apart.

        None where there are less than three such methods.
        """
        repeated = [method for method in self.methods if len(self.of_method(method)) > 1]
        if len(repeated) < 3:
            return None
        p_values = {frozenset({pair.first, pair.second}): pair.p_holm for pair in self.pairs}
        ranks = expected_ranks({method: self.values(method, self.ranked_by) for method in repeated})
        return MeanRanks.of(ranks, {pair: p for pair, p in p_values.items() if p is not None})

    @cached_property
    def posteriors(self) -> Mapping[str, Posterior]:
        """How probably the best method is better, by each other method with two or more repeats of equal numbers."""
        shared = {other: self._differences(self.ranking[0], other) for other in self.ranking[1:]}
        return {other: signed_rank_posterior(each) for other, each in shared.items() if len(each) > 1}

    def _unknown_machine(self, method: str) -> str:
        source = self.sources.get(method)
        return f"an unknown machine ({source.path})" if source else "an unknown machine"

    def _differences(self, first: str, second: str) -> list[float]:
        """Differences of the hypervolumes in :attr:`ranked_by` of the repeats of equal numbers."""
        one, other = (
            {result.run.repeat: result.indicators[self.ranked_by] for result in self.of_method(method)}
            for method in (first, second)
        )
        return [value - other[repeat] for repeat, value in one.items() if repeat in other]

    def optimism(self, result: RunResult) -> Mapping[Measure, Values]:
        """How much worse the points of a run's front are on test data than on the split that selected them."""
        return optimism(result.points, self.measures)

    def _fronts(self, method: str) -> list[Points]:
        return [result.front for result in self.of_method(method)]
