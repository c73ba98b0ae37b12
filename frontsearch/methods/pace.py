"""How far to go from one point of a front to the next, so that points come evenly along it."""

import math

from frontsearch.trial import Trial

STEEP = (
    0.25  # of the cross entropy at the hypervolume's reference_point: a step that loses more has fallen off the front
)
HALVINGS = 4  # after which whatever still falls is taken for the front's end
WIDEST = 8.0  # factor on a step
LEAST = 1e-300
LOSS, L1 = 0, 1  # the objectives


def falls(before: Trial, after: Trial, reference_point: tuple[float, float]) -> bool:
    """Whether a step between completed trials left the network dead, or lost too much of the corner's cross entropy."""
    (ce, _), (ce_after, l1_after) = before.objectives or (0.0, 0.0), after.objectives or (0.0, 0.0)
    return l1_after == 0 or ce_after - ce > STEEP * reference_point[0]


class Steady:
    """Steps of one length, of which none is taken back."""

    factor, exhausted = 1.0, False

    def advances(self, objective: int, before: Trial, after: Trial) -> bool:  # noqa: ARG002 - Pace's
        """Every step does."""
        return True


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

    def advances(self, objective: int, before: Trial, after: Trial) -> bool:
        """Whether a step between completed trials lowered the objective and stayed on the front; sets the factor."""
        was, became = before.objectives or (1.0, 1.0), after.objectives or (1.0, 1.0)
        if became[objective] >= was[objective] or (objective == L1 and falls(before, after, self._units)):
            self._halvings += 1
            self.factor /= 2
            self.exhausted = self._halvings > HALVINGS
            return False
        self._halvings = 0
        self._lengths.append(self._length(was, became))
        mean = math.fsum(self._lengths) / len(self._lengths)
        step = mean / self._lengths[-1] if self._lengths[-1] else 2.0
        self.factor = min(max(self.factor * min(max(step, 0.5), 2.0), 1 / WIDEST), WIDEST)
        return True

    def _length(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        if self._log:
            # An objective of exactly zero has no logarithm: it counts as the least positive number there is.
            steps = zip(before, after, strict=True)
            return math.hypot(*(math.log10(b or LEAST) - math.log10(a or LEAST) for a, b in steps))
        return math.hypot(*((b - a) / unit for a, b, unit in zip(before, after, self._units, strict=True)))
