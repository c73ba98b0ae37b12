"""Intra-training pruning: penalised weights become zero while the network trains."""

from typing import Protocol

import torch
from torch import Tensor

from frontsearch.recipe import Pruning
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.schedules import ramp
from frontsearch.training.weights import Weights


class Pruner(Protocol):
    """What a training does about zeros besides its descent.

    Attributes:
        kept: 1 where a penalised weight lives and 0 where it is zero and may not regrow, ``(p,)``: a product is the
            fastest mask. None while nothing is held.
        left_out: How many penalised weights of the whole network, all zero for good, the one at hand is without.
    """

    kept: Tensor | None
    left_out: int

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:
        """After this many steps, makes the weights what the network is evaluated with next."""

    def hold(self, weights: Weights) -> None:
        """Between the backward pass and the descent's step, makes the weights what the step is to change."""


def pruner_of(pruning: Pruning, *, epochs: float, steps: int) -> Pruner:
    """What prunes a training of this many epochs, which are this many steps."""
    phase = range(round(pruning.begin / epochs * steps), steps)
    return StraightThrough(pruning, phase) if pruning.straight_through else Cutter(pruning, phase)


class Cutter:
    """Cuts weights now and then [Reiners2020]_, [Zhu2018]_, and keeps what is zero at zero if nothing may regrow."""

    def __init__(self, pruning: Pruning, phase: range) -> None:
        self.pruning, self.phase = pruning, phase
        self.begun_at: float | None = None
        self.kept: Tensor | None = None
        self.left_out = 0

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:
        """Cuts, if it is time to: every so often, and always at the end."""
        since = step - self.phase.start
        if since < 0 or (since % self.pruning.every and step != self.phase.stop):
            return
        self._cut(progress(step, self.phase), weights)
        if not self.pruning.regrow:
            self.kept = (weights.penalised != 0).to(weights.penalised.dtype)
            for tensor in optimiser.state().values():
                if tensor.ndim:
                    tensor[: len(self.kept)].mul_(self.kept)

    def hold(self, weights: Weights) -> None:
        """Takes from the gradient whatever would move a weight that may not regrow."""
        if self.kept is not None:
            weights.gradient[: len(self.kept)].mul_(self.kept)

    def _cut(self, share: float, weights: Weights) -> None:
        risen = ramp(self.pruning.ramp, share)
        if self.pruning.threshold:
            for piece in weights.layers if self.pruning.relative else (weights.penalised,):
                unit = float(piece.square().mean().sqrt()) if self.pruning.relative else 1.0
                torch.hardshrink(piece, self.pruning.threshold * unit * risen, out=piece)
        if self.pruning.sparsity:
            count = len(weights.penalised) + self.left_out
            if self.begun_at is None:  # a network that is sparse already goes on from there
                self.begun_at = min(1 - weights.nonzeros() / count, self.pruning.sparsity)
            sparsity = self.begun_at + (self.pruning.sparsity - self.begun_at) * risen
            limit = smallest(weights.penalised, round(sparsity * count) - self.left_out)
            weights.penalised.masked_fill_(weights.penalised.abs() <= limit, 0)


class StraightThrough:
    """ST-3 [Vanderschueren2023]_: the network is evaluated with shrunk weights while the dense ones are trained.

    What is evaluated are soft thresholds at the quantile of the rising sparsity, each output's row rescaled so that it
    hardly loses magnitude; the gradient there goes straight to the weights behind them.
    """

    def __init__(self, pruning: Pruning, phase: range) -> None:
        self.pruning, self.phase = pruning, phase
        self.dense: Tensor | None = None
        self.kept: Tensor | None = None
        self.left_out = 0

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:  # noqa: ARG002 - the protocol's
        """Shrinks and rescales, remembering the weights behind."""
        if step < self.phase.start:
            return
        self.dense = weights.penalised.clone()
        sparsity = self.pruning.sparsity * ramp(self.pruning.ramp, progress(step, self.phase))
        limit = max(smallest(self.dense, round(sparsity * len(self.dense))), 0.0)
        for layer in weights.layers:
            kept = (layer.abs() * (layer.abs() > limit)).mean(dim=1)
            scale = 1.01 / (kept / layer.abs().mean(dim=1).clamp_min(1e-12) + 0.01)  # protects rows of zeros
            soft_threshold_(layer, limit).mul_(scale.unsqueeze(1))

    def hold(self, weights: Weights) -> None:
        """Puts the weights behind back, for the step to change them."""
        if self.dense is not None:
            weights.penalised.copy_(self.dense)


def progress(step: int, phase: range) -> float:
    """The share of the phase that is over; one that begins with the last step has no time to rise."""
    return (step - phase.start) / len(phase) if len(phase) else 1.0


def smallest(values: Tensor, count: int) -> float:
    """The magnitude that so many of the values, ``(p,)``, do not exceed; negative where that is none."""
    return float(torch.kthvalue(values.abs(), count).values) if count > 0 else -1.0
