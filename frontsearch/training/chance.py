"""``chance_metrics``: what a guess scores that knows the classes but not the inputs."""

import torch

from frontsearch.tasks import Task, forward


@torch.no_grad()
def chance_metrics(task: Task) -> tuple[float | None, float | None]:
    """The loss and the error of guessing by the frequencies of the classes, both on the validation split.

    The error is None if the task has no ``error``; both are None unless targets and outputs are those of classes.
    """
    targets = task.splits["validation"].targets
    outputs = forward(task.initial_network(0).eval(), next(task.splits["validation"].pieces(1)).inputs)
    if targets.is_floating_point() or targets.ndim != 1 or outputs.ndim != 2 or int(targets.max()) >= outputs.shape[1]:
        return None, None
    frequencies = targets.bincount(minlength=outputs.shape[1]).to(outputs.dtype) / len(targets)
    error = task.metrics.get("error")
    guess = frequencies.clamp(min=torch.finfo(outputs.dtype).tiny).log().expand(len(targets), -1)
    return float(task.loss(guess, targets)), float(error.function(guess, targets)) if error else None
