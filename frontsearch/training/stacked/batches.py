"""``StackedBatches``: the mini-batches of stacked trainings."""

from collections.abc import Sequence

import torch
from torch import Tensor

from frontsearch.training.batches import batch_sizes
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.stacked.layer import ALIGNED, padded
from frontsearch.training.stacked.stacked_task import StackedTask

AHEAD = 2**18  # numbers that are gathered at once, unless a batch has more; they fit the cache of one core


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
        widest = count * padded(self.sizes[0], ALIGNED) * task.inputs[0].numel()
        self._ahead = max(1, AHEAD // widest)
        self._gathered: Sequence[tuple[Tensor, Tensor]] = ()
        self._pieces: Sequence[Tensor] = ()
        if self.per_epoch == 1:
            numbers = _padded(torch.arange(len(task.targets), device=task.targets.device))
            whole = (each[numbers] for each in (task.inputs, task.targets))
            inputs, targets = (each.expand(count, *each.shape) for each in whole)
            self._gathered = [(inputs, targets)]

    def next(self, step: int) -> tuple[Tensor, Tensor, int]:
        """Inputs ``(k, n, ...)``, targets ``(k, n, ...)`` and how many of the ``n`` examples are not padding."""
        place = step % self.per_epoch
        if self.per_epoch > 1 and (place % self._ahead == 0 or not self._pieces):
            if place == 0 or not self._pieces:
                self._pieces = [_padded(piece) for piece in self._orders(new=place == 0).split(self.sizes, dim=1)]
            begin = place - place % self._ahead
            self._gathered = self._gather(self._pieces[begin : begin + self._ahead])
        return *self._gathered[place % self._ahead], self.sizes[place]

    def _gather(self, pieces: Sequence[Tensor]) -> Sequence[tuple[Tensor, Tensor]]:
        """The inputs and targets of several batches, which are gathered together."""
        numbers, sizes = torch.cat(list(pieces), dim=1), [piece.shape[1] for piece in pieces]
        flat = numbers.flatten()
        each = (of.index_select(0, flat).unflatten(0, numbers.shape) for of in (self.task.inputs, self.task.targets))
        return list(zip(*(one.split(sizes, dim=1) for one in each), strict=True))

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
