"""What a run has found so far."""

from collections.abc import Callable
from typing import Protocol

from frontsearch.comparison import Box, hypervolume
from frontsearch.front import Front
from frontsearch.trial import Trial


class RunProgress(Protocol):
    """The state of a run as far as it is shown.

    Attributes:
        name: The method's name.
        repeat: From 0.
        budget: Epochs.
        finished: Whether the run has ended.
        training_started: Whether any of its trainings was not in the ledger already.
        epochs_done: Epochs of all trainings that have finished.
    """

    name: str
    repeat: int
    budget: float
    finished: bool
    training_started: bool

    @property
    def epochs_done(self) -> float:
        """Epochs of all trainings that have finished."""


Watch = Callable[[RunProgress, Trial], None]  # called whenever a trial is recorded


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


def title(run: RunProgress) -> str:
    """A run's name for a reader: METHOD/REPEAT."""
    return f"{run.name}/{run.repeat}"
