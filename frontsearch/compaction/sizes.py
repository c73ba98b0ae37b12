"""``NetworkSize``: the size of a network without what its outputs do not depend on."""

from dataclasses import dataclass
from operator import itemgetter

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import Channels
from frontsearch.compaction.cutting import cut, get_tensor
from frontsearch.compaction.live import Needed, needed_channels
from frontsearch.compaction.reading import box_around
from frontsearch.compaction.rounding import rounded

# How many multiply-adds onnxruntime 1.32 does while it copies an entry of an example out of a box, and while it gathers
# one: 0.66 and 3.6 ns at 0.012 ns each, with 256 examples on one core of a Xeon.
COPYING, GATHERING = 55, 300


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """What compaction would leave of a network.

    Attributes:
        units: Number of outputs of all layers with a kernel: units and channels.
        multiply_adds: Multiplications with kernels for one example.
    """

    units: int
    multiply_adds: int


@torch.no_grad()
def size_with(channels: Channels, network: nn.Module) -> NetworkSize | None:
    """The size of a network with these channels, all of which can be left out; None without any."""
    live = left_channels(network, channels).live
    if not channels.kernels and not channels.whole:
        return None
    units = sum(int(live[channels.of(rows)].sum()) for rows in channels.ends.values())
    return NetworkSize(
        units=units + sum(kernel.units for kernel in channels.whole),
        multiply_adds=_multiply_adds(network, channels, live) + sum(kernel.multiply_adds for kernel in channels.whole),
    )


def left_channels(network: nn.Module, channels: Channels, *, round_to: int = 1) -> Needed:
    """What compaction leaves of a network: what its outputs depend on, and what costs less than to leave it out.

    Copying the inputs that are used, out of a box or one by one, may cost more than multiplying all of them.

    Args:
        network: The network.
        channels: Its channels, found with its present weights.
        round_to: As in :func:`~frontsearch.compaction.compact`.
    """
    needed = needed_channels(channels, dict(network.named_parameters()) | dict(network.named_buffers()))
    needed = needed.with_idle(rounded(channels, needed.live, round_to))
    if channels.inputs is None:
        return needed
    of_inputs = channels.of(channels.inputs.flatten())
    used = needed.live[of_inputs]
    box = torch.zeros(channels.inputs.shape, dtype=torch.bool)
    box[box_around(used.nonzero()[:, 0].numpy(), tuple(box.shape))] = True
    costs = []
    for read, copying in ((torch.ones_like(used), 0), (box.flatten(), COPYING), (used, GATHERING)):
        live = needed.live.clone()
        live[of_inputs[read]] = True
        costs.append((_multiply_adds(network, channels, live) + copying * int(read.sum()), live))
    return needed.with_idle(min(costs, key=itemgetter(0))[1])


def _multiply_adds(network: nn.Module, channels: Channels, live: Tensor) -> int:
    left = cut({kernel.weight: get_tensor(network, kernel.weight) for kernel in channels.kernels}, channels, live)
    return sum(kernel.positions * left[kernel.weight].numel() for kernel in channels.kernels)
