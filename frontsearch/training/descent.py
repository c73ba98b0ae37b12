"""How the gradients of two objectives become one direction."""

import torch
from torch import Tensor

from frontsearch.recipe import MultiGradient, WeightedSum
from frontsearch.training.weights import Weights


def min_norm_weights(g1: Tensor, g2: Tensor) -> tuple[float, float]:
    """Weights ``(c1, c2)`` of the shortest vector on the segment between two gradients [Liu2019]_, [Desideri2012]_.

    ``c1 = clip(<g2 - g1, g2> / |g2 - g1|^2, 0, 1)``, ``c2 = 1 - c1``; equal gradients give ``(1, 0)``.

    Args:
        g1: Gradient of cross entropy, ``(n,)``.
        g2: Gradient of l1, ``(n,)``.
    """
    apart = g2 - g1
    norm = float(apart @ apart)
    if norm == 0:  # protects the division; any pair of weights gives the same vector
        return 1.0, 0.0
    c1 = min(max(float(apart @ g2) / norm, 0.0), 1.0)
    return c1, 1.0 - c1


def combination(descent: WeightedSum | MultiGradient, weights: Weights) -> tuple[float, float, Tensor]:
    """``(c1, c2, g2)`` at the current weights: the factors of both gradients and the gradient of l1, ``(n,)``.

    l1 needs no backward pass: its subgradient is the sign of the penalised weights, 0 at 0.
    """
    g2 = torch.zeros_like(weights.vector)
    torch.sign(weights.penalised, out=g2[: len(weights.penalised)])
    if isinstance(descent, WeightedSum):
        return 1.0, descent.l1_weight, g2
    g2 *= descent.l1_scale
    return *min_norm_weights(weights.gradient, g2), g2
