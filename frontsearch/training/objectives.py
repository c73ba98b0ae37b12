"""Figures of a network: losses and errors of every split, l1 and what is left of the weights."""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from frontsearch.errors import UserError
from frontsearch.names import CROSS_ENTROPY, ERROR, L1, NONZEROS, PRUNABLE, SPARSITY, SPLITS, Split, on_split
from frontsearch.tasks import Task
from frontsearch.training.weights import Weights

CHUNK = 500  # examples in a forward pass: fits the cache of one core, and the figures do not depend on it


Outputs = Callable[[Tensor], Tensor]


def network_metrics(task: Task, outputs: Outputs, weights: Sequence[Weights]) -> list[dict[str, float]]:
    """Every metric of some networks: cross entropy and error by split, l1, nonzeros, prunable and sparsity.

    Cross entropies are in nats per example; errors are shares, left out where the task has none.

    Args:
        task: Whose splits they are of.
        outputs: Of inputs ``(n, ...)``, in evaluation mode: those of all networks, ``(k, n, ...)``.
        weights: Of each network, ``k``.
    """
    metrics = [_sizes(one) for one in weights]
    for split in SPLITS:
        for own, (loss, error) in zip(metrics, evaluate(task, outputs, split), strict=True):
            own[on_split(split, CROSS_ENTROPY)] = loss
            if error is not None:
                own[on_split(split, ERROR)] = error
    return metrics


def network_outputs(network: nn.Module) -> Outputs:
    """The outputs of one network in evaluation mode, ``(1, n, ...)``."""
    network.eval()
    return lambda inputs: network(inputs).unsqueeze(0)


def stacked_outputs(networks: Sequence[nn.Module]) -> Outputs:
    """The outputs of several networks of one shape in evaluation mode, ``(k, n, ...)``, in one batched forward pass."""
    for network in networks:
        network.eval()
    parameters, buffers = stack_module_state(list(networks))

    def outputs(inputs: Tensor) -> Tensor:
        def one(own: dict[str, Tensor], kept: dict[str, Tensor]) -> Tensor:
            found: Tensor = functional_call(networks[0], (own, kept), (inputs,))
            return found

        found: Tensor = vmap(one)(parameters, buffers)
        return found

    return outputs


def _sizes(weights: Weights) -> dict[str, float]:
    prunable, nonzeros = len(weights.penalised), weights.nonzeros()
    return {L1: weights.l1(), NONZEROS: nonzeros, PRUNABLE: prunable, SPARSITY: 1 - nonzeros / prunable}


@torch.no_grad()
def evaluate(task: Task, outputs: Outputs, split: Split) -> list[tuple[float, float | None]]:
    """Mean loss and share of errors over a split, of each network; the error is None where the task has none."""
    examples = task.metric_examples(split)
    losses, errors = [], []
    for inputs, targets in zip(*(tensor.split(CHUNK) for tensor in examples), strict=True):
        found = outputs(inputs)
        losses.append([float(task.loss(one, targets)) * len(targets) for one in found])
        if task.error is not None:
            errors.append([task.error(one, targets) * len(targets) for one in found])
    count = len(examples.targets)
    means = [math.fsum(chunks) / count for chunks in zip(*losses, strict=True)]
    shares: Sequence[float | None] = [math.fsum(chunks) / count for chunks in zip(*errors, strict=True)]
    return list(zip(means, shares or [None] * len(means), strict=True))


def default_reference_point(task: Task) -> tuple[float, float]:
    """The default reference point: (ln of the number of classes, l1 of the untrained network under seed 0).

    Raises:
        UserError: When the task's targets are no classes.
    """
    targets = task.splits["train"].targets
    if targets.is_floating_point():
        raise UserError(f"`reference_point` must be given for the task {task.name}, whose targets are no classes.")
    fresh = Weights(task.network(0), task.penalised)
    return math.log(int(targets.max()) + 1), fresh.l1()
