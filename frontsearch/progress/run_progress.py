"""What is shown of one run: its ``RunProgress`` and its ``FrontSoFar``."""

from collections.abc import Callable
from typing import Protocol

from frontsearch.comparison import Box, hypervolume
from frontsearch.front import Front
from frontsearch.trial import Trial


class RunProgress(Protocol):
    """The state of a run as far as it is shown.

    Attributes:
        name: Name of the method.
        repeat: Number of the repeat, from 0.
        budget: Budget of the run in epochs.
        finished: Whether the run has ended.
        training_started: Whether a worker has begun a training of this run; until then all trials were in the ledger.
        epochs_done: Epochs of all finished trainings.
    """

    name: str
    repeat: int
    budget: float
    finished: bool
    training_started: bool

    @property
    def epochs_done(self) -> float:
        """Epochs of all finished trainings."""


TrialCallback = Callable[[RunProgress, Trial], None]  # called after each trial is recorded


class FrontSoFar:
    """The front of a run's trials so far, and its hypervolume.

    Args:
        box: Box in which the hypervolume is measured.
    """

    def __init__(self, box: Box) -> None:
        self._box = box
        self._front: Front[Trial] = Front(())
        self.hypervolume = 0.0

    def add(self, trial: Trial) -> None:
        """Adds a trial and updates the front and its hypervolume."""
        if trial.objectives is None or self._covers(*trial.objectives):
            return  # the usual case late in a long run
        self._front = Front.of_trials((*self._front.trials, trial))
        self.hypervolume = hypervolume(self._front.points, box=self._box)

    def _covers(self, loss: float, l1: float) -> bool:
        """Whether some point of the front is at least as good in both objectives."""
        points = (point.objectives for point in self._front.trials)
        return any(point is not None and point[0] <= loss and point[1] <= l1 for point in points)

    def __len__(self) -> int:
        """Number of points of the front."""
        return len(self._front.trials)


def title(run: RunProgress) -> str:
    """The run's name for people: METHOD/REPEAT."""
    return f"{run.name}/{run.repeat}"
