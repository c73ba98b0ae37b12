"""``compact``: the smaller network that computes the same, and what was left out."""

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import NO_CHANNELS, Channels
from frontsearch.compaction.cutting import compacted
from frontsearch.compaction.declared_sizes import Sizes, sizes_left
from frontsearch.compaction.layer_sizes import LayerSize, layer_sizes, number_of_parameters
from frontsearch.compaction.proof import difference, proven
from frontsearch.compaction.sizes import NetworkSize, left_channels
from frontsearch.compaction.steps import find_channels
from frontsearch.compaction.training_mode import training_fault
from frontsearch.errors import one_line
from frontsearch.tasks import Inputs, forward

TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Compaction:
    """A network without the channels that it does not need.

    Attributes:
        network: The smaller network.
        layers: What is left of each layer with a kernel: those that were followed in forward order, then the others.
        parameters: Number of parameters of the whole network before and after.
        inputs: Number of entries of an example before and after; None if no single tensor is the input.
        read: Indices of the entries of a flattened example that the smaller network reads; None if it reads all.
        sizes: What the smaller network's attributes hold that hold something else in the whole one, by name.
        unchanged: Why layers stay as they are, by name.
        unfollowed: Why no layer could be followed; empty if they could.
    """

    network: nn.Module
    layers: tuple[LayerSize, ...]
    parameters: tuple[int, int]
    inputs: tuple[int, int] | None
    read: Tensor | None = None
    sizes: Sizes = field(default_factory=dict)
    unchanged: dict[str, str] = field(default_factory=dict)
    unfollowed: str = ""

    @property
    def multiply_adds(self) -> tuple[int, int]:
        """Multiplications with the weights of all layers for one example, before and after."""
        before, after = zip(*(layer.multiply_adds for layer in self.layers), strict=True) if self.layers else ((), ())
        return sum(before), sum(after)


@torch.no_grad()
def compact(network: nn.Module, inputs: Inputs, *, round_to: int = 1, trains: bool = True) -> Compaction:
    """Leaves out what a network does not need; never raises for a network that takes these inputs.

    A layer stays as it is if the network without some of its channels fails or computes something else on the inputs.

    Args:
        network: The network, in evaluation mode.
        inputs: Inputs of a few examples.
        round_to: Number whose multiples the channels of two-dimensional convolutions are kept to, where that makes
            them faster and there are dead ones to keep.
        trains: Whether the smaller network has to work in training mode as well, as its auxiliary heads may take more.
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
    in_training = training_fault(network, inputs, tolerance=TOLERANCE) if trains else lambda _: ""

    def fault(tried: Channels) -> str:
        smaller = compacted(network, tried, left(tried))
        return difference(lambda: forward(smaller, inputs), expected, tolerance=TOLERANCE) or in_training(smaller)

    channels, unchanged = proven(channels, fault)
    found = left(channels)
    small = compacted(network, channels, found)
    used = None if channels.inputs is None else found.live[channels.of(channels.inputs.flatten())]
    return Compaction(
        network=small,
        layers=layer_sizes(channels, (network, small), found.live),
        parameters=(number_of_parameters(network), number_of_parameters(small)),
        inputs=None if used is None else (len(used), int(used.sum())),
        read=None if used is None or used.all() else used.nonzero()[:, 0],
        sizes=sizes_left(network, channels, found.live),
        unchanged={kernel.layer: kernel.reason for kernel in channels.whole} | unchanged,
        unfollowed=unfollowed,
    )


def network_size(network: nn.Module, inputs: Inputs) -> NetworkSize | None:
    """The size of a network as ``compact`` leaves it; None if it cannot be followed.

    Args:
        network: The network, in evaluation mode.
        inputs: Inputs of a few examples.
    """
    left = compact(network, inputs)
    units = sum(layer.units[1] for layer in left.layers)
    return NetworkSize(units=units, multiply_adds=left.multiply_adds[1]) if left.layers else None
