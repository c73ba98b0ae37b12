"""``StackedBatches``: the mini-batches of stacked trainings."""

from collections.abc import Sequence

import torch
from torch import Tensor

from frontsearch.training.batches import batch_sizes
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.stacked.layer import ALIGNED, padded
from frontsearch.training.stacked.stacked_task import StackedTask


class StackedBatches:
    """The batches of all trainings, each in an order of its own; an epoch of one step takes all examples as they are.

    Args:
        task: The task.
        rows: The trainings.
        count: Number of rows in the stack.
    """

    def __init__(self, task: StackedTask, rows: Sequence[PreparedTraining], *, count: int) -> None:
        self.task, self.rows, self.count = task, rows, count
        self.sizes = batch_sizes(len(task.targets), rows[0].recipe.batch_size)
        self.per_epoch = len(self.sizes)
        self._pieces: tuple[Tensor, ...] = ()
        if self.per_epoch == 1:
            numbers = _padded(torch.arange(len(task.targets), device=task.targets.device))
            whole = (each[numbers] for each in (task.inputs, task.targets))
            self._whole = tuple(each.expand(count, *each.shape) for each in whole)

    def next(self, step: int) -> tuple[Tensor, Tensor, int]:
        """Inputs ``(k, n, ...)``, targets ``(k, n, ...)`` and how many of the ``n`` examples are not padding."""
        if self.per_epoch == 1:
            inputs, targets = self._whole
            return inputs, targets, self.sizes[0]
        place = step % self.per_epoch
        if place == 0 or not self._pieces:
            self._pieces = self._orders(new=place == 0).split(self.sizes, dim=1)
        numbers = _padded(self._pieces[place])
        inputs, targets = (each.index_select(0, numbers.flatten()) for each in (self.task.inputs, self.task.targets))
        return inputs.unflatten(0, numbers.shape), targets.unflatten(0, numbers.shape), self.sizes[place]

    def _orders(self, *, new: bool) -> Tensor:
        """The order of the examples in each training's epoch, ``(k, n)``."""
        for row in self.rows if new else ():
            row.shuffle(len(self.task.targets))
        orders = [row.order for row in self.rows]
        return torch.stack(orders + orders[-1:] * (self.count - len(orders))).to(self.task.targets.device)


def _padded(numbers: Tensor) -> Tensor:
    """Numbers of examples, ``(..., n)``, with the first of them again at the end."""
    missing = padded(numbers.shape[-1], ALIGNED) - numbers.shape[-1]
    return torch.cat([numbers, numbers[..., :1].expand(*numbers.shape[:-1], missing)], dim=-1) if missing else numbers
