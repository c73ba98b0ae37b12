"""Intra-training pruning [Reiners2020]_: penalised weights that are not above a threshold become zero."""

import torch

from frontsearch.recipe import Pruning
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.schedules import ramp
from frontsearch.training.weights import Weights


class Pruner:
    """Cuts weights now and then, and keeps what was cut at zero if nothing may regrow."""

    def __init__(self, pruning: Pruning, *, epochs: float, steps: int) -> None:
        self.pruning, self.steps = pruning, steps
        self.first = round(pruning.begin / epochs * steps)
        self.cut: torch.Tensor | None = None

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:
        """Cuts after this many steps, if it is time to: every so often, and always at the end."""
        since = step - self.first
        due = since >= 0 and (since % self.pruning.every == 0 or step == self.steps)
        if not due or self.pruning.threshold == 0:
            return
        # A pruning that begins with the last step has no time to rise.
        progress = since / (self.steps - self.first) if self.steps > self.first else 1.0
        self._cut(weights, self.pruning.threshold * ramp(self.pruning.ramp, progress))
        if not self.pruning.regrow:
            self.cut = weights.penalised == 0
            for tensor in optimiser.state().values():
                if tensor.ndim:
                    tensor[: len(self.cut)].masked_fill_(self.cut, 0)

    def hold(self, weights: Weights) -> None:
        """Takes from the gradient whatever would move a weight that was cut and may not regrow."""
        if self.cut is not None:
            weights.gradient[: len(self.cut)].masked_fill_(self.cut, 0)

    def _cut(self, weights: Weights, threshold: float) -> None:
        for layer in weights.layers:
            unit = float(layer.square().mean().sqrt()) if self.pruning.relative else 1.0
            layer.masked_fill_(layer.abs() <= threshold * unit, 0)
