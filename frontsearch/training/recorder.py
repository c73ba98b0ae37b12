"""What a training notes of itself while it goes on."""

import math

from frontsearch.folder import LearningCurve
from frontsearch.training.weights import Weights

ENTRIES = 50  # of a curve, about: a training of thousands of epochs notes only every so many of them


class Recorder:
    """Makes a training's learning curve of what it computes anyway; it changes no bit of the training.

    Args:
        weights: That are trained.
        steps: Of the whole training.
        per_epoch: Steps of an epoch.
    """

    def __init__(self, weights: Weights, *, steps: int, per_epoch: int) -> None:
        self.weights, self.per_epoch = weights, per_epoch
        self.every = per_epoch * math.ceil(steps / (per_epoch * ENTRIES))
        self._losses: list[float] = []
        self._entries: list[tuple[float, float, float, int]] = []

    def note(self, step: int, loss: float) -> None:
        """Takes the loss of the batch that this step, not yet taken, is for."""
        if step % self.every == 0:
            self._enter(step / self.per_epoch, self._losses or [loss])
        self._losses.append(loss)

    def curve(self, epochs: float) -> LearningCurve:
        """The whole curve, once the training has ended after this many epochs."""
        self._enter(epochs, self._losses)
        columns = zip(*self._entries, strict=True)
        return LearningCurve(**dict(zip(("epochs", "cross_entropy", "l1", "nonzeros"), columns, strict=True)))

    def _enter(self, epochs: float, losses: list[float]) -> None:
        mean = math.fsum(losses) / len(losses)
        self._entries.append((epochs, mean, self.weights.l1(), self.weights.nonzeros()))
        self._losses = []
