"""Attainment surfaces of repeated runs and the difference of two methods' attainment functions, by moocore."""

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
NOWHERE = (math.inf, math.inf)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surface:
    """The edge of what at least a given share of the runs attains, that is weakly dominates.

    Attributes:
        level: One of ``LEVELS``: percent of all runs, those without any point included; the best is what any run
            attains.
        points: Lower left corners of the staircase by rising first coordinate, ``(k, 2)``; none where fewer runs have
            any point at all.
    """

    level: str
    points: Points


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """Where the attainment functions of two methods differ.

    Attributes:
        rectangles: Disjoint, each low corner and high corner, ``(k, 4)``.
        share: Of its runs that attain the rectangle, the first method's less the second's, ``(k,)`` in [-1, 1] and
            never 0.
    """

    rectangles: NDArray[np.float64]
    share: NDArray[np.float64]


def surfaces(fronts: Sequence[Points], /) -> tuple[Surface, ...]:
    """The attainment surfaces of a method's repeats at every level [Grunert2001]_ [Fonseca2011]_.

    Args:
        fronts: One a repeat, ``(n, 2)``, at least one of them; an empty one attains nothing.
    """
    sets = _sets(fronts, beyond=NOWHERE)
    attained = moocore.eaf(sets[:, :2], sets[:, 2], percentiles=list(LEVELS.values()))
    attained = attained[np.isfinite(attained).all(axis=1)]
    return tuple(
        Surface(level=level, points=attained[attained[:, 2] == percent, :2]) for level, percent in LEVELS.items()
    )


def difference(first: Sequence[Points], second: Sequence[Points], /, *, box: Box) -> Difference:
    """How much more often the runs of one method attain each place in the box than another's [LopezIbanez2010]_.

    Args:
        first: Fronts of one method, one a repeat, ``(n, 2)``; an empty one attains nothing.
        second: Those of the other.
        box: Where; what lies outside is cut off.
    """
    repeats = math.lcm(len(first), len(second))  # moocore takes both sides to have as many runs
    # Beyond the box the two sides always differ: where they nowhere do, moocore 0.3.2 fails.
    beyond = ((-math.inf, box.high[1]), box.high)
    sides = [
        _sets([*fronts] * (repeats // len(fronts)), beyond=point)
        for fronts, point in zip((first, second), beyond, strict=True)
    ]
    found = moocore.eafdiff(*sides, intervals=repeats, rectangles=True)
    rectangles, share = np.clip(found[:, :4], box.low * 2, box.high * 2), found[:, 4] / repeats
    kept = (rectangles[:, :2] < rectangles[:, 2:]).all(axis=1) & (share != 0)
    return Difference(rectangles=rectangles[kept], share=share[kept])


def _sets(fronts: Sequence[Points], *, beyond: tuple[float, float]) -> NDArray[np.float64]:
    """The points of all fronts, each with its front's number, ``(n, 3)``.

    Every front gets a point ``beyond`` all that matters, for moocore knows no empty one.
    """
    filled = [np.concatenate([front, [beyond]]) for front in fronts]
    return np.column_stack([np.concatenate(filled), np.repeat(np.arange(len(filled)), [len(one) for one in filled])])
