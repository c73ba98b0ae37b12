"""How the kernels of a network's convolutions lie in memory: with their input channels last where it runs with those.

Convolutions are twice as fast on a CPU then. Their outputs have their channels last, too, which a forward pass may not
expect: ``x.view(len(x), -1)`` raises.
"""

from collections.abc import Callable
from typing import TypeGuard

import torch
from torch import Tensor, nn

from frontsearch.tasks.examples import Examples, forward
from frontsearch.tasks.outputs import are_close, are_same, evaluated, gradient

BLOCK = 16  # channels, the most that a block of oneDNN has


def put_channels_last_(network: nn.Module) -> nn.Module:
    """Moves the input channels of all kernels to the end of their memory, in place; returns the network."""
    for kernel in _kernels(network):
        kernel.data = _channels_last(kernel.detach())
    return network


def take_contiguous_inputs_(network: nn.Module) -> None:
    """Makes the convolutions of a network that cannot be trained with channels last copy such inputs, in place."""
    for module in filter(_needs_contiguous_inputs, network.modules()):
        kernel = module.weight  # `contiguous` would leave the strides, by which torch tells the layout
        kernel.data = kernel.detach().flatten(1)[:, :, None, None]
        module.register_forward_pre_hook(_contiguous)


def _contiguous(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(each.contiguous() for each in inputs)


def laid_out_as(kernel: Tensor, other: Tensor) -> Tensor:
    """A tensor whose input channels are last in memory if those of the other one are."""
    return _channels_last(kernel) if is_channels_last(other) else kernel


def is_channels_last(kernel: Tensor) -> bool:
    """Whether the input channels of a kernel are last in its memory."""
    if kernel.ndim != 4:
        return False
    _, inputs, height, width = kernel.shape
    return kernel.stride() == (inputs * height * width, 1, inputs * width, inputs)


def runs_channels_last(
    networks: tuple[nn.Module, nn.Module], few: Examples, *, loss: Callable[[Tensor, Tensor], Tensor]
) -> bool:
    """Whether a network has convolutions, can be trained with channels that are last, and computes the same then.

    On a CUDA device, torch 2.13 shifts the gradient of a padded ``avg_pool2d`` whose channels are last
    (pytorch/pytorch#188344).

    Args:
        networks: Two networks with the same state; the kernels of the second one are moved, and it takes a step.
        few: A few training examples.
        loss: The loss.
    """
    _, moved = networks
    if not _kernels(moved) or any(map(_needs_contiguous_inputs, moved.modules())):
        return False
    put_channels_last_(moved)
    try:
        outputs = [evaluated(network, few.inputs) for network in networks]
        gradients = [gradient(network, few, loss) for network in networks]
        loss(forward(moved.train(), few.inputs), few.targets).backward()
    except RuntimeError:
        return False
    return are_same(*outputs) and are_close(*gradients)


def _needs_contiguous_inputs(module: nn.Module) -> TypeGuard[nn.Conv2d]:
    """Whether a layer cannot be trained with inputs whose channels are last in memory.

    oneDNN, which convolves for torch on a CPU, may then write past its memory when it computes the gradient of a
    strided pointwise kernel with fewer input channels than one of its blocks has: 8 with AVX2, at most 16 with others
    (uxlfoundation/oneDNN#6035; seen with torch 2.13 and AVX2).
    """
    if not isinstance(module, nn.Conv2d) or module.kernel_size != (1, 1) or module.groups > 1:
        return False
    return module.stride != (1, 1) and module.in_channels < BLOCK


def _channels_last(kernel: Tensor) -> Tensor:
    # A clone, as for one channel or kernels of one entry torch would keep any strides.
    return kernel.permute(0, 2, 3, 1).clone(memory_format=torch.contiguous_format).permute(0, 3, 1, 2)


def _kernels(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.ndim == 4]
