"""Pruning of several trainings at once, as ``training/pruning.py`` does it for one."""

from collections.abc import Sequence

import torch
from torch import Tensor

from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.pruning import MagnitudePruner
from frontsearch.training.stacked.updates import Update
from frontsearch.training.stacked.weights import StackedWeights

_zero_where_least = torch.ops.aten.threshold_backward.grad_input  # keeps values where others exceed a number


class StackedPruning:
    """Prunes the rows of stacked weights: those with a plain threshold all at once, the others one by one.

    Args:
        trainings: The training of each row.
        weights: The stacked weights.
        updates: Their optimisers; trainings that update each row for itself prune it for itself, too.
    """

    def __init__(
        self, trainings: Sequence[PreparedTraining], weights: StackedWeights, updates: Sequence[Update]
    ) -> None:
        count = weights.penalised.shape[1]
        self._penalised, self._gradient = weights.penalised, weights.gradient[:, :count]
        self._states = [(update.rows, state[:, :count]) for update in updates for state in update.state]
        stacked = {row for update in updates if update.state for row in range(update.rows.start, update.rows.stop)}
        self._plain: dict[int, MagnitudePruner] = {}
        self._others: list[PreparedTraining] = []
        for row, training in enumerate(trainings):
            pruner, pruning = training.pruner, training.recipe.pruning
            is_plain = row in stacked and not pruning.sparsity and not pruning.relative
            if is_plain and isinstance(pruner, MagnitudePruner):
                self._plain[row] = pruner
            else:
                self._others.append(training)
        self._masks: Tensor | None = None
        for row, pruner in self._plain.items():
            if pruner.mask is not None:
                self._all_masks()[row] = pruner.mask
        self._thresholds: list[Tensor | None] = []
        self._permanent: list[Tensor | None] = []

    def begin(self, steps: range) -> None:
        """Computes the thresholds after each of these steps, and for which rows zeros are then permanent."""
        values = [[0.0] * len(self._penalised) for _ in steps]
        lasting = [[False] * len(self._penalised) for _ in steps]
        for row, pruner in self._plain.items():
            for number, step in enumerate(steps):
                if pruner.is_due(step + 1):
                    values[number][row] = pruner.threshold(step + 1)
                    lasting[number][row] = not pruner.pruning.regrow
        self._thresholds, self._permanent = self._table(values), self._table(lasting)

    def before(self) -> None:
        """Zeroes the gradients of weights that may not regrow."""
        if self._masks is not None:
            self._gradient.mul_(self._masks)
        for training in self._others:
            training.pruner.before_step(training.weights)

    def after(self, number: int, step: int) -> None:
        """Prunes after the step with this number, which is this one of the trainings."""
        if (thresholds := self._thresholds[number]) is not None:
            # In a few arithmetic operations, as comparisons take several times as long.
            excess = self._penalised.abs().sub_(thresholds)
            _zero_where_least(self._penalised, excess, 0.0, grad_input=self._penalised)
        if (permanent := self._permanent[number]) is not None:
            masks = self._all_masks().lerp_(self._penalised.sign().square_(), permanent)
            for rows, state in self._states:
                state.mul_(masks[rows])
        for training in self._others:
            training.pruner.prune(step + 1, training.weights, training.optimiser)

    def end(self) -> None:
        """Hands the masks back to the trainings' own pruners."""
        if self._masks is not None:
            for row, pruner in self._plain.items():
                if not pruner.pruning.regrow:
                    pruner.mask = self._masks[row].clone()

    def _all_masks(self) -> Tensor:
        if self._masks is None:
            self._masks = torch.ones_like(self._penalised)
        return self._masks

    def _table(self, values: Sequence[Sequence[float]]) -> list[Tensor | None]:
        """A column for each step, ``(k, 1)``; None where it would be zero, as it then changes nothing."""
        table = self._penalised.new_tensor(values).unsqueeze(2)
        return [column if any(row) else None for column, row in zip(table, values, strict=True)]
