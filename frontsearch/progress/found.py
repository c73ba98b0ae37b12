"""What a run has found so far."""

from collections.abc import Callable

from frontsearch.front import Front
from frontsearch.quality import Box, hypervolume
from frontsearch.runner import Spending
from frontsearch.trial import Trial

Watch = Callable[[Spending, Trial], None]  # called whenever a trial is recorded


class Found:
    """A run's front so far.

    Args:
        box: In which its hypervolume is measured.
    """

    def __init__(self, box: Box) -> None:
        self._box = box
        self._front: Front[Trial] = Front(())
        self.hypervolume = 0.0

    def add(self, trial: Trial) -> None:
        """Takes a trial in."""
        if trial.objectives is None or self._covers(*trial.objectives):
            return  # as nearly all of a long run are
        self._front = Front.of_trials((*self._front.trials, trial))
        self.hypervolume = hypervolume(self._front.points, box=self._box)

    def _covers(self, cross_entropy: float, l1: float) -> bool:
        """Whether a point of the front is nowhere worse."""
        points = (point.objectives for point in self._front.trials)
        return any(point is not None and point[0] <= cross_entropy and point[1] <= l1 for point in points)

    def __len__(self) -> int:
        """How many points the front has."""
        return len(self._front.trials)


def title(run: Spending) -> str:
    """A run's name for a reader: METHOD/REPEAT."""
    return f"{run.name}/{run.repeat}"
