"""How far a network is from optimal for a weighted sum of cross entropy and l1."""

import math

import torch
from torch import Tensor, nn

from frontsearch.tasks import Task
from frontsearch.training.weights import Weights

CHUNK = 500  # examples in a backward pass: fits the cache of one core
CUTS = 50


def full_gradient(task: Task, network: nn.Module) -> tuple[Tensor, Tensor]:
    """The penalised weights, ``(p,)``, and the gradient there of the loss on the whole training split.

    In evaluation mode, so that layers which draw or keep statistics while they train answer as they do when shown.
    """
    examples = task.splits["train"]
    weights = Weights(network, task.penalised)
    network.eval()
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in task.penalised)  # half of the time went into the others' gradients
    for inputs, targets in zip(*(tensor.split(CHUNK) for tensor in examples), strict=True):
        (task.loss(network(inputs), targets) * (len(targets) / len(examples.targets))).backward()
    count = len(weights.penalised)
    return weights.penalised.double(), weights.gradient[:count].double()


def residuals(weights: Tensor, gradient: Tensor, l1_weight: float) -> Tensor:
    """By how much every penalised weight misses the optimality condition of ``loss + l1_weight * l1``, ``(p,)``.

    ``|g + l1_weight * sign(w)|`` where a weight is not zero, ``max(|g| - l1_weight, 0)`` where it is.
    """
    moving = (gradient + l1_weight * weights.sign()).abs()
    return torch.where(weights != 0, moving, (gradient.abs() - l1_weight).clamp(min=0))


def certificate(weights: Tensor, gradient: Tensor, l1_weight: float | None) -> float:
    """Root mean square of the residuals in units of the l1 weight: 0 is optimal, 1 is as far off as the penalty is.

    Without an l1 weight, or with one of zero, it is the least over all of them: how far the network is from being
    optimal for any weighted sum at all.

    Args:
        weights: The penalised ones, ``(p,)``.
        gradient: Of the loss by them, ``(p,)``.
        l1_weight: Of the weighted sum that was minimised; None where there was none.
    """
    inverse = 1 / l1_weight if l1_weight else _best_inverse(weights, gradient)
    # In units of the l1 weight it need not be finite: all-zero weights are optimal for any one that is great enough.
    return float(residuals(weights, gradient * inverse, 1.0).norm()) / math.sqrt(len(weights))


def _best_inverse(weights: Tensor, gradient: Tensor) -> float:
    """The inverse l1 weight of the least certificate.

    As a function of it the squared residuals add up to a convex one, whose slope is bisected between 0 and where
    the weights that are not zero alone would have it.
    """
    zero = weights == 0
    pull = float((gradient * weights.sign()).sum())
    steepness = float(gradient[~zero].square().sum())
    low, high = 0.0, -pull / steepness if pull < 0 else 0.0
    size = gradient[zero].abs()
    for _ in range(CUTS):
        middle = (low + high) / 2
        slope = pull + middle * steepness + float((size * (middle * size - 1).clamp(min=0)).sum())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return high
