"""Questions about the labels of a tensor. Labels are often expanded, so that entries along a dimension are one."""

from collections.abc import Sequence

import torch
from torch import Tensor


def varies(labels: Tensor, dim: int) -> bool:
    """Whether labels differ along a dimension."""
    if labels.shape[dim] == 1 or not labels.stride(dim):
        return False
    return bool((labels != labels.narrow(dim, 0, 1)).any())


def along(labels: Tensor, axis: int) -> Tensor | None:
    """The labels along an axis, ``(n,)``; None if they differ between other positions."""
    moved = labels.movedim(axis, -1)
    for dim in range(moved.ndim - 1):
        if varies(moved, dim):
            return None
        moved = moved.narrow(dim, 0, 1)
    return moved.flatten()


def broadcast(labels: Sequence[Tensor], ndim: int) -> list[Tensor]:
    """Labels broadcast against each other, with size 1 where none of them differs."""
    padded = [part[(None,) * (ndim - part.ndim)] for part in labels]
    for dim in range(ndim):
        if not any(varies(part, dim) for part in padded):
            padded = [part.narrow(dim, 0, 1) for part in padded]
    return list(torch.broadcast_tensors(*padded))


def distinct(labels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The different tuples of labels at the same place of several tensors of one shape, in order.

    Returns:
        The tuples, ``(k, n)``, and which of them stands at each place, in the shape of the tensors.
    """
    number = torch.zeros(labels[0].shape, dtype=torch.int64)
    for part in labels:  # each by itself, as torch 2.13 takes fifty times as long to compare rows
        own, of_own = part.unique(return_inverse=True)
        number = (number * len(own) + of_own).unique(return_inverse=True)[1]
    places = torch.empty(int(number.max()) + 1 if number.numel() else 0, dtype=torch.int64)
    places[number.flatten()] = torch.arange(number.numel())
    return torch.stack([part.flatten()[places] for part in labels]), number
