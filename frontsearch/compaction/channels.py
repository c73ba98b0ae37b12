"""The channels of a network: which slices of its parameters can only be left out together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import torch
from torch import Tensor

EQUAL = 1e-6  # as the same sum comes out differently in its last bits at other places of a matrix


@dataclass(frozen=True, slots=True)
class Kernel:
    """A weight that takes some channels and computes others. Channels are given by the labels of a forward pass.

    Attributes:
        layer: Name of the module that holds the weight.
        weight: Name of the weight.
        bias: Name of the bias; None if there is none.
        takes_bias: Whether the layer can be given another bias.
        rows: Labels of what it computes, ``(outputs,)``.
        inputs: Labels of what it takes, ``(inputs,)``.
        values: What it was given where that was the same number at every position of every example, ``(inputs,)`` in
            double precision, else NaN.
        groups: Number of groups; the first ``inputs / groups`` inputs feed the first ``outputs / groups`` outputs.
        transposed: Whether the weight's first axis counts inputs, and not outputs.
        uniform: Whether an input that is the same everywhere adds the same everywhere, as it does without padding.
        positions: Number of times that an example meets the weight, such as the pixels of a convolution.
        is_conv2d: Whether torch's ``conv2d`` takes the weight.
    """

    layer: str
    weight: str
    bias: str | None
    takes_bias: bool
    rows: Tensor
    inputs: Tensor
    values: Tensor
    groups: int = 1
    transposed: bool = False
    uniform: bool = True
    positions: int = 1
    is_conv2d: bool = False

    @property
    def columns(self) -> Tensor:
        """Labels of what each output is computed from, ``(outputs, inputs / groups)``."""
        return self.by_output(self.inputs)

    def by_output(self, by_input: Tensor) -> Tensor:
        """What holds for each input, ``(inputs,)``, for each pair of an output and an input of its group."""
        grouped = by_input.view(self.groups, 1, -1)
        return grouped.expand(-1, len(self.rows) // self.groups, -1).flatten(0, 1)

    def matrix(self, weight: Tensor) -> Tensor:
        """A tensor of the weight's shape as ``(outputs, inputs / groups, k)``."""
        if not self.transposed:
            return weight.reshape(len(self.rows), len(self.inputs) // self.groups, -1)
        outputs = len(self.rows) // self.groups
        split = weight.reshape(self.groups, len(self.inputs) // self.groups, outputs, -1)
        return split.transpose(1, 2).flatten(0, 1)

    def entries(self, pairs: Tensor, weight: Tensor) -> Tensor:
        """What holds for each pair of an output and an input of its group, for each entry in the weight's shape."""
        if self.transposed:
            split = pairs.view(self.groups, len(self.rows) // self.groups, -1)
            pairs = split.transpose(1, 2).flatten(0, 1)
        return pairs.view(*pairs.shape, *[1] * (weight.ndim - 2)).expand(weight.shape)

    def is_like(self, other: "Kernel") -> bool:
        """Whether another use of the weight does the same with it."""
        return (self.bias, self.groups, self.transposed) == (other.bias, other.groups, other.transposed)

    def with_use(self, other: "Kernel") -> "Kernel":
        """This kernel with another use of its weight, whose inputs and outputs are the same channels."""
        values = self.values.where(torch.isclose(self.values, other.values, rtol=EQUAL, atol=0), torch.nan)
        return replace(
            self, values=values, uniform=self.uniform and other.uniform,
            takes_bias=self.takes_bias and other.takes_bias, positions=self.positions + other.positions,
        )  # fmt: skip

    @property
    def axes(self) -> tuple[Tensor | None, Tensor | None]:
        """Labels along the weight's first two axes; None for an axis that counts the channels within a group."""
        outside, inside = (self.inputs, self.rows) if self.transposed else (self.rows, self.inputs)
        return outside, inside if self.groups == 1 else None


@dataclass(frozen=True, slots=True)
class WholeKernel:
    """A weight that nothing can be left out of.

    Attributes:
        layer: Name of the module that holds it.
        units: Number of outputs.
        multiply_adds: Multiplications with it for one example, in all of its uses.
        reason: Why it stays whole; it goes on from "the network".
    """

    layer: str
    units: int
    multiply_adds: int
    reason: str


@dataclass(frozen=True, slots=True)
class Join:
    """New labels for elements that were computed from elements with other labels, one by one.

    Attributes:
        rows: The new labels, ``(n,)``.
        parts: Labels that each one was made from, ``(k, n)``.
        varies: Whether something else went into them that is not the same for every example.
    """

    rows: Tensor
    parts: Tensor
    varies: bool


@dataclass(frozen=True, slots=True)
class Count:
    """A size that the forward pass takes from an attribute, and what it counts.

    Attributes:
        place: Name of the attribute in the network, and the position in it of a list or tuple, else 0.
        share: What the count has to be multiplied by to give the number in the attribute.
        labels: Labels of what is counted, ``(n, k)``; each of the ``n`` counts while one of its labels is left.
    """

    place: tuple[str, int]
    share: Fraction
    labels: Tensor


@dataclass(frozen=True)
class Channels:
    """The channels of a network.

    Attributes:
        steps: Kernels, one for each use of a weight, and joins in forward order.
        number: Channel of each label, ``(labels,)``; channel 0 stands for everything that has to stay.
        vectors: Labels of the entries of parameters and buffers with one axis longer than 1, by name, in their shape.
        inputs: Labels of the entries of one example's input, in its shape; None if it cannot be cut.
        kept: Channels that have to stay, ``(channels,)``.
        varying_from: The first label that is not of a parameter.
        counts: Sizes that the forward pass takes from attributes.
        whole: Weights that nothing can be left out of.
    """

    steps: tuple[Kernel | Join, ...]
    number: Tensor
    vectors: Mapping[str, Tensor]
    inputs: Tensor | None
    kept: Tensor
    varying_from: int = 1
    counts: tuple[Count, ...] = ()
    whole: tuple[WholeKernel, ...] = ()

    @cached_property
    def kernels(self) -> list[Kernel]:
        """The kernel of each weight, with all of its uses, in the order of the first ones."""
        found: dict[str, Kernel] = {}
        for step in self.steps:
            if isinstance(step, Kernel):
                found[step.weight] = found[step.weight].with_use(step) if step.weight in found else step
        return list(found.values())

    @cached_property
    def axes(self) -> dict[str, tuple[Tensor | None, ...]]:
        """The channel along each axis of the parameters and buffers that can be cut, by name; None for other axes."""
        labels: dict[str, tuple[Tensor | None, ...]] = {kernel.weight: kernel.axes for kernel in self.kernels}
        labels |= {name: _along_axes(vector) for name, vector in self.vectors.items()}
        return {name: tuple(axis if axis is None else self.of(axis) for axis in axes) for name, axes in labels.items()}

    def of(self, labels: Tensor) -> Tensor:
        """The channels of these labels."""
        return self.number[labels.long()]

    @property
    def ends(self) -> dict[str, Tensor]:
        """Labels of what each layer computes, by the layer's name."""
        rows: dict[str, list[Tensor]] = {}
        for kernel in self.kernels:
            rows.setdefault(kernel.layer, []).append(kernel.rows)
        return {layer: torch.cat(found) for layer, found in rows.items()}

    def keeping(self, *labels: Tensor) -> "Channels":
        """The same channels, but that those with these labels have to stay."""
        kept = self.kept.clone()
        for each in labels:
            kept[self.of(each)] = True
        return replace(self, kept=kept)

    def keeping_all_but(self, labels: Tensor) -> "Channels":
        """The same channels, but that all have to stay except those with these labels."""
        kept = torch.ones_like(self.kept)
        kept[self.of(labels)] = self.kept[self.of(labels)]
        return replace(self, kept=kept)

    def with_a_rest(self, live: Tensor) -> Tensor:
        """Marks a channel of all that a kernel computes or takes, and of the input, as live where none is."""
        ends = [labels for kernel in self.kernels for labels in (kernel.rows, kernel.inputs)]
        ends += [] if self.inputs is None else [self.inputs.flatten()]
        for end in map(self.of, ends):
            live[end[0]] |= ~live[end].any()
        return live


def _along_axes(vector: Tensor) -> tuple[Tensor | None, ...]:
    return tuple(vector.flatten() if size > 1 else None for size in vector.shape)


NO_CHANNELS = Channels((), torch.zeros(1, dtype=torch.int64), {}, None, torch.ones(1, dtype=torch.bool))
