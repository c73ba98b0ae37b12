"""``Recorder``: collects a training's learning curve."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence

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
        self.weights, self.scale, self.steps, self.per_epoch = weights, scale, steps, per_epoch
        self.every = per_epoch * math.ceil(steps / (per_epoch * ENTRIES))
        self._steps: list[int] = []
        self._losses: list[float] = []
        self._entries: list[tuple[int, float, int]] = []

    def record(self, step: int, loss: float) -> None:
        """Records the loss of the batch of a step."""
        self._steps.append(step)
        self._losses.append(loss)

    def measure(self, step: int) -> None:
        """Records the network as it is before a step, if an entry of the curve is due there."""
        if step % self.every == 0:
            self._add_entry(step)

    def curve(self, epochs: float, names: tuple[str, str]) -> LearningCurve | None:
        """The learning curve of the training, which has ended after this many epochs, with these objectives' names.

        It is None if no batch had a loss, as the loss left out all targets.
        """
        if not self._losses:
            return None
        self._add_entry(self.steps)
        steps, complexity, nonzeros = zip(*self._entries, strict=True)
        return LearningCurve(
            epochs=(*(step / self.per_epoch for step in steps[:-1]), epochs), loss=tuple(self._means(steps)),
            complexity=complexity, nonzeros=nonzeros, loss_name=names[0], complexity_name=names[1],
        )  # fmt: skip

    def _means(self, steps: Sequence[int]) -> Iterator[float]:
        """The mean loss of the steps before each of these since the one before; the first one's is that of its step.

        Where the loss left out all targets of these steps, it is the next known one, or the last.
        """
        places = [bisect_left(self._steps, step) for step in steps]
        for begin, end in zip((0, *places), places, strict=False):
            losses = self._losses[begin:end] or self._losses[end : end + 1] or self._losses[-1:]
            yield math.fsum(losses) / len(losses)

    def _add_entry(self, step: int) -> None:
        self._entries.append((step, complexity_of(self.weights, self.scale)[0], self.weights.nonzeros()))
