"""Optimiser steps of several trainings at once: each family of optimisers updates some rows of the stacked weights.

They compute what ``optimisers.py`` computes for one training. Every operation is done for all rows of a family,
whatever their recipes are, so that the bits of a training do not depend on the others.
"""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from frontsearch.names import PROXIMAL
from frontsearch.recipe import UPGrad, WeightedSum
from frontsearch.training.preconditioners import AdamMoments, MeanSquare, Preconditioner
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.proximal import soft_threshold_
from frontsearch.training.stacked.weights import StackedWeights


class Update(Protocol):
    """Takes the optimiser steps of some rows.

    Attributes:
        rows: Which rows.
        state: What it keeps of each weight, ``(k, width)`` each.
    """

    rows: slice
    state: Sequence[Tensor]

    def begin(self, steps: range) -> None:
        """Prepares for these steps, all of which are taken."""

    def take(self, number: int) -> None:
        """Takes the step with this number, counted from the first one prepared for."""


class EachRow:
    """Takes the steps of one training after the other, with optimisers that no other class has."""

    state: Sequence[Tensor] = ()

    def __init__(self, trainings: Sequence[PreparedTraining], _: StackedWeights, rows: slice) -> None:
        self.trainings, self.rows = trainings, rows
        self._steps = range(0)

    def begin(self, steps: range) -> None:
        """Notes which steps."""
        self._steps = steps

    def take(self, number: int) -> None:
        """One step of every training."""
        for training in self.trainings:
            training.optimiser.step(training.learning_rate(self._steps[number]))


class _Family:
    """Takes the steps of all its trainings at once."""

    state: Sequence[Tensor]
    _rates: Sequence[Tensor]  # a column for each step, as are thresholds
    _thresholds: Sequence[Tensor]

    def __init__(self, trainings: Sequence[PreparedTraining], weights: StackedWeights, rows: slice) -> None:
        self.trainings, self.rows = trainings, rows
        self.vector, self.gradient = weights.vector[rows], weights.gradient[rows]
        self.penalised = weights.penalised[rows]
        self._penalised_gradient = self.gradient[:, : self.penalised.shape[1]]
        recipe = trainings[0].recipe
        self._is_proximal, self._descent = recipe.optimiser in PROXIMAL, type(recipe.descent)
        self._l1 = self._column([training.l1_factor for training in trainings])
        self._preconditioners: list[Any] = [training.optimiser.preconditioners[0] for training in trainings]
        self._named = {name: self._gathered(name) for name, one in self._preconditioners[0].state.items() if one.ndim}
        self.state = tuple(self._named.values())
        self._scratch = torch.empty_like(self.vector)

    def begin(self, steps: range) -> None:
        """Computes the learning rates and thresholds of these steps."""
        rates = [[training.learning_rate(step) for step in steps] for training in self.trainings]
        self._tabulate(rates, [_numbers(one, len(steps)) for one in self._preconditioners])

    def take(self, number: int) -> None:
        """One step of every training."""
        if not self._is_proximal:
            self._combine()
        self._move(number)
        if self._is_proximal:
            soft_threshold_(self.penalised, self._threshold(number))

    def _tabulate(self, rates: list[list[float]], counts: list[range]) -> None:
        """Prepares for steps with these learning rates, which are so many of each training's optimiser."""
        raise NotImplementedError

    def _move(self, number: int) -> None:
        raise NotImplementedError

    def _threshold(self, number: int) -> Tensor:
        """The thresholds of the proximal map in this step, a column or ``(k, p)``."""
        raise NotImplementedError

    def _combine(self) -> None:
        """Adds the derivatives of the penalties to the gradients, as ``descent.py`` does."""
        penalty = self.penalised.sign().mul_(self._l1)
        if self._descent is not WeightedSum:
            factors = _projected_weights if self._descent is UPGrad else _min_norm_weights
            c1, c2 = factors(self.gradient, penalty)
            self.gradient.mul_(c1)
            penalty.mul_(c2)
        self._penalised_gradient.add_(penalty)

    def _gathered(self, name: str) -> Tensor:
        """A matrix of one tensor of each optimiser's state, which become views of its rows."""
        matrix = torch.zeros_like(self.vector)
        for row, preconditioner in zip(matrix, self._preconditioners, strict=True):
            tensor = preconditioner.state[name]
            row[: len(tensor)] = tensor
            preconditioner.state[name] = row[: len(tensor)]
        return matrix

    def _column(self, values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=self.vector.dtype, device=self.vector.device).unsqueeze(1)

    def _table(self, values: list[list[float]]) -> Tensor:
        """A column for each step, ``(steps, k, 1)``, from a list of numbers for each training."""
        table = torch.tensor(values, dtype=self.vector.dtype, device=self.vector.device)
        return table.t().contiguous().unsqueeze(2)


