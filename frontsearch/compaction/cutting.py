"""Leaves channels out: of tensors, and of a network."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from frontsearch.compaction.attention import drop_heads_
from frontsearch.compaction.channels import Channels, Kernel
from frontsearch.compaction.declared_sizes import set_sizes_, sizes_left
from frontsearch.compaction.live import Needed
from frontsearch.compaction.reading import Reading
from frontsearch.tasks import laid_out_as, take_contiguous_inputs_


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
    set_sizes_(network, sizes_left(network, channels, live))
    take_contiguous_inputs_(network)
    for kernel in channels.kernels:
        _correct_(network, kernel, channels, needed=needed)
    if channels.inputs is not None and not (kept := live[channels.of(channels.inputs.flatten())]).all():
        read_only_(network, kept.nonzero()[:, 0])
    return network


def get_tensor(network: nn.Module, name: str) -> Tensor:
    """A network's parameter or buffer."""
    layer, _, leaf = name.rpartition(".")
    tensor: Tensor = getattr(network.get_submodule(layer), leaf)
    return tensor


def set_tensor(network: nn.Module, name: str, tensor: Tensor) -> None:
    """Puts a smaller tensor in the place of a network's parameter or buffer; its layer then tells the new sizes.

    It lies in memory as the other one did, as convolutions on a CPU may be half as fast otherwise.
    """
    layer, _, leaf = name.rpartition(".")
    module = network.get_submodule(layer)
    old = getattr(module, leaf)
    tensor = laid_out_as(tensor.detach(), old)
    for attribute, size in _sizes(module, old.shape, tensor.shape).items():
        if hasattr(module, attribute):
            setattr(module, attribute, size)
    is_parameter = isinstance(old, nn.Parameter)
    setattr(module, leaf, nn.Parameter(tensor, requires_grad=old.requires_grad) if is_parameter else tensor)


def _sizes(layer: nn.Module, before: torch.Size, after: torch.Size) -> dict[str, int]:
    """What a layer with a parameter of this shape says of its own size, by the names of its attributes."""
    if len(after) == 1:
        return dict.fromkeys(("num_features", "num_parameters"), after[0])
    if len(after) < 2 or before == after:
        return {}
    before_groups: int = getattr(layer, "groups", 1)
    groups = before_groups * after[0] // before[0] if before_groups > 1 else 1
    first, second = after[0], after[1] * groups
    transposed: bool = getattr(layer, "transposed", isinstance(layer, nn.Embedding))
    outputs, inputs = (second, first) if transposed else (first, second)
    sizes = dict.fromkeys(("out_features", "out_channels", "embedding_dim"), outputs)
    sizes |= dict.fromkeys(("in_features", "in_channels"), inputs)
    return sizes | {"groups": groups} if before_groups > 1 else sizes


def _correct_(network: nn.Module, kernel: Kernel, channels: Channels, *, needed: Needed) -> None:
    """Corrects a layer without its dead channels, in place: what idle ones add, and its bias."""
    taken = channels.of(kernel.inputs)
    if needed.idle is not None and kernel.groups == 1:
        weight, idle = get_tensor(network, kernel.weight), needed.idle[taken[needed.live[taken]]]
        columns = idle.nonzero()[:, 0].to(weight.device)
        set_tensor(network, kernel.weight, weight.index_fill(0 if kernel.transposed else 1, columns, 0))
    if kernel.weight in needed.biases:
        _add_to_bias_(network, kernel, needed.biases[kernel.weight][needed.live[channels.of(kernel.rows)]])


def _add_to_bias_(network: nn.Module, kernel: Kernel, added: Tensor) -> None:
    """Adds to the bias of a kernel, in place; a layer without one gets one."""
    weight = get_tensor(network, kernel.weight)
    if kernel.bias is None:
        new = nn.Parameter(added.to(weight), requires_grad=weight.requires_grad)
        network.get_submodule(kernel.layer).register_parameter("bias", new)
    else:
        bias = get_tensor(network, kernel.bias)
        set_tensor(network, kernel.bias, (bias.cpu().double() + added).to(bias))


def read_only_(network: nn.Module, live: Tensor) -> None:
    """Makes a network read only these entries of each flattened example, in place."""
    network.register_forward_pre_hook(Reading(live))
