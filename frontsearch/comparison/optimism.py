"""How optimistic a front is: how much worse it is on test data than on the split that selected its points."""

from collections.abc import Sequence
from math import nan

import numpy as np

from frontsearch.comparison.anytime import Values
from frontsearch.comparison.run_result import Point
from frontsearch.measures import Measure, Measures


def optimism(points: Sequence[Point], measures: Measures) -> dict[Measure, Values]:
    """Selection bias of a front: its points look better on the split they were selected on than on test data.

    Returns:
        By how much each point is worse on test data, ``(n,)``, for the loss and each metric: test minus selection
        split, or the reverse where more is better. NaN where either value is missing.
    """
    split = measures.objective
    rows = [{**point.trial.metrics, measures.loss.on(split): point.loss} for point in points]
    return {
        measure: (-1 if measure.maximise else 1)
        * np.array([row.get(measure.on("test"), nan) - row.get(measure.on(split), nan) for row in rows], dtype=float)
        for measure in measures.all
    }
