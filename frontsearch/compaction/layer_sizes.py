"""``LayerSize``: what compaction leaves of a layer."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from frontsearch.compaction.channels import Channels
from frontsearch.compaction.cutting import get_tensor


@dataclass(frozen=True, slots=True)
class LayerSize:
    """What compaction leaves of a layer.

    Attributes:
        layer: Name of the layer.
        units: Number of its outputs before and after.
        parameters: Number of its own parameters before and after.
        multiply_adds: Multiplications with its weights for one example before and after.
    """

    layer: str
    units: tuple[int, int]
    parameters: tuple[int, int]
    multiply_adds: tuple[int, int]


def layer_sizes(channels: Channels, networks: tuple[nn.Module, nn.Module], live: Tensor) -> tuple[LayerSize, ...]:
    """What is left of each layer with a kernel: those that were followed in forward order, then the others.

    Args:
        channels: Channels of the whole network.
        networks: The whole network and the smaller one.
        live: The channels that are left.
    """
    sizes: dict[str, list[tuple[int, ...]]] = {}
    for kernel in channels.kernels:
        units = len(kernel.rows), int(live[channels.of(kernel.rows)].sum())
        costs = (kernel.positions * get_tensor(network, kernel.weight).numel() for network in networks)
        sizes.setdefault(kernel.layer, []).append((*units, *costs))
    for whole in channels.whole:
        sizes.setdefault(whole.layer, []).append((whole.units,) * 2 + (whole.multiply_adds,) * 2)
    found = []
    for layer, of_kernels in sizes.items():
        before, after, costs_before, costs_after = map(sum, zip(*of_kernels, strict=True))
        parameters = [sum(map(Tensor.numel, _own_parameters(network.get_submodule(layer)))) for network in networks]
        found.append(LayerSize(layer, (before, after), (parameters[0], parameters[1]), (costs_before, costs_after)))
    return tuple(found)


def number_of_parameters(network: nn.Module) -> int:
    """The number of entries of all parameters of a network."""
    return sum(map(Tensor.numel, network.parameters()))


def _own_parameters(layer: nn.Module) -> Iterator[nn.Parameter]:
    """The parameters of a layer, and those that parametrizations compute one from."""
    for name, parameter in layer.named_parameters():
        if "." not in name or name.startswith("parametrizations."):
            yield parameter
