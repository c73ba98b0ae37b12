"""The channels that trainings of a task can leave out as they die."""

import copy

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import NO_CHANNELS, Channels
from frontsearch.compaction.cutting import compacted, get_tensor, set_tensor
from frontsearch.compaction.live import Needed
from frontsearch.compaction.proof import difference, proven
from frontsearch.compaction.steps import followed_channels
from frontsearch.tasks import Inputs, Task, forward, joined, seeded
from frontsearch.tracing import draw_weights_

EXAMPLES, ROUNDS, DEAD_SHARE = 4, 2, 0.4  # two rounds, as one may zero the same channels of narrow layers by chance


@torch.no_grad()
def trainable_channels(task: Task) -> Channels:
    """The channels that trainings can leave out; none if the network cannot be followed.

    Each layer is tried with random weights, some of its channels dead, in training and in evaluation mode: without
    them the network must have the same outputs. So networks with dropout, which would draw other masks, stay whole.
    """
    with seeded(0):
        network = task.network(0).to(task.device).eval()
        inputs = next(task.splits["train"].pieces(EXAMPLES)).inputs
        channels = followed_channels(network, inputs)
        if not channels.kernels:
            return NO_CHANNELS
        draw_weights_(network)
        return proven(channels, lambda tried: _fault(network, tried, inputs))[0]


def _fault(network: nn.Module, channels: Channels, inputs: Inputs) -> str:
    """What is wrong with the network once more channels are zeroed and left out; empty if nothing is."""
    network, found = copy.deepcopy(network), ""
    for _ in range(ROUNDS):
        live = _zero_random_channels_(network, channels)
        small = compacted(network, channels, Needed(live))
        for mode in (False, True):
            found = found or _difference(network.train(mode), small.train(mode), inputs)
    return found


def _difference(network: nn.Module, small: nn.Module, inputs: Inputs) -> str:
    with seeded(0):  # for what dropout draws
        expected = joined(forward(network, inputs))
    with seeded(0):
        tolerance = torch.finfo(expected.dtype).eps ** 0.5
        return difference(lambda: joined(forward(small, inputs)), expected, tolerance=tolerance)


def _zero_random_channels_(network: nn.Module, channels: Channels) -> Tensor:
    """Zeroes all weights that take or compute some of the channels, in place, and returns which are left."""
    live = channels.with_a_rest(channels.kept | (torch.rand(len(channels.kept)) > DEAD_SHARE))
    for kernel in channels.kernels:
        weight = get_tensor(network, kernel.weight)
        for axis, labels in enumerate(kernel.axes):
            if labels is not None:
                weight = weight.index_fill(axis, (~live[channels.of(labels)]).nonzero()[:, 0].to(weight.device), 0)
        set_tensor(network, kernel.weight, weight)  # not in place, as entries of a buffer may share memory
    return live
