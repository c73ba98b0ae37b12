"""What lives of a network: trainings go on with that alone once the rest is dead for good, and are evaluated on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from frontsearch.compaction import compacted, live_parts, live_units
from frontsearch.recipe import Pruning, Recipe
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import Pruner
from frontsearch.training.weights import Weights

WORTH = 0.9  # a smaller body is made where it has at most this share of the parameters of the one in use


@dataclass(frozen=True, slots=True)
class TrainState:
    """What a step works on: a network, its weights and what moves them."""

    network: nn.Module
    weights: Weights
    optimiser: Optimiser


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

    def __init__(self, whole: TrainState, chain: Sequence[str], *, recipe: Recipe, pruner: Pruner) -> None:
        self.whole = self.part = whole
        self.chain = chain if _certain(recipe.pruning) else ()
        self.recipe, self.pruner = recipe, pruner
        self._order = torch.arange(len(whole.weights.vector), device=whole.weights.vector.device)
        self._places = self._order  # of the part's parameters among the whole's

    def shrink(self) -> TrainState:
        """The part to go on with, smaller where that is worth it by now; the whole is brought up to date."""
        self.restore()
        if not self.chain or self.pruner.kept is None:
            return self.part
        kept = torch.zeros_like(self.whole.weights.penalised)
        kept[self._places[: len(self.pruner.kept)]] = self.pruner.kept
        units = live_units(self.whole.network, self.chain, kept=self.whole.weights.penalised_views(kept))
        places = live_parts(self.whole.weights.views(self._order), units)
        if sum(piece.numel() for piece in places.values()) <= WORTH * len(self._places):
            self._enter(compacted(self.whole.network, units), places, kept=kept)
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
        self.part = TrainState(network, weights, Optimiser(self.recipe, weights))
        self.pruner.kept = kept[self._places[: len(weights.penalised)]]
        self.pruner.left_out = len(kept) - len(weights.penalised)
        whole = self.whole.optimiser.state()
        for name, tensor in self.part.optimiser.state().items():
            tensor.copy_(whole[name][self._places[: len(tensor)] if tensor.ndim else ...])


def _certain(pruning: Pruning) -> bool:
    return not (pruning.regrow or pruning.relative)


def evaluation_network(body: TrainState, chain: Sequence[str]) -> nn.Module:
    """The network, or where that is worth it a smaller one of the units that live now alone, with the same outputs."""
    network, weights = body.network, body.weights
    if not chain:
        return network
    units = live_units(network, chain, kept=weights.penalised_views(weights.penalised))
    left = sum(piece.numel() for piece in live_parts(weights.views(weights.vector), units).values())
    if left > WORTH * len(weights.vector):
        return network
    part = compacted(network, units)
    Weights(part, weights.chosen)  # lays its kernels out as those of whatever is trained
    return part
