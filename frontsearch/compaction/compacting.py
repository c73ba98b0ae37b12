"""``compact``: the smaller network that computes the same, and what was left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import NO_CHANNELS, Channels, Kernel
from frontsearch.compaction.cutting import compacted, get_tensor
from frontsearch.compaction.declared_sizes import Sizes, sizes_left
from frontsearch.compaction.proof import difference, proven
from frontsearch.compaction.sizes import left_channels
from frontsearch.compaction.steps import find_channels
from frontsearch.errors import one_line
from frontsearch.tasks import Inputs, forward

TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class LayerSize:
    """What compaction leaves of a layer.

    Attributes:
        layer: Name of the layer.
        units: Number of its outputs before and after.
        parameters: Number of entries of its weight and bias before and after.
        multiply_adds: Multiplications with its weight for one example before and after.
    """

    layer: str
    units: tuple[int, int]
    parameters: tuple[int, int]
    multiply_adds: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Compaction:
    """A network without the channels that it does not need.

    Attributes:
        network: The smaller network.
        layers: What is left of each layer that was followed, in forward order.
        inputs: Number of entries of an example before and after; None if no single tensor is the input.
        read: Indices of the entries of a flattened example that the smaller network reads; None if it reads all.
        sizes: What the smaller network's attributes hold that hold something else in the whole one, by name.
        unchanged: Why layers stay as they are, by name.
        unfollowed: Why no layer could be followed; empty if they could.
    """

    network: nn.Module
    layers: tuple[LayerSize, ...]
    inputs: tuple[int, int] | None
    read: Tensor | None = None
    sizes: Sizes = field(default_factory=dict)
    unchanged: dict[str, str] = field(default_factory=dict)
    unfollowed: str = ""

    @property
    def parameters(self) -> tuple[int, int]:
        """Number of entries of the weights and biases of all layers, before and after."""
        return _sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> tuple[int, int]:
        """Multiplications with the weights of all layers for one example, before and after."""
        return _sum(layer.multiply_adds for layer in self.layers)


@torch.no_grad()
def compact(network: nn.Module, inputs: Inputs, *, round_to: int = 1) -> Compaction:
    """Leaves out what a network does not need; never raises for a network that takes these inputs.

    A layer stays as it is if the network without some of its channels fails or computes something else on the inputs.

    Args:
        network: The network, in evaluation mode.
        inputs: Inputs of a few examples.
        round_to: Number whose multiples the channels of two-dimensional convolutions are kept to, where that makes
            them faster and there are dead ones to keep.
    """
    expected, unfollowed = forward(network, inputs), ""
    try:
        channels = find_channels(network, inputs)
    except Exception as error:  # noqa: BLE001 - a forward pass may do anything that cannot be followed
        channels, unfollowed = (
            NO_CHANNELS,
            f"the network could not be followed: {one_line(str(error))[:200].rstrip('.')}",
        )

    left = partial(left_channels, network, round_to=round_to)

    def fault(tried: Channels) -> str:
        return difference(
            lambda: forward(compacted(network, tried, left(tried)), inputs), expected, tolerance=TOLERANCE
        )

    channels, unchanged = proven(channels, fault)
    found = left(channels)
    small = compacted(network, channels, found)
    used = None if channels.inputs is None else found.live[channels.of(channels.inputs.flatten())]
    return Compaction(
        network=small,
        layers=tuple(
            _size(kernel, (network, small), found.live[channels.of(kernel.rows)]) for kernel in channels.kernels
        ),
        inputs=None if used is None else (len(used), int(used.sum())),
        read=None if used is None or used.all() else used.nonzero()[:, 0],
        sizes=sizes_left(network, channels, found.live),
        unchanged=unchanged,
        unfollowed=unfollowed,
    )


def _size(kernel: Kernel, networks: tuple[nn.Module, nn.Module], live: Tensor) -> LayerSize:
    weights = [get_tensor(network, kernel.weight).numel() for network in networks]
    layers = [network.get_submodule(kernel.layer) for network in networks]
    before, after = (sum(part.numel() for part in layer.parameters(recurse=False)) for layer in layers)
    return LayerSize(
        layer=kernel.layer, units=(len(live), int(live.sum())), parameters=(before, after),
        multiply_adds=(kernel.positions * weights[0], kernel.positions * weights[1]),
    )  # fmt: skip


def _sum(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    before, after = zip(*sizes, strict=True) if (sizes := list(sizes)) else ((), ())
    return sum(before), sum(after)
