"""Pruning during training: penalised weights become zero while the network trains."""

import math
from typing import Protocol

import torch
from torch import Tensor

from frontsearch.recipe import Pruning, Recipe
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import kth_smallest_magnitude
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.schedules import ramp
from frontsearch.training.weights import Weights


class Pruner(Protocol):
    """Sets weights to zero during a training.

    Attributes:
        mask: 0 for each penalised weight that is zero and may not regrow, else 1, ``(p,)``. A float mask, as
            multiplying by it is the fastest way to apply it. None while every weight may change.
        removed: Number of penalised weights that compaction dropped from the network; all were permanently zero.
    """

    mask: Tensor | None
    removed: int

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:
        """Called after ``step`` steps: prunes the weights, so that the network is then evaluated with zeros."""

    def before_step(self, weights: Weights) -> None:
        """Called between the backward pass and the optimiser step: prepares weights and gradient for the step."""


def pruner_for(recipe: Recipe, *, steps: int) -> Pruner:
    """The pruner for a training that takes this many steps."""
    pruning = recipe.pruning
    phase = range(round(pruning.begin / recipe.epochs * steps) if steps else 0, steps)
    if pruning.straight_through:
        return StraightThroughPruner(pruning, phase)
    return (BregmanPruner if recipe.optimiser == "linbreg" else MagnitudePruner)(pruning, phase)


class MagnitudePruner:
    """Zeroes small weights every few steps [Reiners2020]_, [Zhu2018]_, for good if ``regrow`` is off.

    Args:
        pruning: Options from the recipe.
        phase: Steps from the first pruning to the end of the training.
    """

    def __init__(self, pruning: Pruning, phase: range) -> None:
        self.pruning, self.phase = pruning, phase
        self.initial_sparsity: float | None = None
        self.mask: Tensor | None = None
        self.removed = 0

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:
        """Prunes at the steps that the recipe asks for, and always at the end of the training."""
        if not self.is_due(step):
            return
        self._zero_small_weights(step, weights)
        if self.pruning.sparsity:
            self._reach(self._sparsity(step, weights), weights, optimiser)
        if not self.pruning.regrow:
            self.mask = weights.penalised.sign().square_()  # a fraction of the time that comparisons take
            for tensor in optimiser.state().values():
                if tensor.ndim:
                    tensor[: len(self.mask)].mul_(self.mask)

    def is_due(self, step: int) -> bool:
        """Whether weights are pruned after so many steps."""
        elapsed = step - self.phase.start
        return elapsed >= 0 and (elapsed % self.pruning.every == 0 or step == self.phase.stop)

    def threshold(self, step: int) -> float:
        """The threshold after so many steps."""
        return self.pruning.threshold * self._risen(step)

    def before_step(self, weights: Weights) -> None:
        """Zeroes the gradient of weights that may not regrow."""
        if self.mask is not None:
            weights.gradient[: len(self.mask)].mul_(self.mask)

    def _risen(self, step: int) -> float:
        """The share of the final threshold and sparsity after so many steps."""
        return ramp(self.pruning.ramp, progress(step, self.phase))

    def _zero_small_weights(self, step: int, weights: Weights) -> None:
        if self.pruning.threshold:
            for layer in weights.layers if self.pruning.relative else (weights.penalised,):
                unit = float(layer.square().mean().sqrt()) if self.pruning.relative else 1.0
                limit = self.pruning.threshold * unit * self._risen(step)
                torch.hardshrink(layer, min(limit, torch.finfo(layer.dtype).max), out=layer)  # refuses larger ones

    def _sparsity(self, step: int, weights: Weights) -> float:
        """The sparsity to reach after so many steps; its ramp starts from the sparsity that the network already has."""
        if self.initial_sparsity is None:
            sparsity = 1 - weights.nonzeros() / (len(weights.penalised) + self.removed)
            self.initial_sparsity = min(sparsity, self.pruning.sparsity)
        return self.initial_sparsity + (self.pruning.sparsity - self.initial_sparsity) * self._risen(step)

    def _reach(self, sparsity: float, weights: Weights, optimiser: Optimiser) -> None:
        count = len(weights.penalised) + self.removed
        smallest = optimiser.penalty.smallest(weights.penalised, round(sparsity * count) - self.removed)
        weights.penalised.masked_fill_(smallest, 0)


class BregmanPruner(MagnitudePruner):
    """Raises the threshold of Bregman iterations where a network is too dense, or lowers it [Aloradi2026]_.

    Its logarithm changes at each step by ``GAIN`` times the logarithm of density over target density, at most one; all
    steps since the last pruning together change it by one at most.
    """

    GAIN = 0.05

    def _reach(self, sparsity: float, weights: Weights, optimiser: Optimiser) -> None:
        """Adapts the threshold, where a magnitude pruner would set weights to zero."""
        count = len(weights.penalised) + self.removed
        gap = math.log(max(weights.nonzeros(), 1) / (count * (1 - sparsity)))
        gain = min(self.GAIN * self.pruning.every, 1.0)  # a thousand steps would move it beyond any float
        optimiser.adapt_threshold(math.exp(gain * min(max(gap, -1.0), 1.0)))


class StraightThroughPruner:
    """ST-3 [Vanderschueren2023]_: trains dense weights but evaluates the network with sparse ones made from them.

    The sparse weights are soft thresholds at the quantile of the rising sparsity, rescaled for each output so that it
    hardly loses magnitude. Their gradient is applied to the dense weights unchanged.

    Args:
        pruning: Options from the recipe.
        phase: Steps from the first pruning to the end of the training.
    """

    def __init__(self, pruning: Pruning, phase: range) -> None:
        self.pruning, self.phase = pruning, phase
        self.dense: Tensor | None = None
        self.mask: Tensor | None = None
        self.removed = 0

    def prune(self, step: int, weights: Weights, optimiser: Optimiser) -> None:  # noqa: ARG002 - required by Pruner
        """Stores the dense weights and replaces them by sparse ones."""
        if step < self.phase.start:
            return
        self.dense = weights.penalised.clone()
        sparsity = self.pruning.sparsity * ramp(self.pruning.ramp, progress(step, self.phase))
        limit = max(kth_smallest_magnitude(self.dense, round(sparsity * len(self.dense))), 0.0)
        for layer in weights.layers:
            remaining = (layer.abs() * (layer.abs() > limit)).mean(dim=1)
            scale = 1.01 / (remaining / layer.abs().mean(dim=1).clamp_min(1e-12) + 0.01)  # safe for rows of zeros
            soft_threshold_(layer, limit).mul_(scale.unsqueeze(1))

    def before_step(self, weights: Weights) -> None:
        """Restores the dense weights, which the step then updates."""
        if self.dense is not None:
            weights.penalised.copy_(self.dense)


def progress(step: int, phase: range) -> float:
    """The share of the phase that is over; 1 for a phase without steps."""
    return (step - phase.start) / len(phase) if len(phase) else 1.0
