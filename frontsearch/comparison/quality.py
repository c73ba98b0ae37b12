"""Set indicators of fronts, by moocore, in the units of the reference box."""

import math
from dataclasses import dataclass

import moocore
import numpy as np

from frontsearch.front import ExactFront, Points


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """The box that normalises objective vectors: its low corner becomes (0, 0), its high corner (1, 1).

    Attributes:
        low: Cross entropy in nats per example, l1.
        high: The reference point.
        log: Whether the axes are log10; points below ``low`` then count as lying on it.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    log: bool = False

    def normalise(self, points: Points) -> Points:
        """``points``, ``(n, 2)``, in units of the box.

        Raises:
            ValueError: When a point is not a number; moocore would drop it without a word.
        """
        if not np.isfinite(points).all():
            raise ValueError("Objective vectors must be finite; found infinite or undefined ones.")
        low, high, inner = np.array(self.low), np.array(self.high), np.asarray(points, dtype=float).reshape(-1, 2)
        if self.log:
            low, high, inner = np.log10(low), np.log10(high), np.log10(np.maximum(inner, low))
        unit: Points = (inner - low) / (high - low)
        return unit


def hypervolume(points: Points, /, *, box: Box) -> float:
    """The share of the box that is dominated by ``points``, ``(n, 2)``, in [0, 1] [Zitzler1999]_; 0 for no points."""
    return float(moocore.hypervolume(box.normalise(points), ref=[1.0, 1.0])) if len(points) else 0.0


def exact_hypervolume(front: ExactFront, /, *, box: Box) -> float:
    """The share of the box that a continuous front dominates, in [0, 1].

    It is the area above the front's supporting lines, which no finite number of points exceeds.
    """
    cross_entropy, l1 = box.normalise(front.corners).T
    enters = np.interp(1.0, cross_entropy[::-1], l1[::-1])
    at = np.union1d(np.clip(l1, 0.0, 1.0), [enters, 1.0])
    return float(np.trapezoid(1.0 - np.minimum(np.interp(at, l1, cross_entropy), 1.0), at))


def igd_plus(points: Points, /, reference: Points, *, box: Box) -> float:
    """Mean distance by which ``points`` fail to dominate ``reference``, in box units [Ishibuchi2015]_.

    Weakly Pareto compliant, which IGD is not. Infinite for no points.
    """
    if not len(points):
        return math.inf
    return float(moocore.igd_plus(box.normalise(points), ref=box.normalise(reference)))


def epsilon_additive(points: Points, /, reference: Points, *, box: Box) -> float:
    """The least shift, in box units, after which ``points`` weakly dominate ``reference`` [Zitzler2003]_.

    Infinite for no points.
    """
    if not len(points):
        return math.inf
    return float(moocore.epsilon_additive(box.normalise(points), ref=box.normalise(reference)))
