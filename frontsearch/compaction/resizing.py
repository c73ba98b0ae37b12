"""Gives a network the weights of a compacted one, and its sizes."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from frontsearch.compaction.attention import drop_heads_
from frontsearch.compaction.cutting import get_tensor, read_only_, set_tensor
from frontsearch.compaction.declared_sizes import Sizes, set_sizes_


@torch.no_grad()
def resize(
    network: nn.Module, tensors: Mapping[str, Tensor], *, read: Tensor | None = None, sizes: Sizes | None = None
) -> None:
    """Puts the state dict of a compacted network into one of the same architecture, in place.

    Args:
        network: Network that has not been compacted.
        tensors: The state dict.
        read: Indices of the entries of a flattened example that the compacted network reads; None if it reads all.
        sizes: What attributes hold in the compacted network, by name.

    Raises:
        ValueError: If the tensors are of another network.
    """
    own, before = network.state_dict(), _by_every_name(network)
    if missing := sorted(own.keys() - tensors.keys()):
        raise ValueError(f"it has no {missing[0]}")
    for name, tensor in tensors.items():
        _check_fits(network, name, tensor)
    set_sizes_(network, sizes or {})
    for name, tensor in tensors.items():
        layer, _, leaf = name.rpartition(".")
        if name in own:
            set_tensor(network, name, tensor.to(own[name].device))
        else:
            network.get_submodule(layer).register_parameter(leaf, nn.Parameter(tensor))
    _tie_(network, before)
    drop_heads_(network)
    if read is not None:
        read_only_(network, read)


def _by_every_name(network: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers; tied ones by each of their names."""
    return {
        **dict(network.named_parameters(remove_duplicate=False)),
        **dict(network.named_buffers(remove_duplicate=False)),
    }


def _tie_(network: nn.Module, before: Mapping[str, Tensor]) -> None:
    """Ties what was tied before, in place; names whose values differ now stay apart, as they compute something else."""
    found: dict[int, list[Tensor]] = {}
    for name, old in before.items():
        tensor, others = get_tensor(network, name), found.setdefault(id(old), [])
        same = next((other for other in others if torch.equal(other, tensor)), tensor)
        if same is tensor:
            others.append(tensor)
        layer, _, leaf = name.rpartition(".")
        setattr(network.get_submodule(layer), leaf, same)


def _check_fits(network: nn.Module, name: str, tensor: Tensor) -> None:
    own, (layer, _, leaf) = network.state_dict().get(name), name.rpartition(".")
    if own is None:  # a bias that a layer without one was given
        modules = dict(network.named_modules())
        if leaf != "bias" or layer not in modules or getattr(modules[layer], "bias", 0) is not None:
            raise ValueError(f"the network has no {name}")
    elif own.ndim != tensor.ndim or any(new > old for new, old in zip(tensor.shape, own.shape, strict=True)):
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}, in the network {tuple(own.shape)}")
    elif own.dtype != tensor.dtype:
        raise ValueError(f"{name} is {tensor.dtype}, in the network {own.dtype}")
