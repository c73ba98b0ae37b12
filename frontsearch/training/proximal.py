"""The proximal maps of the l1 norm and of the group-l1 norm."""

import torch
from torch import Tensor

from frontsearch.training.groups import Groups

TOLERANCE = 1e-6  # relative, of the equation that the norm of a group solves
MAX_ITERATIONS = 50  # 3 to 6 are taken


def soft_threshold_(weights: Tensor, threshold: Tensor | float) -> Tensor:
    """Soft-thresholds weights in place: ``sign(w) max(|w| - threshold, 0)``, with exact zeros.

    Args:
        weights: Weights, ``(p,)``.
        threshold: One nonnegative number, one per weight, ``(p,)``, or anything that spreads to their shape.
    """
    # Subtracting the weights clamped to [-t, t] is the same map without a sign and a product.
    limit = torch.as_tensor(threshold, dtype=weights.dtype)
    low = -limit
    saved = low if low.shape == weights.shape else None  # one array
    return weights.sub_(torch.clamp(weights, low, limit, out=saved))


def group_threshold_(weights: Tensor, threshold: Tensor | float, groups: Groups, *, factors: Tensor) -> Tensor:
    """The ``w`` that minimise ``sum((w - u)^2 / (2 threshold)) + sum(factors |w_group|)``, in place, exact zeros.

    A group ``u`` is zero if ``|u / threshold|`` is at most its factor ``f``. Otherwise ``w = s u / (s + threshold)``,
    where ``s = |w| / f`` solves ``|u / (s + threshold)| = f``. The inverse of this norm is concave in ``s`` and nearly
    linear, so Newton's method finds the root from any start, as in trust-region methods [More1983]_.

    Args:
        weights: Weights ``u``, ``(p,)``.
        threshold: One nonnegative number, or one per weight, ``(p,)``.
        groups: Groups of the weights.
        factors: Factor of each group, ``(groups,)``.
    """
    squared = weights * weights
    squares = groups.sums(squared)
    if not isinstance(threshold, Tensor):
        norms = squares.sqrt()
        return weights.mul_(groups.spread(torch.where(norms > 0, 1 - threshold * factors / norms, 0.0).clamp_(min=0)))
    steps = threshold.clamp_min(torch.finfo(threshold.dtype).tiny)
    alive = groups.norms(weights / steps) > factors
    root = squares.sqrt() / factors - groups.sums(steps * squared) / squares
    root = torch.where(alive, root.nan_to_num_(0).clamp_(min=0), 1.0)
    for _ in range(MAX_ITERATIONS):
        shifted = groups.spread(root).add_(steps)
        parts = weights / shifted
        parts_squared = parts * parts
        norms = groups.sums(parts_squared).sqrt_()
        excess = torch.where(alive, norms / factors - 1, 0.0)
        if float(excess.abs().max()) <= TOLERANCE:
            break
        curvature = groups.sums(parts_squared.div_(shifted))
        root.add_(torch.where(alive, norms * norms / curvature * excess, 0.0)).clamp_(min=0)
    return torch.mul(parts, groups.spread(torch.where(alive, root, 0.0)), out=weights)