class AdamRows(_Family):
    """Adam, plain and proximal: with ``c = 1 / sqrt(1 - beta2^t)`` it divides by ``c (sqrt(v) + eps / c)``."""

    def _tabulate(self, rates: list[list[float]], counts: list[range]) -> None:
        beta1, beta2 = AdamMoments.BETA1, AdamMoments.BETA2
        eps = self._preconditioners[0].eps
        roots = [[math.sqrt(1 - beta2**count) for count in row] for row in counts]
        scaled = [[rate * root for rate, root in zip(*row, strict=True)] for row in zip(rates, roots, strict=True)]
        self._offsets = self._table([[eps * root for root in row] for row in roots]).unbind()
        self._thresholds = (self._table(scaled) * self._l1).unbind()
        self._rates = self._table(
            [
                [rate / (1 - beta1**count) for rate, count in zip(*row, strict=True)]
                for row in zip(scaled, counts, strict=True)
            ]
        ).unbind()

    def _move(self, number: int) -> None:
        first, second = self._named["first"], self._named["second"]
        first.lerp_(self.gradient, 1 - AdamMoments.BETA1)
        second.mul_(AdamMoments.BETA2).addcmul_(self.gradient, self.gradient, value=1 - AdamMoments.BETA2)
        self._divisor = _root(second, out=self._scratch).add_(self._offsets[number])
        self.vector.addcdiv_(first * self._rates[number], self._divisor, value=-1)

    def _threshold(self, number: int) -> Tensor:
        return self._thresholds[number] / self._divisor[:, : self.penalised.shape[1]]


class MeanSquareRows(_Family):
    """RMSProp."""

    def _tabulate(self, rates: list[list[float]], counts: list[range]) -> None:  # noqa: ARG002 - as all families
        self._rates = self._table(rates).unbind()

    def _move(self, number: int) -> None:
        square = self._named["mean_square"]
        square.mul_(MeanSquare.RHO).addcmul_(self.gradient, self.gradient, value=1 - MeanSquare.RHO)
        gain = _root(square, out=self._scratch).add_(self._preconditioners[0].eps).reciprocal_()
        self.vector.sub_(gain.mul_(self.gradient).mul_(self._rates[number]))


class HeavyBallRows(_Family):
    """Gradient descent with momentum, plain and proximal."""

    def _tabulate(self, rates: list[list[float]], counts: list[range]) -> None:
        self._momentum = self._column([one.momentum for one in self._preconditioners])
        table = self._table(rates)
        gains = [
            [(1 - one.momentum**count) / (1 - one.momentum) for count in numbers]
            for one, numbers in zip(self._preconditioners, counts, strict=True)
        ]
        self._rates, self._thresholds = table.unbind(), (self._table(gains) * table * self._l1).unbind()

    def _move(self, number: int) -> None:
        velocity = self._named["velocity"].mul_(self._momentum).add_(self.gradient)
        self.vector.sub_(torch.mul(velocity, self._rates[number], out=self._scratch))

    def _threshold(self, number: int) -> Tensor:
        return self._thresholds[number]


FAMILIES: dict[str, type[_Family]] = {
    "adam": AdamRows, "prox-adam": AdamRows, "rmsprop": MeanSquareRows, "sgd": HeavyBallRows,
    "prox-sgd": HeavyBallRows,
}  # fmt: skip


def _min_norm_weights(g1: Tensor, g2: Tensor) -> tuple[Tensor, Tensor]:
    """The weights of both gradients in their min-norm combination, ``(k, 1)`` each; ``g2`` is of the first columns."""
    count = g2.shape[1]
    difference = g1.neg()
    difference[:, :count].add_(g2)
    norms = difference.square().sum(dim=1, keepdim=True)
    share = (difference[:, :count] * g2).sum(dim=1, keepdim=True).div_(norms)
    share = share.nan_to_num_(nan=1.0).clamp_(0.0, 1.0)
    return share, 1 - share


def _projected_weights(g1: Tensor, g2: Tensor) -> tuple[Tensor, Tensor]:
    """The weights of both gradients in the mean of their projections, ``(k, 1)`` each, as ``_min_norm_weights``."""
    conflict = (g1[:, : g2.shape[1]] * g2).sum(dim=1, keepdim=True).clamp_(max=0.0)
    c1, c2 = ((1 - (conflict / g.square().sum(dim=1, keepdim=True)).nan_to_num_(nan=0.0)) / 2 for g in (g1, g2))
    return c1, c2


def _root(squares: Tensor, *, out: Tensor) -> Tensor:
    """The square root; the inverse of the inverse one, as MKL's is slow where many arguments are zero."""
    return torch.rsqrt(squares, out=out).reciprocal_()


def _numbers(preconditioner: Preconditioner, steps: int) -> range:
    """The numbers of so many more steps, from 1 for one that has taken none; counts them as taken."""
    if "step" not in preconditioner.state:
        return range(steps)
    taken = int(preconditioner.state["step"])
    preconditioner.state["step"].add_(steps)
    return range(taken + 1, taken + steps + 1)
