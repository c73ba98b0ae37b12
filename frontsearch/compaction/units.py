"""The live units of a network, and a smaller copy of the network that has these units alone."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Units:
    """The live inputs and outputs of one layer, as indices."""

    inputs: Tensor
    outputs: Tensor

    def of(self, parameter: Tensor) -> Tensor:
        """The live part of a kernel, ``(outputs, inputs, ...)``, or of a bias, ``(outputs,)``."""
        live = parameter[self.outputs]
        return live if parameter.ndim == 1 else live[:, self.inputs]


def live_units(network: nn.Module, chain: Sequence[str], *, kept: Mapping[str, Tensor]) -> dict[str, Units]:
    """The live units of each layer of a chain; where all units of a layer are dead, its first one is kept.

    A unit is dead when all its outgoing weights, and its penalised incoming ones, are zero and stay zero.

    Args:
        network: The whole network.
        chain: Its layers in order, see :class:`~frontsearch.tasks.Task`.
        kept: For each penalised parameter, by name, a mask in its shape: nonzero where a weight may be anything but
            zero. Parameters that are not penalised are left out.
    """
    rows = [_incoming(network, name, kept) for name in chain]
    columns = [_outgoing(network, name, kept) for name in chain]
    kernel = network.get_parameter(f"{chain[0]}.weight")
    inputs = columns[0] if kernel.ndim == 2 else torch.ones_like(columns[0])
    between = [row | column.view(len(row), -1).any(1) for row, column in zip(rows, columns[1:], strict=False)]
    ends = [_at_least_one(units) for units in (inputs, *between, torch.ones_like(rows[-1]))]
    wide = [units.repeat_interleave(len(column) // len(units)) for units, column in zip(ends, columns, strict=False)]
    layers = zip(chain, wide, ends[1:], strict=True)
    return {name: Units(inputs.nonzero()[:, 0], outputs.nonzero()[:, 0]) for name, inputs, outputs in layers}


def live_parts(named: Mapping[str, Tensor], units: Mapping[str, Units]) -> dict[str, Tensor]:
    """The live part of every parameter, by name; parameters of other layers are returned whole."""
    layers = {name: name.rpartition(".")[0] for name in named}
    return {name: units[layers[name]].of(tensor) if layers[name] in units else tensor for name, tensor in named.items()}


def compacted(network: nn.Module, units: Mapping[str, Units]) -> nn.Module:
    """A copy of a network with these units alone; it takes the same inputs as the whole network."""
    network = copy.deepcopy(network)
    for name, own in units.items():
        layer = network.get_submodule(name)
        for parameter, tensor in list(layer.named_parameters()):
            setattr(layer, parameter, nn.Parameter(own.of(tensor.detach()), requires_grad=tensor.requires_grad))
    first = next(iter(units))
    if isinstance(network.get_submodule(first), nn.Linear):
        network.register_forward_pre_hook(partial(_select_inputs, units[first].inputs))
    return network


def _incoming(network: nn.Module, name: str, kept: Mapping[str, Tensor]) -> Tensor:
    """Whether any penalised weight into each unit of a layer, or its penalised bias, may be nonzero."""
    kernel, bias = kept.get(f"{name}.weight"), kept.get(f"{name}.bias")
    whole = network.get_parameter(f"{name}.weight")
    rows = whole.new_zeros(len(whole), dtype=torch.bool) if kernel is None else kernel.flatten(1).any(1)
    return rows if bias is None else rows | bias.bool()


def _outgoing(network: nn.Module, name: str, kept: Mapping[str, Tensor]) -> Tensor:
    """Whether any weight of a layer may be nonzero for each of its inputs; without a penalty any may."""
    kernel = kept.get(f"{name}.weight")
    whole = torch.ones_like(network.get_parameter(f"{name}.weight")) if kernel is None else kernel
    return whole.transpose(0, 1).flatten(1).any(1)


def _at_least_one(units: Tensor) -> Tensor:
    """The units themselves, with the first one live where none is: no layer is empty."""
    units[0] |= ~units.any()
    return units


def _select_inputs(inputs: Tensor, _: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
    return (given[0].flatten(1).index_select(1, inputs),)
