"""``Layer``: what a layer that computes ``k`` networks at once is built from and does.

The bits of a network must not depend on how many others share the stack or on its place in it. A batched product of
matrices keeps them if its matrices begin at the same place of a cache line, and an elementwise function if no network
ends within the vectors that it computes at a time. So examples are padded to multiples of ``ALIGNED``, the gradient of
a kernel to a multiple of ``LINE`` numbers, and a stack has at least two networks. Examples are the last dimension:
along the first ones torch computes the softmax of a few classes an order of magnitude faster.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor, nn

LINE = 16  # numbers of 32 bits in a cache line
AnyModule = Any  # as torch gives a module's attributes the types of any module's
ALIGNED = 32  # in two vectors of the widest processors, which torch computes at a time


@dataclass(frozen=True, kw_only=True)
class Part:
    """What belongs to one layer in ``k`` stacked networks.

    Attributes:
        modules: Each network's own module, ``k`` of them or, where the last row has no network, one less.
        parameters: Parameters by name within the module, ``(k, *shape)``.
        gradients: Where their gradients are written, by name.
        generators: What each module draws random numbers from.
    """

    modules: Sequence[AnyModule]
    parameters: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    generators: Sequence[torch.Generator]


class Layer(Protocol):
    """One layer of ``k`` networks, which keeps from a forward pass what its backward pass needs.

    Attributes:
        dimensions: How many dimensions the inputs of its module must have; None if any.
    """

    dimensions: ClassVar[int | None]

    def __init__(self, part: Part) -> None:
        """A layer that computes this part."""

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """Whether the layer computes what this module does."""

    def forward(self, features: Tensor, *, examples: int) -> Tensor:
        """The outputs, ``(k, ..., n)``.

        Args:
            features: What the layer takes, ``(k, ..., n)``; it is not changed.
            examples: How many of the ``n`` examples are not padding.
        """

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:
        """Writes the gradients by the layer's parameters.

        Args:
            gradient: Gradient of the losses by the outputs.
            first: Whether no layer with parameters comes before this one.

        Returns:
            Their gradient by the features, or anything if it is the first.
        """


class Plain:
    """Defaults of layers without conditions."""

    dimensions: ClassVar[int | None] = None

    @classmethod
    def accepts(cls, module: nn.Module) -> bool:  # noqa: ARG003 - as all layers
        """Any module of its types."""
        return True


def padded(size: int, multiple: int) -> int:
    """The least multiple that is not below the size."""
    return -(-size // multiple) * multiple
