"""Trains several recipes of one task in one pass; each training's bits are the same in any company."""

import math
from collections.abc import Callable, Sequence
from itertools import groupby

import torch
from torch import Tensor

from frontsearch.training.channel_norms import ChannelNorms
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.stacked.batches import StackedBatches
from frontsearch.training.stacked.network import StackedNetwork
from frontsearch.training.stacked.pruning import StackedPruning
from frontsearch.training.stacked.stacked_task import StackedTask
from frontsearch.training.stacked.updates import FAMILIES, EachRow, Update
from frontsearch.training.stacked.weights import StackedWeights

SEGMENT = 64  # steps after which losses are looked at, or an epoch if that is longer


def train_stack(task: StackedTask, rows: Sequence[PreparedTraining], *, on_epoch: Callable[[], None]) -> None:
    """Trains all rows side by side; those that end or diverge leave the stack.

    Args:
        task: A task whose trainings can be stacked.
        rows: Trainings with one batch size.
        on_epoch: Called before each epoch.
    """
    active = sorted(rows, key=_family)
    step = 0
    while active:
        stack = Stack(task, active)
        step = stack.train(step, min(row.steps for row in active), on_epoch=on_epoch)
        active = [row for row in active if row.diverged_at is None and row.steps > step]


def _family(row: PreparedTraining) -> tuple[str, str]:
    return row.recipe.optimiser, type(row.recipe.descent).__name__


class Stack:
    """Trainings side by side, for as long as none of them leaves.

    Args:
        task: Their task.
        rows: The trainings, those with one optimiser and descent beside one another.
    """

    def __init__(self, task: StackedTask, rows: Sequence[PreparedTraining]) -> None:
        self.rows = rows
        self.weights = StackedWeights([row.weights for row in rows])
        networks, generators = [row.network for row in rows], [row.generator for row in rows]
        self.network = StackedNetwork(task.chain, networks, generators, weights=self.weights, loss=task.loss)
        self.updates = self._updates()
        self.channel_norms = self._channel_norms()
        self.pruning = StackedPruning(rows, self.weights, self.updates)
        self.batches = StackedBatches(task, rows, count=len(self.weights.vector))
        self.decay = task.decay

    def train(self, begin: int, end: int, *, on_epoch: Callable[[], None]) -> int:
        """Takes the steps from ``begin``, up to ``end`` or until a training has diverged; returns the step after."""
        per_epoch = self.batches.per_epoch
        length = per_epoch * math.ceil(SEGMENT / per_epoch)
        while begin < end:
            steps = range(begin, min(end, begin - begin % length + length))
            losses = self._take(steps, on_epoch)
            for row, values in zip(self.rows, losses.t().tolist(), strict=False):
                _note(row, steps, values)
            begin = steps.stop
            if any(row.diverged_at is not None for row in self.rows):
                break
        self.pruning.end()
        return begin

    @torch.inference_mode()
    def _take(self, steps: range, on_epoch: Callable[[], None]) -> Tensor:
        """Takes these steps; returns the losses, ``(steps, k)``."""
        for update in self.updates:
            update.begin(steps)
        self.pruning.begin(steps)
        losses = []
        for number, step in enumerate(steps):
            if step % self.batches.per_epoch == 0:
                on_epoch()
                for row in self.rows:
                    if row.recorder:
                        row.recorder.measure(step)
            inputs, targets, examples = self.batches.next(step)
            losses.append(self.network.gradient_step(inputs, targets, examples=examples))
            if self.decay is not None:
                self.weights.gradient.addcmul_(self.decay, self.weights.vector)
            self.pruning.before()
            for update in self.updates:
                update.take(number)
            self.channel_norms.restore_()
            self.pruning.after(number, step)
        return torch.stack(losses)

    def _channel_norms(self) -> ChannelNorms:
        norms = torch.zeros_like(self.weights.vector)
        for vector, row in zip(norms, self.rows, strict=False):
            vector[: len(row.channel_norms)] = row.channel_norms
        return ChannelNorms(self.weights.views(self.weights.vector), self.weights.views(norms), dimension=1)

    def _updates(self) -> list[Update]:
        updates: list[Update] = []
        for (optimiser, _), group in groupby(self.rows, key=_family):
            trainings, begin = list(group), updates[-1].rows.stop if updates else 0
            rows = slice(begin, begin + len(trainings))
            family = FAMILIES.get(optimiser)
            each: Update = family(trainings, self.weights, rows) if family else EachRow(trainings, self.weights, rows)
            updates.append(each)
        return updates


def _note(row: PreparedTraining, steps: range, losses: Sequence[float]) -> None:
    """Records a training's losses, or that it has diverged."""
    for step, loss in zip(steps, losses, strict=True):
        if not math.isfinite(loss):
            row.diverged_at = step
            return
        if row.recorder:
            row.recorder.record(step, loss)
