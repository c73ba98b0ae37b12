"""The complexity of a network as a penalty: a norm, its derivative and its proximal map."""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from frontsearch.training.groups import Groups
from frontsearch.training.proximal import group_threshold_, soft_threshold_
from frontsearch.training.weights import Weights


class Penalty(Protocol):
    """A norm of the penalised weights, ``(p,)``."""

    def norm(self, weights: Tensor) -> float:
        """The norm, computed in the precision of the weights."""

    def subgradient(self, weights: Tensor) -> Tensor:
        """The derivative of the norm by each weight, ``(p,)``; 0 where there is none."""

    def proximal_(self, weights: Tensor, threshold: Tensor | float) -> None:
        """Applies the proximal map of the norm in place, with exact zeros.

        Args:
            weights: Penalised weights.
            threshold: The weight of the norm times the step that a gradient of one takes, one number or ``(p,)``.
        """

    def dual(self, gradient: Tensor) -> Tensor:
        """The least weight of the norm at which each entry of a gradient leaves zero weights at zero, ``(p,)``."""

    def alive(self, weights: Tensor) -> Tensor:
        """Where the norm has a derivative, ``(p,)``."""

    def restricted(self, indices: Tensor, weights: Weights) -> "Penalty":
        """The same norm of a smaller network's weights, which are those at these places; the others are zero."""


class L1:
    """The sum of the absolute weights."""

    def norm(self, weights: Tensor) -> float:
        """The sum."""
        return float(weights.abs().sum())

    def subgradient(self, weights: Tensor) -> Tensor:
        """The signs."""
        return weights.sign()

    def proximal_(self, weights: Tensor, threshold: Tensor | float) -> None:
        """The soft threshold."""
        soft_threshold_(weights, threshold)

    def dual(self, gradient: Tensor) -> Tensor:
        """The absolute values."""
        return gradient.abs()

    def alive(self, weights: Tensor) -> Tensor:
        """Where weights are not zero."""
        return weights != 0

    def restricted(self, indices: Tensor, weights: Weights) -> "L1":  # noqa: ARG002 - required by the protocol
        """Itself."""
        return self


class GroupL1:
    """The sum over all groups of ``sqrt(n) |w|``, the Euclidean norm of a group's ``n`` weights [Yuan2006]_.

    Args:
        groups: Groups of the penalised weights.
        factors: What multiplies the norm of each group, ``(groups,)``.
    """

    def __init__(self, groups: Groups, factors: Tensor) -> None:
        self.groups, self.factors = groups, factors

    def norm(self, weights: Tensor) -> float:
        """The sum."""
        return float(self.groups.norms(weights) @ self.factors.to(weights))

    def subgradient(self, weights: Tensor) -> Tensor:
        """Each group with a norm of its factor."""
        norms = self.groups.norms(weights)
        return weights * self.groups.spread(torch.where(norms > 0, self.factors.to(weights) / norms, 0.0))

    def proximal_(self, weights: Tensor, threshold: Tensor | float) -> None:
        """The group threshold."""
        group_threshold_(weights, threshold, self.groups, factors=self.factors)

    def dual(self, gradient: Tensor) -> Tensor:
        """The norm of each entry's group by its factor."""
        return self.groups.spread(self.groups.norms(gradient) / self.factors.to(gradient))

    def alive(self, weights: Tensor) -> Tensor:
        """Where the group has a nonzero weight."""
        return self.groups.spread(self.groups.norms(weights)) > 0

    def restricted(self, indices: Tensor, weights: Weights) -> "GroupL1":
        """The factors stay those of the whole groups."""
        return GroupL1(self.groups.restricted(indices, weights), self.factors)


def penalty_of(weights: Weights, groups: Mapping[str, Tensor] | None) -> Penalty:
    """The penalty of weights whose entries have these groups, by name; l1 where there are none."""
    if groups is None:
        return L1()
    numbers = weights.flat_penalised(groups).to(weights.vector.device)
    sizes = torch.bincount(numbers)
    return GroupL1(Groups(numbers, len(sizes), weights), sizes.to(weights.vector).sqrt())
