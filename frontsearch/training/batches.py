"""Mini-batches of a split."""

from collections.abc import Iterator

import torch
from torch import nn

from frontsearch.errors import UserError
from frontsearch.recipe import Recipe
from frontsearch.tasks import Examples, ExamplesOnDemand, Task


def batches(examples: Examples | ExamplesOnDemand, size: int, *, seed: int) -> Iterator[Examples]:
    """Endless mini-batches, shuffled anew in each epoch.

    The last batch of an epoch may be smaller. A single example that would be left joins the batch before it, as batch
    normalisation needs two.
    """
    generator = torch.Generator().manual_seed(seed)
    count = len(examples.targets)
    sizes = batch_sizes(count, size)
    while True:
        order = torch.randperm(count, generator=generator).to(examples.targets.device)
        for rows in order.split(sizes):
            yield examples.rows(rows).read()


def batch_sizes(count: int, size: int) -> list[int]:
    """Sizes of the batches of one epoch over ``count`` examples."""
    full, rest = divmod(count, size)
    if rest == 1 and full and size > 1:
        return [size] * (full - 1) + [size + 1]
    return [size] * full + [rest] * (rest > 0)


def steps_per_epoch(task: Task, size: int) -> int:
    """The number of batches of this size in an epoch."""
    return len(batch_sizes(len(task.splits["train"].targets), size))


def training_steps(task: Task, recipe: Recipe) -> int:
    """The steps of a training; raises a UserError if it has half a step or less, or too small batches."""
    _check_batch_size(task, recipe.batch_size)
    per_epoch = steps_per_epoch(task, recipe.batch_size)
    steps = round(recipe.epochs * per_epoch)
    if steps == 0:  # refused, as a training without steps would cost nothing
        raise UserError(
            f"A training must have more than half a step, which is {0.5 / per_epoch:g} epochs at this batch size; "
            f"found {recipe.epochs:g} epochs. Is the budget, or a method's share of it, too small?"
        )
    return steps


def _check_batch_size(task: Task, size: int) -> None:
    """Raises a UserError if batches of this size have one example where batch normalisation needs two."""
    if min(batch_sizes(len(task.splits["train"].targets), size)) > 1:
        return
    network = task.network(0)
    if any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in network.modules()):  # noqa: SLF001 - public name there is none
        raise UserError(
            f"`batch_size` must be at least 2, as the network of the task {task.name} normalises over batches; "
            f"found {size}."
        )
