"""Quality indicators of fronts, computed by moocore on objectives that a box normalises."""

import math
from dataclasses import dataclass

import moocore
import numpy as np

from frontsearch.front import ExactFront, Points
from frontsearch.names import EPSILON_ADDITIVE, HYPERVOLUME, HYPERVOLUME_LOG, IGD_PLUS


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """Normalises objective vectors: the low corner becomes (0, 0), the high corner (1, 1).

    Attributes:
        low: Low corner ``(loss, l1)``.
        high: High corner, the reference point of the hypervolume.
        log: Whether both axes are log10. Coordinates below ``low`` are then raised to it.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    log: bool = False

    def normalise(self, points: Points) -> Points:
        """``points``, ``(n, 2)``, in units of the box.

        Raises:
            ValueError: When a coordinate is infinite or NaN, because moocore would silently drop the point.
        """
        if not np.isfinite(points).all():
            raise ValueError("Objective vectors must be finite; found infinite values or NaN.")
        low, high, values = np.array(self.low), np.array(self.high), np.asarray(points, dtype=float).reshape(-1, 2)
        if self.log:
            low, high, values = np.log10(low), np.log10(high), np.log10(np.maximum(values, low))
        normalised: Points = (values - low) / (high - low)
        return normalised


def hypervolume(points: Points, /, *, box: Box) -> float:
    """Share of the box that ``points`` dominate, in [0, 1]; higher is better [Zitzler1999]_.

    Args:
        points: Objective vectors, ``(n, 2)``, none below the box's low corner; without points the hypervolume is 0.
        box: Box whose high corner is the reference point.

    Raises:
        ValueError: When a coordinate is infinite or NaN.

    Examples:
        >>> import numpy as np
        >>> from frontsearch.comparison import Box, hypervolume
        >>> box = Box(low=(0.0, 0.0), high=(2.0, 100.0))
        >>> hypervolume(np.array([[0.5, 50.0], [1.0, 25.0]]), box=box)
        0.5
    """
    return float(moocore.hypervolume(box.normalise(points), ref=[1.0, 1.0])) if len(points) else 0.0


def quality(points: Points, reference: Points, *, linear: Box, log: Box) -> dict[str, float]:
    """All indicators of ``points``, ``(n, 2)``, by name; IGD+ and epsilon against ``reference``, ``(m, 2)``."""
    return {
        HYPERVOLUME: hypervolume(points, box=linear),
        HYPERVOLUME_LOG: hypervolume(points, box=log),
        IGD_PLUS: igd_plus(points, reference, box=linear),
        EPSILON_ADDITIVE: epsilon_additive(points, reference, box=linear),
    }


def exact_hypervolume(front: ExactFront, /, *, box: Box) -> float:
    """Share of the box that an exact, continuous front dominates, in [0, 1].

    It is the area above the front's supporting lines, which no finite number of points exceeds.
    """
    loss, l1 = box.normalise(front.lower_envelope).T
    entry = np.interp(1.0, loss[::-1], l1[::-1])  # l1 at which the front enters the box
    at = np.union1d(np.clip(l1, 0.0, 1.0), [entry, 1.0])
    return float(np.trapezoid(1.0 - np.minimum(np.interp(at, l1, loss), 1.0), at))


def igd_plus(points: Points, /, reference: Points, *, box: Box) -> float:
    """IGD+: mean distance by which ``points`` fail to dominate ``reference``, in box units [Ishibuchi2015]_.

    Lower is better; infinite without points. Unlike IGD, it is weakly Pareto compliant.
    """
    if not len(points):
        return math.inf
    return float(moocore.igd_plus(box.normalise(points), ref=box.normalise(reference)))


def epsilon_additive(points: Points, /, reference: Points, *, box: Box) -> float:
    """Additive epsilon: the smallest shift, in box units, that lets ``points`` weakly dominate ``reference``.

    Lower is better; infinite without points [Zitzler2003]_.
    """
    if not len(points):
        return math.inf
    return float(moocore.epsilon_additive(box.normalise(points), ref=box.normalise(reference)))
