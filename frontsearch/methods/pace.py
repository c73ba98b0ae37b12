"""How far to go from one point of a front to the next, so that points come evenly along it."""

import math

from frontsearch.trial import Trial

STEEP = 0.25  # of the cross entropy at the hypervolume's corner: a step that loses more has fallen off the front
HALVINGS = 4  # after which whatever still falls is taken for the front's end


class Pace:
    """A factor on the even step, told of every step that was made.

    Where the front was longer than on average the next step is shorter, where a step cost no cross entropy it is twice
    as long, and a step that fell off the front is halved, and all after it.

    Attributes:
        factor: On the even step.
        exhausted: Whether halving has not helped.
    """

    def __init__(self, *, units: tuple[float, float], log: bool) -> None:
        """A pace whose lengths are measured in these units of cross entropy and l1, or in decades."""
        self.factor, self.exhausted = 1.0, False
        self._units, self._log = units, log
        self._halvings = 0
        self._lengths: list[float] = []

    def keeps(self, before: Trial, after: Trial) -> bool:
        """Whether the step between two completed trials stayed on the front; sets the factor of the next."""
        (ce, l1), (ce_after, l1_after) = before.objectives or (0.0, 0.0), after.objectives or (0.0, 0.0)
        if l1_after == 0 or ce_after - ce > STEEP * self._units[0]:
            self.halve()
            return False
        self.factor = 2.0 if ce_after <= ce else self._evening((ce, l1), (ce_after, l1_after))
        self.factor /= 2**self._halvings
        return True

    def halve(self) -> None:
        """Halves the next step, and all after it."""
        self._halvings += 1
        self.factor /= 2
        self.exhausted = self._halvings > HALVINGS

    def _evening(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        if self._log:
            length = math.hypot(*(math.log10(b / a) for a, b in zip(before, after, strict=True)))
        else:
            length = math.hypot(*((b - a) / unit for a, b, unit in zip(before, after, self._units, strict=True)))
        self._lengths.append(length)
        mean = math.fsum(self._lengths) / len(self._lengths)
        return min(max(mean / length, 0.5), 2.0) if length else 2.0
