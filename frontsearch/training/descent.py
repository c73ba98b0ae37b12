"""How the gradients of two objectives become one direction."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from frontsearch.recipe import MultiGradient, WeightedSum
from frontsearch.training.proximal import soft_threshold_
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


class Bisection(NamedTuple):
    """How a share of cross entropy is looked for: how often an interval is halved, and what its points stand for.

    ``share`` rises from ``share(0)`` to ``share(1)``, both in [0, 1].
    """

    halvings: int
    share: Callable[[float], float]


# Halving the share itself cannot go below an l1 weight of (1 - a) / a = 1 / (2**11 - 1), which is far above what
# networks need; over twelve decades of the l1 weight sixteen halvings leave a relative error of 4e-4.
BISECTIONS: Mapping[str, Bisection] = {
    "mpg": Bisection(10, lambda place: place),
    "mpg-log": Bisection(16, lambda place: 1 / (1 + 10.0 ** (4 - 12 * place))),
}


def multiobjective_proximal(weights: Weights, step: float, l1_scale: float, *, bisection: Bisection) -> Tensor:
    """All weights after one multiobjective proximal gradient step [Tanabe2019]_, [Amakor2023]_, ``(n,)``.

    ``y(a) = S_{step (1 - a) l1_scale}(w - step a g1)`` with the share ``a`` at which the linearised fall of cross
    entropy equals the fall of l1: a proximal step whose l1 weight is ``l1_scale (1 - a) / a``.
    """
    low, high = 0.0, 1.0
    before = l1_scale * float(weights.penalised.abs().sum())
    slope = float(weights.gradient @ weights.vector)
    for _ in range(bisection.halvings):
        place = (low + high) / 2
        moved = _proximal_point(weights, step, l1_scale, share=bisection.share(place))
        after = l1_scale * float(moved[: len(weights.penalised)].abs().sum())
        # The change of cross entropy falls as its share rises, that of l1 grows: one place balances them.
        if float(weights.gradient @ moved) - slope > after - before:
            low = place
        else:
            high = place
    return _proximal_point(weights, step, l1_scale, share=bisection.share((low + high) / 2))


def _proximal_point(weights: Weights, step: float, l1_scale: float, *, share: float) -> Tensor:
    moved = weights.vector.sub(weights.gradient, alpha=step * share)
    soft_threshold_(moved[: len(weights.penalised)], step * (1 - share) * l1_scale)
    return moved
