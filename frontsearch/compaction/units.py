"""Finds the live units of a network and makes a smaller copy of it that contains only these."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Units:
    """Indices of the live inputs and outputs of one layer."""

    inputs: Tensor
    outputs: Tensor

    def select(self, parameter: Tensor) -> Tensor:
        """The live entries of a weight, ``(outputs, inputs, ...)``, or of a bias, ``(outputs,)``."""
        live = parameter[self.outputs]
        return live if parameter.ndim == 1 else live[:, self.inputs]


def live_units(network: nn.Module, chain: Sequence[str], *, masks: Mapping[str, Tensor]) -> dict[str, Units]:
    """The live units of each layer, by layer name; a layer whose units are all dead keeps its first one.

    A unit is dead if its outgoing weights, its penalised incoming weights and its bias, if penalised, are zero and stay
    zero.

    Args:
        network: The full network.
        chain: Names of its layers in forward order, see :class:`~frontsearch.tasks.Task`.
        masks: For each penalised parameter, by name, a mask of its shape that is nonzero where the parameter is or may
            become nonzero. Parameters that are not penalised have no mask.
    """
    rows = [_live_rows(network, name, masks) for name in chain]
    columns = [_live_columns(network, name, masks) for name in chain]
    kernel = network.get_parameter(f"{chain[0]}.weight")
    inputs = columns[0] if kernel.ndim == 2 else torch.ones_like(columns[0])
    between = [row | column.view(len(row), -1).any(1) for row, column in zip(rows, columns[1:], strict=False)]
    ends = [_at_least_one(units) for units in (inputs, *between, torch.ones_like(rows[-1]))]
    wide = [units.repeat_interleave(len(column) // len(units)) for units, column in zip(ends, columns, strict=False)]
    layers = zip(chain, wide, ends[1:], strict=True)
    return {name: Units(inputs.nonzero()[:, 0], outputs.nonzero()[:, 0]) for name, inputs, outputs in layers}


def live_parts(named: Mapping[str, Tensor], units: Mapping[str, Units]) -> dict[str, Tensor]:
    """The live entries of every parameter, by name; parameters of other layers are returned unchanged."""
    layers = {name: name.rpartition(".")[0] for name in named}
    return {
        name: units[layers[name]].select(tensor) if layers[name] in units else tensor for name, tensor in named.items()
    }


def compacted(network: nn.Module, units: Mapping[str, Units]) -> nn.Module:
    """A copy of a network that contains only these units and takes the same inputs."""
    network = copy.deepcopy(network)
    for name, layer_units in units.items():
        layer = network.get_submodule(name)
        for parameter, tensor in list(layer.named_parameters()):
            setattr(
                layer, parameter, nn.Parameter(layer_units.select(tensor.detach()), requires_grad=tensor.requires_grad)
            )
    first = next(iter(units))
    if isinstance(network.get_submodule(first), nn.Linear):
        network.register_forward_pre_hook(partial(_select_inputs, units[first].inputs))
    return network


def _live_rows(network: nn.Module, name: str, masks: Mapping[str, Tensor]) -> Tensor:
    """For each output of a layer: whether a penalised incoming weight, or its penalised bias, may be nonzero."""
    kernel, bias = masks.get(f"{name}.weight"), masks.get(f"{name}.bias")
    weight = network.get_parameter(f"{name}.weight")
    rows = weight.new_zeros(len(weight), dtype=torch.bool) if kernel is None else kernel.flatten(1).any(1)
    return rows if bias is None else rows | bias.bool()


def _live_columns(network: nn.Module, name: str, masks: Mapping[str, Tensor]) -> Tensor:
    """For each input of a layer: whether any of its weights may be nonzero; unpenalised weights always may."""
    kernel = masks.get(f"{name}.weight")
    mask = torch.ones_like(network.get_parameter(f"{name}.weight")) if kernel is None else kernel
    return mask.transpose(0, 1).flatten(1).any(1)


def _at_least_one(units: Tensor) -> Tensor:
    """Marks the first unit as live, in place, if none is: no layer may be empty."""
    units[0] |= ~units.any()
    return units


def _select_inputs(live: Tensor, _: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:
    return (inputs[0].flatten(1).index_select(1, live),)
