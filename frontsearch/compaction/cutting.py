"""Leaves channels out: of tensors, and of a network."""

import copy
from collections.abc import Iterable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.compaction.attention import drop_heads_
from frontsearch.compaction.channels import Channels, Kernel
from frontsearch.compaction.live import Needed

# What layers say of their own size.
OUTPUT_SIZES = ("out_features", "out_channels", "embedding_dim")
INPUT_SIZES = ("in_features", "in_channels")
VECTOR_SIZES = ("num_features", "num_parameters")


def cut(named: Mapping[str, Tensor], channels: Channels, live: Tensor) -> dict[str, Tensor]:
    """The live entries of tensors with the shapes of a network's parameters and buffers, by name."""
    return {name: _cut(tensor, channels.axes.get(name, ()), live) for name, tensor in named.items()}


def _cut(tensor: Tensor, axes: tuple[Tensor | None, ...], live: Tensor) -> Tensor:
    for axis, of_axis in enumerate(axes):
        if of_axis is not None and not (kept := live[of_axis]).all():
            tensor = tensor.index_select(axis, kept.nonzero()[:, 0].to(tensor.device))
    return tensor


@torch.no_grad()
def compacted(network: nn.Module, channels: Channels, needed: Needed) -> nn.Module:
    """A copy of a network that contains only the live channels and takes the same inputs.

    Args:
        network: The network.
        channels: Its channels.
        needed: The live ones, and what the others add to biases.
    """
    network, live = copy.deepcopy(network), needed.live
    tensors = dict(network.named_parameters()) | dict(network.named_buffers())
    for name, tensor in cut({name: tensors[name] for name in channels.axes}, channels, live).items():
        if tensor is not tensors[name]:
            set_tensor(network, name, tensor)
    drop_heads_(network)
    for kernel in channels.kernels:
        _correct_(network, kernel, channels, needed=needed)
    for name, labels in channels.vectors.items():
        set_sizes_(network.get_submodule(name.rpartition(".")[0]), VECTOR_SIZES, int(live[channels.of(labels)].sum()))
    if channels.inputs is not None and not (kept := live[channels.of(channels.inputs.flatten())]).all():
        read_only_(network, kept.nonzero()[:, 0])
    return network


def set_tensor(network: nn.Module, name: str, tensor: Tensor) -> None:
    """Puts a tensor, of whatever shape, in the place of a network's parameter or buffer."""
    layer, _, leaf = name.rpartition(".")
    module = network.get_submodule(layer)
    old = getattr(module, leaf)
    is_parameter = isinstance(old, nn.Parameter)
    setattr(module, leaf, nn.Parameter(tensor.detach(), requires_grad=old.requires_grad) if is_parameter else tensor)


def _correct_(network: nn.Module, kernel: Kernel, channels: Channels, *, needed: Needed) -> None:
    """Corrects a layer without its dead channels, in place: what idle ones add, its bias, and the sizes it tells."""
    layer, rows, taken = network.get_submodule(kernel.layer), channels.of(kernel.rows), channels.of(kernel.inputs)
    inputs, groups = int(needed.live[taken].sum()), kernel.groups
    if needed.idle is not None and groups == 1:
        weight, idle = network.get_parameter(kernel.weight), needed.idle[taken[needed.live[taken]]]
        weight.index_fill_(0 if kernel.transposed else 1, idle.nonzero()[:, 0].to(weight.device), 0)
    if kernel.weight in needed.biases:
        _add_to_bias_(network, kernel, needed.biases[kernel.weight][needed.live[rows]])
    set_sizes_(layer, OUTPUT_SIZES, int(needed.live[rows].sum()))
    set_sizes_(layer, INPUT_SIZES, inputs)
    if groups > 1:
        set_sizes_(layer, ["groups"], inputs * groups // len(taken))


def _add_to_bias_(network: nn.Module, kernel: Kernel, added: Tensor) -> None:
    """Adds to the bias of a kernel, in place; a layer without one gets one."""
    weight = network.get_parameter(kernel.weight)
    if kernel.bias is None:
        bias = nn.Parameter(added.to(weight), requires_grad=weight.requires_grad)
        network.get_submodule(kernel.layer).register_parameter("bias", bias)
    else:
        bias = network.get_parameter(kernel.bias)
        bias.copy_(bias.double() + added.to(bias.device))


def set_sizes_(layer: nn.Module, names: Iterable[str], size: int) -> None:
    """Corrects what a layer says of its own size, in place, if it says it under one of these names."""
    for name in names:
        if hasattr(layer, name):
            setattr(layer, name, size)


def read_only_(network: nn.Module, live: Tensor) -> None:
    """Makes a network read only these entries of each flattened example, in place."""
    network.register_forward_pre_hook(partial(_select_inputs, live))


def _select_inputs(live: Tensor, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0].flatten(1).index_select(1, live.to(inputs[0].device)),)
