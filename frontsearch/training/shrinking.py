"""Leaves out dead units: trainings continue on a smaller network, and metrics are computed on one."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from frontsearch.compaction import (
    NO_CHANNELS,
    Channels,
    Needed,
    compacted,
    cut,
    live_channels,
    unread_channels,
    without_rows,
)
from frontsearch.recipe import Pruning
from frontsearch.training.channel_norms import ChannelNorms
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import GroupL1
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.weights import Weights

MAX_COMPACT_SHARE = 0.9  # a network is compacted again only if at most this share of its parameters is left


@dataclass(frozen=True, slots=True)
class TrainState:
    """What an optimiser step works on: a network, its weights and the optimiser."""

    network: nn.Module
    weights: Weights
    optimiser: Optimiser


class Shrinking:
    """Moves a training to ever smaller networks as channels die, and keeps its full-size state.

    A channel is dead if all weights that take it, and the penalised ones that compute it, are zero and may not regrow:
    it adds nothing to any output, gets no gradient and has no l1. Nothing is left out if weights may regrow, or if
    thresholds are relative to a layer's mean square, which counts its zeros.

    Args:
        training: The training; its pruner works on the compact state.
        channels: Channels that may be left out.
        decayed: Names of the parameters that weight decay acts on; channels that they compute stay.

    Attributes:
        full: State of the full network, up to date only after :meth:`write_back`.
        compact: State that the steps work on; the full one until there are enough dead units.
    """

    def __init__(
        self, training: PreparedTraining, channels: Channels, *, decayed: AbstractSet[str] = frozenset()
    ) -> None:
        self.training = training
        self.full = self.compact = TrainState(training.network, training.weights, training.optimiser)
        self._live = torch.ones_like(channels.kept)
        self._all_channels = channels
        self.channels = channels if _zeros_are_permanent(training.recipe.pruning) else NO_CHANNELS
        self.pruner, self.decayed = training.pruner, decayed
        self._full_indices = torch.arange(len(self.full.weights.vector), device=self.full.weights.vector.device)
        self._indices = self._full_indices  # of the compact state's parameters in the full vector

    def shrink(self) -> TrainState:
        """Returns the state to continue with, smaller if enough channels have died, and updates the full one."""
        mask = self.write_back()
        if mask is None or not self.channels.kernels:
            return self.compact
        decaying = {name: self.full.weights.vector.new_ones(self.full.weights.shapes[name]) for name in self.decayed}
        masks = self.full.weights.penalised_views(mask) | decaying
        live = live_channels(self.channels, masks)
        indices = cut(self.full.weights.views(self._full_indices), self.channels, live)
        if sum(part.numel() for part in indices.values()) <= MAX_COMPACT_SHARE * len(self._indices):
            self._live = live
            self._move_to(compacted(self.full.network, self.channels, Needed(live)), indices, mask=mask)
        return self.compact

    def channel_norms(self) -> ChannelNorms:
        """What holds the channels of the compact state."""
        weights = self.compact.weights
        return ChannelNorms(weights.views(weights.vector), weights.views(self.training.channel_norms[self._indices]))

    def write_back(self) -> Tensor | None:
        """Copies weights, buffers and optimiser state from the compact state to the full one.

        Returns:
            0 for each penalised weight that is zero for good, else 1, ``(p,)``; None while every weight may change.
        """
        if self.compact is not self.full:
            self._copy_back()
        if self.pruner.mask is None:
            return None
        mask = torch.zeros_like(self.full.weights.penalised)
        mask[self._indices[: len(self.pruner.mask)]] = self.pruner.mask
        if _keeps_unread(self.training):
            mask = _without_unread(self.full.weights, self._all_channels, mask)
            self.pruner.mask = mask[self._indices[: len(self.compact.weights.penalised)]]
            _zero(self.full.weights, self.full.optimiser, mask)
            _zero(self.compact.weights, self.compact.optimiser, self.pruner.mask)
        return mask

    def end(self) -> None:
        """Brings the full state up to date after the last step."""
        self.write_back()
        zero_unread_(self.training, self._all_channels)

    def _copy_back(self) -> None:
        self._write_buffers_back()
        self.full.weights.vector[self._indices] = self.compact.weights.vector
        full_state = self.full.optimiser.state()
        for name, tensor in self.compact.optimiser.state().items():
            full_state[name][self._indices[: len(tensor)] if tensor.ndim else ...] = tensor

    def _write_buffers_back(self) -> None:
        buffers = dict(self.full.network.named_buffers())
        places = {name: torch.arange(buffer.numel()).view(buffer.shape) for name, buffer in buffers.items()}
        places = cut(places, self.channels, self._live)
        for name, buffer in self.compact.network.named_buffers():
            full, place = buffers[name], places[name].to(buffer.device)
            if not torch.equal(full.flatten()[place], buffer):
                full[torch.unravel_index(place, full.shape)] = buffer  # a buffer may lie in memory in any order

    def _move_to(self, network: nn.Module, indices: Mapping[str, Tensor], *, mask: Tensor) -> None:
        weights = Weights(network, self.full.weights.penalised_names)
        self._indices = weights.flat(indices)
        penalty = self.full.optimiser.penalty.restricted(self._indices[: len(weights.penalised)], weights)
        self.compact = TrainState(network, weights, Optimiser(self.training.recipe, weights, penalty))
        self.pruner.mask = mask[self._indices[: len(weights.penalised)]]
        self.pruner.removed = len(mask) - len(weights.penalised)
        full_state = self.full.optimiser.state()
        for name, tensor in self.compact.optimiser.state().items():
            tensor.copy_(full_state[name][self._indices[: len(tensor)] if tensor.ndim else ...])


def zero_unread_(training: PreparedTraining, channels: Channels) -> None:
    """Zeroes the weights that compute what nothing takes, in place, if their penalty does not do so by itself."""
    if _keeps_unread(training):
        penalised = training.weights.penalised
        mask = _without_unread(training.weights, channels, (penalised != 0).to(penalised.dtype))
        _zero(training.weights, training.optimiser, mask)


def _keeps_unread(training: PreparedTraining) -> bool:
    """Whether weights without any effect do not become zero in time: group thresholds scale them, norms are held."""
    return isinstance(training.optimiser.penalty, GroupL1) or bool(training.channel_norms.any())


def _without_unread(weights: Weights, channels: Channels, mask: Tensor) -> Tensor:
    """The mask, ``(p,)``, without the weights that compute what nothing takes, so outputs and loss stay the same."""
    masks = weights.penalised_views(mask)
    return weights.flat_penalised(without_rows(channels, masks, unread_channels(channels, masks)))


def _zero(weights: Weights, optimiser: Optimiser, mask: Tensor) -> None:
    """Zeroes penalised weights, and what the optimiser keeps of them, where the mask is zero, in place."""
    weights.penalised.mul_(mask)
    for tensor in optimiser.state().values():
        if tensor.ndim:
            tensor[: len(mask)].mul_(mask)


def _zeros_are_permanent(pruning: Pruning) -> bool:
    return not (pruning.regrow or pruning.relative)


def evaluation_network(weights: Weights, channels: Channels) -> nn.Module:
    """A network with the same outputs to compute metrics on: compacted if enough is dead, else the network."""
    network = weights.network
    if not channels.kernels:
        return network
    live = live_channels(channels, weights.penalised_views(weights.penalised))
    left = sum(part.numel() for part in cut(weights.views(weights.vector), channels, live).values())
    if left > MAX_COMPACT_SHARE * len(weights.vector):
        return network
    compact = compacted(network, channels, Needed(live))
    return Weights(compact, weights.penalised_names).network
