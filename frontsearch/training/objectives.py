"""Figures of a network: losses and errors of every split, l1 and what is left of the weights."""

import math

import torch
from torch import nn

from frontsearch.errors import UserError
from frontsearch.tasks.base import SPLITS, Split, Task
from frontsearch.training.weights import Weights

CHUNK = 500  # examples in a forward pass: fits the cache of one core, and the figures do not depend on it


def figures(task: Task, network: nn.Module, weights: Weights) -> dict[str, float]:
    """Every metric of a trained network: cross entropy and error by split, l1, nonzeros, prunable and sparsity.

    Cross entropies are in nats per example, in evaluation mode; errors are shares, left out where the task has none.
    """
    prunable, nonzeros = len(weights.penalised), weights.nonzeros()
    metrics = {"l1": weights.l1(), "nonzeros": nonzeros, "prunable": prunable, "sparsity": 1 - nonzeros / prunable}
    for split in SPLITS:
        loss, error = evaluate(task, network, split)
        metrics[f"{split}_cross_entropy"] = loss
        if error is not None:
            metrics[f"{split}_error"] = error
    return metrics


@torch.no_grad()
def evaluate(task: Task, network: nn.Module, split: Split) -> tuple[float, float | None]:
    """Mean loss and share of errors over a split, in evaluation mode; the error is None where the task has none."""
    examples = task.figures(split)
    network.eval()
    losses, errors = [], []
    for inputs, targets in zip(*(tensor.split(CHUNK) for tensor in examples), strict=True):
        outputs = network(inputs)
        losses.append(float(task.loss(outputs, targets)) * len(targets))
        if task.error is not None:
            errors.append(task.error(outputs, targets) * len(targets))
    count = len(examples.targets)
    return math.fsum(losses) / count, math.fsum(errors) / count if errors else None


def fresh_corner(task: Task) -> tuple[float, float]:
    """The default reference point: (ln of the number of classes, l1 of the untrained network under seed 0).

    Raises:
        UserError: When the task's targets are no classes.
    """
    targets = task.splits["train"].targets
    if targets.is_floating_point():
        raise UserError(f"`reference_point` must be given for the task {task.name}, whose targets are no classes.")
    fresh = Weights(task.network(0), task.penalised)
    return math.log(int(targets.max()) + 1), fresh.l1()
