"""The proximal map of the l1 norm."""

import torch
from torch import Tensor


def soft_threshold_(weights: Tensor, threshold: Tensor | float) -> Tensor:
    """Soft-thresholds weights in place: ``sign(w) max(|w| - threshold, 0)``, with exact zeros.

    Args:
        weights: Weights, ``(p,)``.
        threshold: One nonnegative number, or one per weight, ``(p,)``.
    """
    # Subtracting the weights clamped to [-t, t] is the same map without a sign and a product.
    limit = torch.as_tensor(threshold, dtype=weights.dtype)
    low = -limit
    return weights.sub_(torch.clamp(weights, low, limit, out=low if low.ndim else None))  # saves one array
