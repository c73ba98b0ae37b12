"""``Target``: the size or the loss of accuracy that a search aims at."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from frontsearch.errors import LARGEST, check, check_one_of
from frontsearch.measures import Measure
from frontsearch.names import NONZEROS, PRUNABLE, SPARSITY

ERROR_INCREASE, METRIC_GAP = "error_increase", "metric_gap"
METRICS = (SPARSITY, NONZEROS, ERROR_INCREASE, METRIC_GAP)
ROUNDING = 1e-9  # metrics are rounded sums; one wrong answer in a million is a thousand times more than this


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a search aims at.

    Attributes:
        metric: ``sparsity``, at least so high a share of zeros; ``nonzeros``, at most so many weights;
            ``error_increase``, a validation error at most so many percentage points above the lowest of the run; or
            ``metric_gap``, a first metric at most so much worse than the best of the run, in its own unit. Where a task
            has no metric, it is the loss.
        value: The bound.

    Raises:
        ValueError: If the metric is unknown or the value is out of its range.

    Examples:
        >>> target = Target(metric="sparsity", value=0.98)
        >>> target.nonzeros(prunable=60_000), str(target)
        (1200, 'sparsity 0.98')
    """

    metric: str
    value: float

    def __post_init__(self) -> None:
        check_one_of("target", self.metric, METRICS)
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if self.metric == SPARSITY:
            rule = "a share of zeros in (0, 1), such as 0.98 for 98 %"
            check(self.metric, self.value, rule, holds=number and 0 < self.value < 1)
        elif self.metric == NONZEROS:
            rule = "a whole number of weights, at least 1"
            check(self.metric, self.value, rule, holds=number and 1 <= self.value <= LARGEST and self.value % 1 == 0)
        elif self.metric == ERROR_INCREASE:
            rule = "percentage points in (0, 100), such as 0.5"
            check(self.metric, self.value, rule, holds=number and 0 < self.value < 100)
        else:
            rule = "finite and above 0, in the unit of the task's first metric, such as 0.02"
            check(self.metric, self.value, rule, holds=number and 0 < self.value <= LARGEST)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """The target that a mapping with one entry gives by the name of its metric.

        Raises:
            ValueError: If there is not exactly one entry, or it is no valid target.
        """
        rule = f"exactly one of {', '.join(METRICS)}, such as sparsity = 0.98"
        check("target", given, rule, holds=isinstance(given, Mapping) and len(given) == 1)
        ((metric, value),) = given.items()
        return cls(metric=metric, value=value)

    def as_mapping(self) -> dict[str, float]:
        """The mapping from which :meth:`of` makes the target."""
        return {self.metric: self.value}

    @property
    def limits_size(self) -> bool:
        """Whether the target bounds the network's size rather than its first metric."""
        return self.metric in {SPARSITY, NONZEROS}

    @property
    def gap(self) -> float:
        """How much worse than the best the first metric may be; infinite for a target on the size."""
        if self.limits_size:
            return math.inf
        return self.value / 100 if self.metric == ERROR_INCREASE else self.value

    def nonzeros(self, prunable: float) -> int:
        """The most nonzero weights that a network of so many prunable ones may have; all for one on a metric."""
        if self.metric == NONZEROS:
            return int(self.value)
        return math.floor((1 - self.value) * prunable + 1e-6) if self.metric == SPARSITY else int(prunable)

    def is_small(self, metrics: Mapping[str, float]) -> bool:
        """Whether a network with these metrics is within a bound on the size."""
        return metrics[NONZEROS] <= self.nonzeros(metrics[PRUNABLE])

    def is_met(self, metrics: Mapping[str, float], *, measure: Measure, best: float) -> bool:
        """Whether a network with these metrics is within the bound.

        Args:
            metrics: Metrics of a completed trial.
            measure: What networks of the task are picked by.
            best: Lowest cost by it in the run.
        """
        if self.limits_size:
            return self.is_small(metrics)
        return measure.known(metrics) and measure.cost(metrics) <= best + self.gap + ROUNDING

    def __str__(self) -> str:
        texts = {
            SPARSITY: f"sparsity {self.value:g}",
            NONZEROS: f"{self.value:,.0f} nonzeros",
            ERROR_INCREASE: f"an error increase of {self.value:g} percentage points",
            METRIC_GAP: f"a metric gap of {self.value:g}",
        }
        return texts[self.metric]
