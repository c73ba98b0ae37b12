"""Combines the gradients of both objectives into one direction."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from frontsearch.errors import LARGEST
from frontsearch.recipe import MultiGradient, UPGrad, WeightedSum
from frontsearch.training.penalties import Penalty
from frontsearch.training.weights import Weights


def min_norm_weights(g1: Tensor, g2: Tensor) -> tuple[float, float]:
    """Weights ``(c1, c2)`` of the min-norm convex combination of two gradients [Liu2019]_, [Desideri2012]_.

    ``c1 = clip(<g2 - g1, g2> / |g2 - g1|^2, 0, 1)``, ``c2 = 1 - c1``; equal gradients give ``(1, 0)``.

    Args:
        g1: Gradient of cross entropy, ``(n,)``.
        g2: Gradient of l1, ``(n,)``.
    """
    difference = g2 - g1
    norm = float(difference @ difference)
    if norm == 0:  # avoids a division by zero; any weights give the same vector
        return 1.0, 0.0
    c1 = min(max(float(difference @ g2) / norm, 0.0), 1.0)
    return c1, 1.0 - c1


def projected_weights(g1: Tensor, g2: Tensor) -> tuple[float, float]:
    """Weights ``(c1, c2)`` of the mean of two gradients, each projected where they conflict [Quinton2024]_.

    With two objectives the projection onto the dual cone is that onto the half-space of the other one, so
    ``c1 = (1 - min(<g1, g2>, 0) / |g1|^2) / 2``, and ``c2`` likewise.

    Args:
        g1: Gradient of cross entropy, ``(n,)``.
        g2: Gradient of l1, ``(n,)``.
    """
    conflict = min(float(g1 @ g2), 0.0)
    first, second = (float(gradient @ gradient) for gradient in (g1, g2))
    if not (first and second):  # avoids a division by zero; squares of entries below 1e-22 vanish
        return 0.5, 0.5
    c1, c2 = (min((1 - conflict / square) / 2, LARGEST) for square in (first, second))  # torch takes no larger factor
    return c1, c2


def combination(
    descent: WeightedSum | MultiGradient, weights: Weights, penalty: Penalty
) -> tuple[float, float, Tensor]:
    """``(c1, c2, g2)``: the factors of both gradients at the current weights, and that of the penalty, ``(n,)``.

    The penalty's subgradient needs no backward pass. In a multi-gradient descent ``g2`` is the gradient of
    ``l1_scale`` times the penalty.
    """
    g2 = torch.zeros_like(weights.vector)
    g2[: len(weights.penalised)] = penalty.subgradient(weights.penalised)
    if isinstance(descent, WeightedSum):
        return 1.0, descent.l1_weight, g2
    g2 *= descent.l1_scale
    factors = projected_weights if isinstance(descent, UPGrad) else min_norm_weights
    return *factors(weights.gradient, g2), g2


class Bisection(NamedTuple):
    """The search for the share of cross entropy in a multiobjective proximal step.

    Attributes:
        halvings: How often the interval [0, 1] is halved.
        share: Increasing map from a position in [0, 1] to a share in [0, 1].
    """

    halvings: int
    share: Callable[[float], float]


# Bisecting the share itself reaches no l1 weight (1 - a) / a below 1 / (2**11 - 1), far above what networks need.
# Bisecting the logarithm of the l1 weight over twelve decades leaves a relative error of 4e-4 after 16 halvings.
BISECTIONS: Mapping[str, Bisection] = {
    "mpg": Bisection(10, lambda position: position),
    "mpg-log": Bisection(16, lambda position: 1 / (1 + 10.0 ** (4 - 12 * position))),
}


def multiobjective_proximal(
    weights: Weights, penalty: Penalty, step: float, *, scale: float, bisection: Bisection
) -> Tensor:
    """All weights after one multiobjective proximal gradient step [Tanabe2019]_, [Amakor2023]_, ``(n,)``.

    This is ``y(a) = S_{step (1 - a) scale}(w - step a g1)`` with the proximal map ``S`` of the penalty, a proximal step
    with the l1 weight ``scale (1 - a) / a``. The share ``a`` is chosen such that the linearised decrease of cross
    entropy equals the decrease of the penalty.
    """
    low, high, count = 0.0, 1.0, len(weights.penalised)
    before = scale * penalty.norm(weights.penalised)
    slope = float(weights.gradient @ weights.vector)
    for _ in range(bisection.halvings):
        position = (low + high) / 2
        moved = _proximal_point(weights, penalty, step, scale=scale, share=bisection.share(position))
        after = scale * penalty.norm(moved[:count])
        # With a larger share cross entropy changes by less and l1 by more, so exactly one share balances them.
        if float(weights.gradient @ moved) - slope > after - before:
            low = position
        else:
            high = position
    return _proximal_point(weights, penalty, step, scale=scale, share=bisection.share((low + high) / 2))


def _proximal_point(weights: Weights, penalty: Penalty, step: float, *, scale: float, share: float) -> Tensor:
    moved = weights.vector.sub(weights.gradient, alpha=step * share)
    penalty.proximal_(moved[: len(weights.penalised)], step * (1 - share) * scale)
    return moved
