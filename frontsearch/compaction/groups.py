"""Which group each penalised weight belongs to: the input feature, hidden unit, channel or head that it takes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor, nn

from frontsearch.compaction.channels import Channels, Kernel
from frontsearch.compaction.steps import followed_channels
from frontsearch.tasks import Inputs


@torch.no_grad()
def weight_groups(network: nn.Module, inputs: Inputs, penalised: AbstractSet[str]) -> dict[str, Tensor]:
    """The group of each entry of the penalised parameters, by name, counted from 0, in the shapes of the parameters.

    The entries of all kernels that take a channel are one group, so a unit with several successors has one, too; the
    entry of a bias or of a BatchNorm that is penalised belongs to the channel that it acts on. What takes a channel
    that has to stay, such as the sum behind a LayerNorm, has a group for each kernel. Of a network that cannot be
    followed, each column of a kernel is a group.

    Args:
        network: The network, in evaluation mode.
        inputs: Inputs of a few examples.
        penalised: Names of the penalised parameters.
    """
    channels = followed_channels(network, inputs)
    kernels = {kernel.weight: kernel for kernel in reversed(channels.kernels)}
    own, found = len(channels.kept), {}  # groups that are no channel's follow the channels
    for name, parameter in network.named_parameters():
        if name in penalised:
            channel, place = _channels_and_places(parameter, channels, kernel=kernels.get(name), name=name)
            found[name] = torch.where(channel > 0, channel, own + place)
            own += int(place.max()) + 1
    _, numbers = torch.cat([part.flatten() for part in found.values()]).unique(return_inverse=True)
    pieces = numbers.split([part.numel() for part in found.values()])
    return {name: piece.view(part.shape) for (name, part), piece in zip(found.items(), pieces, strict=True)}


def computed_groups(channels: Channels, groups: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """For each entry of the penalised parameters the group of what takes the unit that it computes, by name.

    It is -1 where the unit has to stay, or something takes it that is not penalised.

    Args:
        channels: Channels of the network.
        groups: Those of :func:`weight_groups`.
    """
    group_of = torch.full(channels.kept.shape, -1)
    for kernel in channels.kernels:
        if kernel.weight in groups:
            group_of[channels.of(kernel.columns)] = kernel.matrix(groups[kernel.weight])[:, :, 0]
    for kernel in channels.kernels:
        if kernel.weight not in groups:
            group_of[channels.of(kernel.inputs)] = -1
    group_of[channels.kept] = -1
    found = {name: torch.full_like(part, -1) for name, part in groups.items()}
    for kernel in channels.kernels:
        if kernel.weight in groups:
            rows = group_of[channels.of(kernel.rows)][:, None].expand(kernel.columns.shape)
            found[kernel.weight] = kernel.entries(rows, groups[kernel.weight])
    return found


def _channels_and_places(
    parameter: nn.Parameter, channels: Channels, *, kernel: Kernel | None, name: str
) -> tuple[Tensor, Tensor]:
    """The channel of each entry, 0 for those that have to stay, and its place among the inputs."""
    if kernel is not None:
        places = kernel.by_output(torch.arange(len(kernel.inputs)))
        return kernel.entries(channels.of(kernel.columns), parameter), kernel.entries(places, parameter)
    axis = min(1, parameter.ndim - 1)
    shape = [-1 if dim == axis else 1 for dim in range(parameter.ndim)]
    places = torch.arange(parameter.shape[axis] if parameter.ndim else 1).view(shape).expand(parameter.shape)
    if (vector := channels.vectors.get(name)) is not None:
        return channels.of(vector), places
    return torch.zeros_like(places), places
