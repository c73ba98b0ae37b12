"""How far to go from one point of a front to the next, so that points come evenly along it."""

import math

from frontsearch.trial import Trial

STEEP = 0.25  # of the cross entropy at the hypervolume's corner: a step that loses more has fallen off the front
HALVINGS = 4  # after which whatever still falls is taken for the front's end
WIDEST = 8.0  # factor on a step
LEAST = 1e-300


def falls(before: Trial, after: Trial, corner: tuple[float, float]) -> bool:
    """Whether a step between completed trials left the network dead, or lost too much of the corner's cross entropy."""
    (ce, _), (ce_after, l1_after) = before.objectives or (0.0, 0.0), after.objectives or (0.0, 0.0)
    return l1_after == 0 or ce_after - ce > STEEP * corner[0]


class Pace:
    """A factor on the length of a step, told of every step that was made.

    Where the front was longer than on average the next step is shorter, where it was shorter the next is longer, and a
    step that fell off the front is halved.

    Attributes:
        factor: On the first step's length.
        exhausted: Whether halving has not helped.
    """

    def __init__(self, *, units: tuple[float, float], log: bool) -> None:
        """A pace whose lengths are measured in these units of cross entropy and l1, or in decades."""
        self.factor, self.exhausted = 1.0, False
        self._units, self._log = units, log
        self._halvings = 0
        self._lengths: list[float] = []

    def keeps(self, before: Trial, after: Trial) -> bool:
        """Whether a step toward low l1, between completed trials, stayed on the front; sets the factor of the next."""
        if falls(before, after, self._units):
            self.halve()
            return False
        self.walked(before, after)
        return True

    def walked(self, before: Trial, after: Trial) -> None:
        """Sets the factor of the next step after one that is kept."""
        self._halvings = 0
        self._lengths.append(self._length(before.objectives or (1.0, 1.0), after.objectives or (1.0, 1.0)))
        mean = math.fsum(self._lengths) / len(self._lengths)
        step = mean / self._lengths[-1] if self._lengths[-1] else 2.0
        self.factor = min(max(self.factor * min(max(step, 0.5), 2.0), 1 / WIDEST), WIDEST)

    def halve(self) -> None:
        """Halves the next step."""
        self._halvings += 1
        self.factor /= 2
        self.exhausted = self._halvings > HALVINGS

    def _length(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        if self._log:
            # An objective of exactly zero has no logarithm: it counts as the least positive number there is.
            steps = zip(before, after, strict=True)
            return math.hypot(*(math.log10(b or LEAST) - math.log10(a or LEAST) for a, b in steps))
        return math.hypot(*((b - a) / unit for a, b, unit in zip(before, after, self._units, strict=True)))
