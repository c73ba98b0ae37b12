"""``rounded``: as many channels for each convolution as a runtime computes at once."""

from torch import Tensor

from frontsearch.compaction.channels import Channels, Kernel


def rounded(channels: Channels, live: Tensor, round_to: int) -> Tensor:
    """Which channels are left if each convolution takes a multiple of some number, ``(channels,)``.

    Dead channels are kept for that. A convolution that too few of them feed takes what it needs.

    Args:
        channels: Channels of the network.
        live: The channels that it needs, ``(channels,)``.
        round_to: The number.
    """
    live = live.clone()
    for kernel in channels.kernels:
        if kernel.is_conv2d and _takes_each_alone(kernel):
            taken = channels.of(kernel.inputs)
            count, dead = int(live[taken].sum()), taken[~live[taken]].unique()
            missing = -count % round_to
            if missing <= len(dead):
                live[dead[len(dead) - missing :]] = True  # the latest, which feed the fewest other convolutions
    return live


def _takes_each_alone(kernel: Kernel) -> bool:
    """Whether its channels can be left out one by one, as those of other groups leave together."""
    return kernel.groups in {1, len(kernel.inputs)}
