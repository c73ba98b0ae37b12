"""How the kernels of a network's convolutions lie in memory: with their input channels last where it runs with those.

Convolutions are twice as fast on a CPU then. Their outputs have their channels last, too, which a forward pass may not
expect: ``x.view(len(x), -1)`` raises.
"""

import torch
from torch import Tensor, nn

from frontsearch.tasks.examples import Inputs, forward


def put_channels_last_(network: nn.Module) -> nn.Module:
    """Moves the input channels of all kernels to the end of their memory, in place; returns the network."""
    for kernel in _kernels(network):
        # A clone, as for one channel or kernels of one entry torch would keep any strides.
        last = kernel.detach().permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format)
        kernel.data = last.permute(0, 3, 1, 2)
    return network


def is_channels_last(kernel: Tensor) -> bool:
    """Whether the input channels of a kernel are last in its memory."""
    if kernel.ndim != 4:
        return False
    _, inputs, height, width = kernel.shape
    return kernel.stride() == (inputs * height * width, 1, inputs * width, inputs)


def runs_channels_last(network: nn.Module, inputs: Inputs) -> bool:
    """Whether a network has convolutions and runs with kernels whose channels are last, forward and backward.

    Args:
        network: The network, whose kernels, gradients, buffers and mode are changed.
        inputs: Inputs of a few examples.
    """
    if not _kernels(network):
        return False
    put_channels_last_(network)
    try:
        for training in (False, True):
            forward(network.train(training), inputs).sum().backward()
    except RuntimeError:
        return False
    return True


def _kernels(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.ndim == 4]
