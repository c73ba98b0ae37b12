"""The proximal map of the l1 norm."""

import torch
from torch import Tensor


def soft_threshold_(weights: Tensor, threshold: Tensor | float) -> Tensor:
    """``sign(w) max(|w| - threshold, 0)`` in place: exact zeros, everything else moved by the threshold toward zero.

    Args:
        weights: ``(p,)``.
        threshold: Not negative; one number or ``(p,)``.
    """
    # Clamping to [-t, t] and subtracting is the same map without a sign and without a product.
    limit = torch.as_tensor(threshold, dtype=weights.dtype)
    low = -limit
    return weights.sub_(torch.clamp(weights, low, limit, out=low if low.ndim else None))  # one array less to write to
