"""How optimistic a front is: its loss on test data minus its loss on the split that selected its points."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from frontsearch.comparison.anytime import Values
from frontsearch.comparison.run_result import Point
from frontsearch.names import CROSS_ENTROPY, ERROR, on_split


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Optimism:
    """Selection bias of a front: its points look better on the split they were selected on than on test data.

    Attributes:
        cross_entropy: Test minus selection split for each point, in nats per example, ``(n,)``; NaN where either value
            is missing.
        error: Test minus selection split for each point, as a share, ``(n,)``; NaN where the task has no error metric.
    """

    cross_entropy: Values
    error: Values


def optimism(points: Sequence[Point], /, *, split: str) -> Optimism:
    """The optimism of these points, which were selected by their cross entropy on ``split``."""
    rows = [{**point.trial.metrics, on_split(split, CROSS_ENTROPY): point.cross_entropy} for point in points]
    differences = {
        name: np.array([row.get(on_split("test", name), nan) - row.get(on_split(split, name), nan) for row in rows])
        for name in (CROSS_ENTROPY, ERROR)
    }
    return Optimism(**differences)
