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

    def smallest(self, weights: Tensor, count: int) -> Tensor:
        """Which weights to set to zero, ``(p,)``, so that at least ``count`` are: the smallest."""

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

    def smallest(self, weights: Tensor, count: int) -> Tensor:
        """The smallest absolute values."""
        return weights.abs() <= kth_smallest_magnitude(weights, count)

    def restricted(self, indices: Tensor, weights: Weights) -> "L1":  # noqa: ARG002 - required by the protocol
        """Itself."""
        return self


class GroupL1:
    """The sum over all groups of ``sqrt(n) |w|``, the Euclidean norm of a group's ``n`` weights [Yuan2006]_.

    Args:
        groups: Groups of the penalised weights.
        factors: What multiplies the norm of each group, ``(groups,)``.
        computed: For each weight the group of what takes the unit that it computes, ``(p,)``; -1 where there is none.
        has_free_kernels: Whether a normalisation follows some kernels, so that their scale means nothing.
    """

    def __init__(self, groups: Groups, factors: Tensor, computed: Tensor, *, has_free_kernels: bool = False) -> None:
        self.groups, self.factors, self.computed = groups, factors, computed
        self.has_free_kernels = has_free_kernels

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

    def smallest(self, weights: Tensor, count: int) -> Tensor:
        """Whole groups and the weights that compute what they take: those of the least size."""
        sizes = self._sizes(weights)
        order = sizes.argsort()
        low, high = int((sizes == 0).sum()), len(order)
        while low < high:  # the fewest groups
            middle = (low + high) // 2
            if int((self._without(order[:middle]) | (weights == 0)).sum()) < count:
                low = middle + 1
            else:
                high = middle
        return self._without(order[:low])

    def _sizes(self, weights: Tensor) -> Tensor:
        """What groups are compared by, ``(groups,)``: the norm by the root of the number of weights that go with it.

        If the scale of some kernels means nothing, it is the share of the squares of their kernels [Lee2021]_. So the
        channels of a narrow layer, each of which has a large share, stay until those of wide ones have become few.
        """
        if self.has_free_kernels:
            return self.groups.shares(weights)
        nonzero = (weights != 0).to(weights)
        numbers = self.groups.sums(nonzero).index_add(0, self.computed.clamp_min(0), nonzero * (self.computed >= 0))
        return torch.where(numbers > 0, self.groups.norms(weights) / numbers.sqrt(), 0.0)

    def _without(self, groups: Tensor) -> Tensor:
        """Which weights are zero without these groups, ``(p,)``."""
        gone = torch.zeros(self.groups.count + 1, dtype=torch.bool, device=groups.device)
        gone[groups] = True
        return gone[self.groups.numbers] | gone[self.computed]

    def restricted(self, indices: Tensor, weights: Weights) -> "GroupL1":
        """The factors stay those of the whole groups."""
        groups = self.groups.restricted(indices, weights)
        return GroupL1(groups, self.factors, self.computed[indices], has_free_kernels=self.has_free_kernels)


def kth_smallest_magnitude(values: Tensor, count: int) -> float:
    """The ``count``-th smallest absolute value of ``values``, ``(p,)``; negative if ``count`` is not positive."""
    if count <= 0:
        return -1.0
    if values.is_cpu:
        return float(torch.kthvalue(values.abs(), count).values)
    return float(values.abs().sort().values[count - 1])  # as GPUs have no deterministic `kthvalue`


def penalty_of(
    weights: Weights,
    groups: Mapping[str, Tensor] | None,
    computed: Mapping[str, Tensor] | None = None,
    *,
    has_free_kernels: bool = False,
    device: torch.device | str = "cpu",
) -> Penalty:
    """The penalty of weights; l1 if they have no groups.

    Args:
        weights: The weights.
        groups: Group of each entry of the penalised parameters, by name; None if there are none.
        computed: Group of what takes the unit that each entry computes, by name; -1 where there is none.
        has_free_kernels: Whether a normalisation follows some of the kernels.
        device: Where its vectors are going to be; figures are computed on the CPU.
    """
    if groups is None:
        return L1()
    numbers = weights.flat_penalised(groups).to(device)
    sizes = torch.bincount(numbers)
    found = torch.full_like(numbers, -1) if computed is None else weights.flat_penalised(computed).to(numbers)
    grouped, factors = Groups(numbers, len(sizes), weights), sizes.to(weights.vector.dtype).sqrt()
    return GroupL1(grouped, factors, found, has_free_kernels=has_free_kernels)
