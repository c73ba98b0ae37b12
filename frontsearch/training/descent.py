"""Combines the gradients of both objectives into one direction."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from frontsearch.recipe import MultiGradient, WeightedSum
from frontsearch.training.proximal import soft_threshold_
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


def combination(descent: WeightedSum | MultiGradient, weights: Weights) -> tuple[float, float, Tensor]:
    """``(c1, c2, g2)``: the factors of both gradients at the current weights, and the gradient of l1, ``(n,)``.

    The subgradient of l1 needs no backward pass: it is the sign of the penalised weights, 0 at 0. In a multi-gradient
    descent ``g2`` is the gradient of ``l1_scale * l1``.
    """
    g2 = torch.zeros_like(weights.vector)
    torch.sign(weights.penalised, out=g2[: len(weights.penalised)])
    if isinstance(descent, WeightedSum):
        return 1.0, descent.l1_weight, g2
    g2 *= descent.l1_scale
    return *min_norm_weights(weights.gradient, g2), g2


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


def multiobjective_proximal(weights: Weights, step: float, l1_scale: float, *, bisection: Bisection) -> Tensor:
    """All weights after one multiobjective proximal gradient step [Tanabe2019]_, [Amakor2023]_, ``(n,)``.

    This is ``y(a) = S_{step (1 - a) l1_scale}(w - step a g1)``, a proximal step with the l1 weight
    ``l1_scale (1 - a) / a``. The share ``a`` is chosen such that the linearised decrease of cross entropy equals the
    decrease of l1.
    """
    low, high = 0.0, 1.0
    before = l1_scale * float(weights.penalised.abs().sum())
    slope = float(weights.gradient @ weights.vector)
    for _ in range(bisection.halvings):
        position = (low + high) / 2
        moved = _proximal_point(weights, step, l1_scale, share=bisection.share(position))
        after = l1_scale * float(moved[: len(weights.penalised)].abs().sum())
        # With a larger share cross entropy changes by less and l1 by more, so exactly one share balances them.
        if float(weights.gradient @ moved) - slope > after - before:
            low = position
        else:
            high = position
    return _proximal_point(weights, step, l1_scale, share=bisection.share((low + high) / 2))


def _proximal_point(weights: Weights, step: float, l1_scale: float, *, share: float) -> Tensor:
    moved = weights.vector.sub(weights.gradient, alpha=step * share)
    soft_threshold_(moved[: len(weights.penalised)], step * (1 - share) * l1_scale)
    return moved
