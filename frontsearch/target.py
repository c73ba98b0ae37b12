"""``Target``: the size or the loss of accuracy that a search aims at."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from frontsearch.errors import LARGEST, check, check_one_of
from frontsearch.names import NONZEROS, PRUNABLE, SPARSITY, VALIDATION_ERROR

ERROR_INCREASE = "error_increase"
METRICS = (SPARSITY, NONZEROS, ERROR_INCREASE)
ROUNDING = 1e-9  # errors are rounded sums; one wrong answer in a million is a thousand times more than this


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a search aims at.

    Attributes:
        metric: ``sparsity``, at least so high a share of zeros; ``nonzeros``, at most so many weights; or
            ``error_increase``, a validation error at most so many percentage points above the lowest of the run.
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
        else:
            rule = "percentage points in (0, 100), such as 0.5"
            check(self.metric, self.value, rule, holds=number and 0 < self.value < 100)

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
        """Whether the target bounds the network's size rather than its error."""
        return self.metric != ERROR_INCREASE

    def nonzeros(self, prunable: float) -> int:
        """The most nonzero weights that a network of so many prunable ones may have; all for a target on the error."""
        if self.metric == NONZEROS:
            return int(self.value)
        return math.floor((1 - self.value) * prunable + 1e-6) if self.metric == SPARSITY else int(prunable)

    def is_met(self, metrics: Mapping[str, float], *, lowest_error: float) -> bool:
        """Whether a network with these metrics is within the bound.

        Args:
            metrics: Metrics of a completed trial.
            lowest_error: Lowest validation error of the run.
        """
        if self.limits_size:
            return metrics[NONZEROS] <= self.nonzeros(metrics[PRUNABLE])
        return metrics[VALIDATION_ERROR] <= lowest_error + self.value / 100 + ROUNDING

    def __str__(self) -> str:
        if self.metric == ERROR_INCREASE:
            return f"an error increase of {self.value:g} percentage points"
        return f"sparsity {self.value:g}" if self.metric == SPARSITY else f"{self.value:,.0f} nonzeros"
