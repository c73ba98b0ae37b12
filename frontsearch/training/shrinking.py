"""What lives of a network: trainings go on with that alone once the rest is dead for good, and are evaluated on it."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.recipe import Pruning, Recipe
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import Pruner
from frontsearch.training.weights import Weights

WORTH = 0.9  # a smaller body is made where it has at most this share of the parameters of the one in use


@dataclass(frozen=True, slots=True)
class Body:
    """What a step works on: a network, its weights and what moves them."""

    network: nn.Module
    weights: Weights
    optimiser: Optimiser


@dataclass(frozen=True, slots=True)
class Units:
    """Which inputs and outputs of a layer live, as indices."""

    inputs: Tensor
    outputs: Tensor

    def of(self, parameter: Tensor) -> Tensor:
        """What lives of a kernel, ``(outputs, inputs, ...)``, or of a bias, ``(outputs,)``."""
        living = parameter[self.outputs]
        return living if parameter.ndim == 1 else living[:, self.inputs]


class Shrinking:
    """The whole body of a training, and the part of it that its steps work on.

    A unit is dead when everything on its way out, and all that is penalised on its way in, is zero and may not regrow:
    then it adds nothing to any output, gets no gradient and has no l1. Zeros may be left out where the threshold is not
    one in units of a layer that has them.

    Args:
        whole: The body in the network's own shape.
        chain: Of the task.
        recipe: Of the training.
        pruner: Of the training; it works on the part.
    """

    def __init__(self, whole: Body, chain: Sequence[str], *, recipe: Recipe, pruner: Pruner) -> None:
        self.whole = self.part = whole
        self.chain = chain if _certain(recipe.pruning) else ()
        self.recipe, self.pruner = recipe, pruner
        self._order = torch.arange(len(whole.weights.vector), device=whole.weights.vector.device)
        self._places = self._order  # of the part's parameters among the whole's

    def shrink(self) -> Body:
        """The part to go on with, smaller where that is worth it by now; the whole is brought up to date."""
        self.restore()
        if not self.chain or self.pruner.kept is None:
            return self.part
        kept = torch.zeros_like(self.whole.weights.penalised)
        kept[self._places[: len(self.pruner.kept)]] = self.pruner.kept
        units = living(self.whole.weights, self.chain, kept=kept)
        places = _selected(self.whole.weights.views(self._order), units)
        if sum(piece.numel() for piece in places.values()) <= WORTH * len(self._places):
            self._enter(smaller(self.whole.network, units), places, kept=kept)
        return self.part

    def restore(self) -> None:
        """Brings the whole up to date with the part."""
        if self.part is self.whole:
            return
        self.whole.weights.vector[self._places] = self.part.weights.vector
        whole = self.whole.optimiser.state()
        for name, tensor in self.part.optimiser.state().items():
            whole[name][self._places[: len(tensor)] if tensor.ndim else ...] = tensor

    def _enter(self, network: nn.Module, places: Mapping[str, Tensor], *, kept: Tensor) -> None:
        weights = Weights(network, self.whole.weights.chosen)
        self._places = weights.flat(places)
        self.part = Body(network, weights, Optimiser(self.recipe, weights))
        self.pruner.kept = kept[self._places[: len(weights.penalised)]]
        self.pruner.left_out = len(kept) - len(weights.penalised)
        whole = self.whole.optimiser.state()
        for name, tensor in self.part.optimiser.state().items():
            tensor.copy_(whole[name][self._places[: len(tensor)] if tensor.ndim else ...])


def _certain(pruning: Pruning) -> bool:
    return not (pruning.regrow or pruning.relative)


def living(weights: Weights, chain: Sequence[str], *, kept: Tensor) -> dict[str, Units]:
    """The units that live of each layer of a chain; of units that all are dead the first one stays.

    Args:
        weights: Of a whole network.
        chain: Its layers, see :class:`~frontsearch.tasks.base.Task`.
        kept: 1 where a penalised weight may be anything but zero, else 0, ``(p,)``.
    """
    others = len(weights.vector) - len(kept)
    ways_in = weights.views(torch.cat([kept, kept.new_zeros(others)]))
    ways_out = weights.views(torch.cat([kept, kept.new_ones(others)]))
    rows = [_coming_in(ways_in, name) for name in chain]
    columns = [ways_out[f"{name}.weight"].transpose(0, 1).flatten(1).any(1) for name in chain]
    inputs = columns[0] if ways_in[f"{chain[0]}.weight"].ndim == 2 else torch.ones_like(columns[0])
    between = [row | column.view(len(row), -1).any(1) for row, column in zip(rows, columns[1:], strict=False)]
    ends = [_some(units) for units in (inputs, *between, torch.ones_like(rows[-1]))]
    wide = [units.repeat_interleave(len(column) // len(units)) for units, column in zip(ends, columns, strict=False)]
    layers = zip(chain, wide, ends[1:], strict=True)
    return {name: Units(inputs.nonzero()[:, 0], outputs.nonzero()[:, 0]) for name, inputs, outputs in layers}


def _coming_in(ways_in: Mapping[str, Tensor], name: str) -> Tensor:
    """Whether anything penalised on the way into each unit of a layer, its bias too, may be anything but zero."""
    rows = ways_in[f"{name}.weight"].flatten(1).any(1)
    bias = ways_in.get(f"{name}.bias")
    return rows if bias is None else rows | bias.bool()


def _some(units: Tensor) -> Tensor:
    """The units themselves, the first one among them where there is none: no layer is empty."""
    units[0] |= ~units.any()
    return units


def least(body: Body, chain: Sequence[str]) -> nn.Module:
    """The network, or where that is worth it a smaller one of the units that live now alone, with the same outputs."""
    network, weights = body.network, body.weights
    if not chain:
        return network
    units = living(weights, chain, kept=(weights.penalised != 0).to(weights.penalised.dtype))
    left = sum(piece.numel() for piece in _selected(weights.views(weights.vector), units).values())
    if left > WORTH * len(weights.vector):
        return network
    part = smaller(network, units)
    Weights(part, weights.chosen)  # lays its kernels out as those of whatever is trained
    return part


def smaller(network: nn.Module, units: Mapping[str, Units]) -> nn.Module:
    """A copy of a network with these units alone, which takes the same inputs."""
    network = copy.deepcopy(network)
    for name, own in units.items():
        layer = network.get_submodule(name)
        for parameter, tensor in list(layer.named_parameters()):
            setattr(layer, parameter, nn.Parameter(own.of(tensor.detach()), requires_grad=tensor.requires_grad))
    first = next(iter(units))
    if isinstance(network.get_submodule(first), nn.Linear):
        network.register_forward_pre_hook(partial(_leave_out, units[first].inputs))
    return network


def _leave_out(inputs: Tensor, _: nn.Module, given: tuple[Tensor]) -> tuple[Tensor]:
    return (given[0].flatten(1).index_select(1, inputs),)


def _selected(named: Mapping[str, Tensor], units: Mapping[str, Units]) -> dict[str, Tensor]:
    """What lives of each parameter."""
    whose = {name: name.rpartition(".")[0] for name in named}
    return {name: units[whose[name]].of(tensor) if whose[name] in units else tensor for name, tensor in named.items()}
