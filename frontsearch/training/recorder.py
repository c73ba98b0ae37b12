"""``Recorder``: collects a training's learning curve."""

import math

from frontsearch.folder import LearningCurve
from frontsearch.scale import CanonicalScale
from frontsearch.training.objectives import complexity_of
from frontsearch.training.weights import Weights

ENTRIES = 50  # about the length of a curve; a training of thousands of epochs records only some of them


class Recorder:
    """Collects a learning curve from numbers that the training computes anyway, without changing the training.

    Args:
        weights: Weights of the network that is trained.
        scale: Scale that l1 is measured in.
        steps: Steps in the training.
        per_epoch: Steps in an epoch.
    """

    def __init__(self, weights: Weights, scale: CanonicalScale, *, steps: int, per_epoch: int) -> None:
        self.weights, self.scale, self.per_epoch = weights, scale, per_epoch
        self.every = per_epoch * math.ceil(steps / (per_epoch * ENTRIES))
        self._losses: list[float] = []
        self._entries: list[tuple[float, float, float, int]] = []

    def record(self, step: int, loss: float) -> None:
        """Records the loss of a batch before its optimiser step is taken."""
        if step % self.every == 0:
            self._add_entry(step / self.per_epoch, self._losses or [loss])
        self._losses.append(loss)

    def curve(self, epochs: float, names: tuple[str, str]) -> LearningCurve:
        """The learning curve of the training, which has ended after this many epochs, with these objectives' names."""
        self._add_entry(epochs, self._losses)
        columns = zip(*self._entries, strict=True)
        epochs_done, loss, complexity, nonzeros = columns
        return LearningCurve(
            epochs=epochs_done, loss=loss, complexity=complexity, nonzeros=nonzeros,
            loss_name=names[0], complexity_name=names[1],
        )  # fmt: skip

    def _add_entry(self, epochs: float, losses: list[float]) -> None:
        mean = math.fsum(losses) / len(losses)
        self._entries.append((epochs, mean, complexity_of(self.weights, self.scale)[0], self.weights.nonzeros()))
        self._losses = []
