"""``rounded``: as many channels for each convolution as a runtime computes at once."""

from torch import Tensor

from frontsearch.compaction.channels import Channels, Kernel

FEW = 12  # channels that onnxruntime 1.32 convolves as fast one by one, unless the convolution is depthwise


def rounded(channels: Channels, live: Tensor, round_to: int) -> Tensor:
    """The live channels and the dead ones that are kept so that convolutions take a multiple, ``(channels,)``.

    A convolution with too few dead channels to reach the next multiple keeps none.

    Args:
        channels: Channels of the network.
        live: The channels that it needs, ``(channels,)``.
        round_to: Number whose multiples convolutions take.
    """
    live = live.clone()
    for kernel in channels.kernels:
        taken = channels.of(kernel.inputs)
        count, dead = int(live[taken].sum()), taken[~live[taken]].unique()
        missing = -count % round_to
        if missing <= len(dead) and _is_faster_rounded(kernel, count):
            live[dead[len(dead) - missing :]] = True  # the latest, which feed the fewest other convolutions
    return live


def _is_faster_rounded(kernel: Kernel, count: int) -> bool:
    """Whether a multiple pays: for two-dimensional convolutions, depthwise or of more than a few channels."""
    depthwise = kernel.groups == len(kernel.inputs)
    return kernel.is_conv2d and (depthwise or (kernel.groups == 1 and count > FEW))
