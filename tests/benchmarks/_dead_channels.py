"""Networks with dead channels, for the benchmarks of what compaction leaves."""

import torch
from torch import nn

from frontsearch.compaction import Channels


@torch.no_grad()
def kill_(network: nn.Module, channels: Channels, share: float) -> None:
    """Zeroes what computes and what takes a share of the channels, drawn at random, in place."""
    dead = (torch.rand(len(channels.kept)) < share) & ~channels.kept
    if channels.inputs is not None:
        dead[channels.of(channels.inputs.flatten())] = False
    parameters = dict(network.named_parameters())
    for name, axes in channels.axes.items():
        for axis, of_axis in enumerate(axes if name in parameters else ()):
            if of_axis is not None:
                parameters[name].index_fill_(axis, dead[of_axis].nonzero()[:, 0], 0)
