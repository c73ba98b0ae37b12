"""Attainment surfaces of repeated runs, and differences between the attainment functions of two methods, by moocore."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import moocore
import numpy as np
from numpy.typing import NDArray

from frontsearch.comparison.quality import Box
from frontsearch.front import Points

LEVELS: Mapping[str, float] = MappingProxyType({"best": 0.0, "25 %": 25.0, "50 %": 50.0, "75 %": 75.0, "worst": 100.0})
INFINITE_POINT = (math.inf, math.inf)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surface:
    """Boundary of the region that at least a given percentage of the runs attains, that is, weakly dominates.

    Attributes:
        level: Name of the percentage, a key of ``LEVELS``; runs without points count too. ``best`` is what at least one
            run attains.
        points: Lower left corners of the staircase by rising first coordinate, ``(k, 2)``; empty where too few runs
            have any points.
    """

    level: str
    points: Points


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """Rectangles in which the attainment functions of two methods differ.

    Attributes:
        rectangles: Disjoint rectangles, each as its low and its high corner, ``(k, 4)``.
        share: Share of the first method's runs that attain the rectangle, minus the second method's share, ``(k,)``;
            in [-1, 1] and never 0.
    """

    rectangles: NDArray[np.float64]
    share: NDArray[np.float64]


def surfaces(fronts: Sequence[Points], /) -> tuple[Surface, ...]:
    """Attainment surfaces of a method's repeats, one for each of ``LEVELS`` [Grunert2001]_ [Fonseca2011]_.

    Args:
        fronts: Fronts of one or more repeats, each ``(n, 2)``; an empty front attains nothing.
    """
    sets = _stacked(fronts, extra=INFINITE_POINT)
    attained = moocore.eaf(sets[:, :2], sets[:, 2], percentiles=list(LEVELS.values()))
    attained = attained[np.isfinite(attained).all(axis=1)]
    return tuple(
        Surface(level=level, points=attained[attained[:, 2] == percent, :2]) for level, percent in LEVELS.items()
    )


def difference(first: Sequence[Points], second: Sequence[Points], /, *, box: Box) -> Difference:
    """Where one method's runs attain more often than another's, and how much more [LopezIbanez2010]_.

    Args:
        first: Fronts of one method's repeats, each ``(n, 2)``; an empty front attains nothing.
        second: Fronts of the other method's repeats.
        box: Region to compare in; rectangles are clipped to it.
    """
    repeats = math.lcm(len(first), len(second))  # moocore needs equally many runs on both sides
    # moocore 0.3.2 fails if the sides are equal everywhere, so these extra points make them differ outside the box.
    outside = ((-math.inf, box.high[1]), box.high)
    sides = [
        _stacked([*fronts] * (repeats // len(fronts)), extra=point)
        for fronts, point in zip((first, second), outside, strict=True)
    ]
    rows = moocore.eafdiff(*sides, intervals=repeats, rectangles=True)
    rectangles, share = np.clip(rows[:, :4], box.low * 2, box.high * 2), rows[:, 4] / repeats
    kept = (rectangles[:, :2] < rectangles[:, 2:]).all(axis=1) & (share != 0)
    return Difference(rectangles=rectangles[kept], share=share[kept])


def _stacked(fronts: Sequence[Points], *, extra: tuple[float, float]) -> NDArray[np.float64]:
    """The points of all fronts with the number of their front, ``(n, 3)``.

    Each front gets the ``extra`` point, which lies where it changes nothing, because moocore has no empty fronts.
    """
    filled = [np.concatenate([front, [extra]]) for front in fronts]
    numbers = np.repeat(np.arange(len(filled)), [len(front) for front in filled])
    return np.column_stack([np.concatenate(filled), numbers])
