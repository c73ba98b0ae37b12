"""The optimality certificate: the KKT residual of a network for a weighted sum of its loss and its complexity."""

import math

import torch
from torch import Tensor, nn

from frontsearch.scale import CanonicalScale
from frontsearch.tasks import Examples, ExamplesOnDemand, Task, forward_once, is_mean
from frontsearch.training.penalties import Penalty, penalty_of
from frontsearch.training.weights import Weights

CHUNK = 500  # examples in a backward pass: fits the cache of one core
HALVINGS = 50


def network_certificate(task: Task, network: nn.Module, scale: CanonicalScale, *, l1_weight: float | None) -> float:
    """The :func:`certificate` of a network of the task.

    Args:
        task: The task.
        network: A trained network.
        scale: The task's scale, in which weights and gradient are compared.
        l1_weight: l1 weight of the weighted sum that was minimised; None if the training had none.
    """
    penalty = penalty_of(Weights(network, task.penalised), scale.groups)
    return certificate(penalty, *full_gradient(task, network, scale), l1_weight=l1_weight)


def full_gradient(task: Task, network: nn.Module, scale: CanonicalScale) -> tuple[Tensor, Tensor]:
    """The penalised weights, ``(p,)``, and the gradient of the loss by them on the whole training split, ``(p,)``.

    Both are in the scale that complexity is measured in. The network is in evaluation mode, so that dropout and batch
    normalisation behave as they do in the metrics.
    """
    weights = Weights(network, task.penalised)
    network.eval()
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name in task.penalised)  # the other gradients would take half of the time
    _backward(task, network)
    return in_scale(weights, scale)


def in_scale(weights: Weights, scale: CanonicalScale) -> tuple[Tensor, Tensor]:
    """The penalised weights, ``(p,)``, and their gradient, ``(p,)``, in the scale that complexity is measured in."""
    vectors = weights.penalised, weights.gradient[: len(weights.penalised)]
    found, gradient = (vector.cpu().double() for vector in vectors)
    if scale.is_plain:
        return found, gradient
    rates = weights.flat_penalised(scale.rates(weights.network)).to(found)
    return found * rates, torch.where(rates > 0, gradient / rates, 0.0)


def _backward(task: Task, network: nn.Module) -> None:
    """Adds the gradient of the loss over the whole training split, piece by piece."""
    examples = task.splits["train"]
    targets = examples.targets
    if is_mean(task.loss, targets):
        for piece in examples.pieces(CHUNK):
            share = len(piece.targets) / len(targets)
            (task.loss(forward_once(network, piece.inputs), piece.targets) * share).backward()
        return
    # How much a piece weighs is known to the loss of the whole only.
    with torch.no_grad():
        outputs = torch.cat([forward_once(network, piece.inputs) for piece in examples.pieces(CHUNK)])
    backpropagate(task, network, examples, outputs=outputs)


def backpropagate(task: Task, network: nn.Module, examples: Examples | ExamplesOnDemand, *, outputs: Tensor) -> None:
    """Adds the gradient that the loss has at these outputs, ``(n, ...)``, to the network's, piece by piece."""
    outputs = outputs.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(task.loss(outputs, examples.targets), outputs)
    left = gradient
    for piece in examples.pieces(CHUNK):
        part, left = left.tensor_split([len(piece.targets)])
        forward_once(network, piece.inputs).backward(part)


def residuals(penalty: Penalty, weights: Tensor, gradient: Tensor, *, l1_weight: float) -> Tensor:
    """By how much each penalised weight violates the optimality condition of the weighted sum, ``(p,)``.

    Where the penalty has a derivative that is the gradient of the weighted sum. At zero it is how far the gradient of
    the loss is from those that the penalty holds: ``max(|g| - l1_weight, 0)`` for l1.
    """
    held = (1 - l1_weight / penalty.dual(gradient)).clamp(min=0)
    smooth = gradient + l1_weight * penalty.subgradient(weights)
    return torch.where(penalty.alive(weights), smooth, torch.where(gradient != 0, gradient * held, 0.0))


def certificate(penalty: Penalty, weights: Tensor, gradient: Tensor, *, l1_weight: float | None) -> float:
    """The root mean square of the residuals in units of the l1 weight; 0 is optimal, 1 as large as the penalty itself.

    Without an l1 weight, or with one of zero, it is the smallest certificate over all l1 weights: how far the network
    is from being optimal for any weighted sum.

    Args:
        penalty: The complexity.
        weights: Penalised weights, ``(p,)``.
        gradient: Gradient of the loss by them, ``(p,)``.
        l1_weight: l1 weight of the weighted sum that was minimised; None if the training had none.
    """
    inverse = 1 / l1_weight if l1_weight else _best_inverse(penalty, weights, gradient)
    # The inverse, as the best l1 weight may be infinite: all-zero weights are optimal for every large enough one.
    return float(residuals(penalty, weights, gradient * inverse, l1_weight=1.0).norm()) / math.sqrt(len(weights))


def _best_inverse(penalty: Penalty, weights: Tensor, gradient: Tensor) -> float:
    """The inverse of the l1 weight with the smallest certificate.

    The sum of squared residuals is convex in this inverse, so the root of its derivative is found by bisection between
    0 and the minimiser for the weights with a derivative alone.
    """
    zero = ~penalty.alive(weights)
    linear = float((gradient * penalty.subgradient(weights)).sum())
    quadratic = float(gradient[~zero].square().sum())
    low, high = 0.0, -linear / quadratic if linear < 0 else 0.0
    squares, least = gradient[zero].square(), 1 / penalty.dual(gradient)[zero]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        slope = linear + middle * quadratic + float((squares * (middle - least).clamp(min=0)).sum())
        low, high = (low, middle) if slope > 0 else (middle, high)
    return high
