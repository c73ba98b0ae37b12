"""Indicators of the chosen networks on the test split, which had no part in choosing them.

An indicator on the split that chose a front rewards luck: the more networks a method evaluates, the more of them look
better than they are. The test metrics of the chosen networks do not.
"""

from collections.abc import Iterable, Sequence
from math import isfinite, nan

import numpy as np

from frontsearch.comparison.quality import Box, quality
from frontsearch.comparison.run_result import Point, RunResult
from frontsearch.front import as_points, nondominated
from frontsearch.measures import Measure
from frontsearch.names import on_test


def have_test_loss(points: Iterable[Point], loss: Measure) -> bool:
    """Whether every point has a finite loss on the test split."""
    return all(isfinite(_test_loss(point, loss)) for point in points)


def with_test_indicators(results: Sequence[RunResult], loss: Measure, *, linear: Box, log: Box) -> list[RunResult]:
    """The results with every indicator on the test split as well, named ``hypervolume_test`` and so on.

    A run's points stay those that were chosen; only their loss is of the test split. IGD+ and epsilon are
    measured against the non-dominated union of all these points.

    Args:
        results: Results of all runs.
        loss: The loss of their task.
        linear: Box that normalises hypervolume, IGD+ and additive epsilon.
        log: Box of the hypervolume on log10 axes.

    Returns:
        The results in the same order; unchanged if any point has no finite test loss.
    """
    if not all(have_test_loss(result.points, loss) for result in results):
        return list(results)
    fronts = [as_points([(_test_loss(point, loss), point.complexity) for point in result.points]) for result in results]
    union = np.concatenate([np.zeros((0, 2)), *fronts])
    reference = union[nondominated(union)]
    measured = [quality(front, reference, linear=linear, log=log) for front in fronts]
    return [
        result.with_indicators({on_test(name): value for name, value in indicators.items()})
        for result, indicators in zip(results, measured, strict=True)
    ]


def _test_loss(point: Point, loss: Measure) -> float:
    return point.trial.metrics.get(loss.on("test"), nan)
