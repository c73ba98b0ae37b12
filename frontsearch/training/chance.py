"""``chance_metrics``: what a guess scores that knows the targets but not the inputs."""

import math

import torch
from torch import Tensor

from frontsearch.names import ERROR
from frontsearch.tasks import IGNORED, Task, forward
from frontsearch.training.constant_outputs import best_constant

FEW = 4  # as a layer that normalises over batches in evaluation mode needs two


def chance_metrics(task: Task) -> tuple[float | None, float | None]:
    """The loss and the error of the best guess that is the same for all examples, both on the validation split.

    For classes, it is a guess by their frequencies. The error is None if the task has no ``error``; both are None if no
    such guess is known, or where they are not finite.
    """
    targets = task.splits["validation"].targets
    guess = _guess(task)
    if guess is None:
        return None, None
    error = task.metrics.get(ERROR)
    found = float(task.loss(guess, targets)), error.value(guess, targets) if error else math.nan
    loss, wrong = (value if math.isfinite(value) else None for value in found)
    return loss, wrong


def _guess(task: Task) -> Tensor | None:
    """The outputs, the same for all examples of the validation split, with the least loss."""
    examples = task.splits["validation"]
    targets = examples.targets
    with torch.no_grad():
        outputs = forward(task.network(0).to(task.device).eval(), next(examples.pieces(FEW)).inputs)
    classes = not targets.is_floating_point() and targets.ndim == 1 and outputs.ndim == 2
    if not classes:
        return best_constant(task.loss, targets, like=outputs[:1].expand(len(targets), *outputs.shape[1:]))
    counted = targets[targets != getattr(task.loss, "ignore_index", IGNORED)]
    if not len(counted) or int(counted.min()) < 0 or int(counted.max()) >= outputs.shape[1]:
        return None
    frequencies = counted.bincount(minlength=outputs.shape[1]).to(outputs.dtype) / len(counted)
    return frequencies.clamp(min=torch.finfo(outputs.dtype).tiny).log().expand(len(targets), -1)
