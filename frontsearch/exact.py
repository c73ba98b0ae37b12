"""``ExactFront``: the Pareto front of a convex task, by exact points and the lines that support it there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-5  # nats per example; a trial's cross entropy is a sum in single precision


@dataclass(frozen=True)
class ExactFront:
    """Exact points of a convex front by falling l1 weight, the first of them the network whose weights are all zero.

    The front is a convex curve. Between two points it lies below their chord, and everywhere above the line through
    each of them along which its weighted sum stays the same.

    Attributes:
        l1_weights: At which the weighted sums were solved, ``(n,)``.
        points: Cross entropy in nats per example and l1 of the solutions, ``(n, 2)``.
    """

    l1_weights: NDArray[np.float64]
    points: NDArray[np.float64]

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """The upper envelope of the supporting lines by rising l1, ``(m, 2)``: a polygon just below the front.

        It starts and ends on the front; what lies between it and the chords bounds by how much it is too low.
        """
        sums = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        l1 = np.diff(sums) / np.diff(self.l1_weights)
        meetings = np.column_stack([sums[1:] - self.l1_weights[1:] * l1, l1])
        return np.concatenate([self.points[:1], meetings, self.points[-1:]])

    def height(self, points: NDArray[np.float64], /) -> NDArray[np.float64]:
        """By how many nats ``points``, ``(n, 2)``, lie above the highest of the supporting lines."""
        sums = points[:, :1] + points[:, 1:] * self.l1_weights
        least = self.points[:, 0] + self.points[:, 1] * self.l1_weights
        height: NDArray[np.float64] = (sums - least).min(axis=1, initial=np.inf)
        return height

    def below(self, points: NDArray[np.float64], /) -> int:
        """How many of ``points``, ``(n, 2)``, lie below the front by more than rounding: an objective is wrong."""
        return int((self.height(points) < -TOLERANCE).sum())
