"""Step lengths of the methods that follow a front, adapted so that their points are evenly spaced along it."""

import math

from frontsearch.trial import Trial

MAX_LOSS_RISE = 0.25  # of the reference point's cross entropy, in one step; a larger rise has left the front
MAX_HALVINGS = 4  # in a row; if the shortest step still fails, the end of the front has been reached
MAX_FACTOR = 8.0
TINY = 1e-300
CROSS_ENTROPY, L1 = 0, 1  # indices of the objectives


def leaves_front(before: Trial, after: Trial, reference_point: tuple[float, float]) -> bool:
    """Whether a step between two completed trials set all weights to zero or lost too much cross entropy."""
    (ce, _), (ce_after, l1_after) = before.objectives or (0.0, 0.0), after.objectives or (0.0, 0.0)
    return l1_after == 0 or ce_after - ce > MAX_LOSS_RISE * reference_point[0]


class FixedStep:
    """A fixed step length; every step is accepted."""

    factor, exhausted = 1.0, False

    def accepts(self, objective: int, before: Trial, after: Trial) -> bool:  # noqa: ARG002 - as AdaptiveStep
        """Accepts every step."""
        return True


class AdaptiveStep:
    """A step length that is adapted after every step.

    If a step covered more of the front than the average step, the next one is shorter; if it covered less, the next
    one is longer. A rejected step is halved.

    Attributes:
        factor: Step length as a multiple of the first step.
        exhausted: Whether halving the step has failed too often.
    """

    def __init__(self, *, units: tuple[float, float], log: bool) -> None:
        """Creates a step length.

        Args:
            units: Units ``(cross_entropy, l1)`` of distances along the front.
            log: Whether to measure distances in decades instead.
        """
        self.factor, self.exhausted = 1.0, False
        self._units, self._log = units, log
        self._halvings = 0
        self._distances: list[float] = []

    def accepts(self, objective: int, before: Trial, after: Trial) -> bool:
        """Whether a step between completed trials lowered this objective and stayed on the front; adapts the factor."""
        old, new = before.objectives or (1.0, 1.0), after.objectives or (1.0, 1.0)
        if new[objective] >= old[objective] or (objective == L1 and leaves_front(before, after, self._units)):
            self._halvings += 1
            self.factor /= 2
            self.exhausted = self._halvings > MAX_HALVINGS
            return False
        self._halvings = 0
        self._distances.append(self._distance(old, new))
        mean = math.fsum(self._distances) / len(self._distances)
        change = mean / self._distances[-1] if self._distances[-1] else 2.0
        self.factor = min(max(self.factor * min(max(change, 0.5), 2.0), 1 / MAX_FACTOR), MAX_FACTOR)
        return True

    def _distance(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        if self._log:
            # An objective of exactly zero has no logarithm, so a tiny number stands in for it.
            steps = zip(before, after, strict=True)
            return math.hypot(*(math.log10(b or TINY) - math.log10(a or TINY) for a, b in steps))
        return math.hypot(*((b - a) / unit for a, b, unit in zip(before, after, self._units, strict=True)))
