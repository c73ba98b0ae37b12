"""Which channels a network needs: those that may still learn, for a training, or those that its outputs depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from frontsearch.compaction.channels import Channels, Join, Kernel

Named = Mapping[str, Tensor]


def live_channels(channels: Channels, masks: Mapping[str, Tensor]) -> Tensor:
    """Which channels a training needs, ``(channels,)``.

    A channel is dead if the weights that take it, the penalised ones that compute it and its penalised bias are zero
    and stay zero: it adds nothing to any output, gets no gradient and has no l1. A layer whose channels are all dead
    keeps its first one.

    Args:
        channels: Channels of the full network.
        masks: For each penalised parameter, by name, a mask of its shape that is nonzero where the parameter is or may
            become nonzero. Parameters that are not penalised have no mask.
    """
    live = channels.kept.clone()
    for kernel in channels.kernels:
        mask = masks.get(kernel.weight)
        if mask is None:
            live[channels.of(kernel.inputs)] = True
        else:
            nonzero = kernel.matrix(mask).any(2).cpu()
            live[channels.of(kernel.rows[nonzero.any(1)])] = True
            live[channels.of(kernel.columns[nonzero])] = True
    for name, vector in channels.vectors.items():
        if (mask := masks.get(name)) is not None:
            live[channels.of(vector[mask.bool().cpu()])] = True
    return channels.with_a_rest(live)


def unread_channels(channels: Channels, masks: Mapping[str, Tensor]) -> Tensor:
    """Which channels nothing that the outputs depend on can take, ``(channels,)``.

    Args:
        channels: Channels of the full network.
        masks: As those of :func:`live_channels`.
    """
    read, before = channels.kept.clone(), torch.empty(0)
    while not torch.equal(read, before):
        before = read.clone()
        for kernel in reversed(channels.kernels):
            mask, takes = masks.get(kernel.weight), read[channels.of(kernel.rows)][:, None]
            reads = takes if mask is None else takes & kernel.matrix(mask).any(2).cpu()
            read[channels.of(kernel.columns[reads.expand(kernel.columns.shape)])] = True
    return ~read


def without_rows(channels: Channels, masks: Named, gone: Tensor) -> dict[str, Tensor]:
    """The masks without the weights and biases that compute channels that are gone, ``(channels,)``.

    Args:
        channels: Channels of the full network.
        masks: For each penalised parameter, by name, a mask of its shape.
        gone: Which channels are gone.
    """
    found = dict(masks)
    for kernel in channels.kernels:
        if kernel.weight in found:
            rows = gone[channels.of(kernel.rows)][:, None].expand(kernel.columns.shape)
            mask = found[kernel.weight]
            found[kernel.weight] = mask.masked_fill(kernel.entries(rows, mask).to(mask.device), 0)
    for name, vector in channels.vectors.items():
        if name in found:
            found[name] = found[name].masked_fill(gone[channels.of(vector)].to(found[name].device), 0)
    return found


@dataclass(frozen=True, slots=True)
class Needed:
    """What the outputs of a network depend on, and what has to be corrected where the rest is left out.

    Attributes:
        live: Which channels are left, ``(channels,)``.
        idle: Which of them only stand in for a layer that is not needed, ``(channels,)``: nothing may take them.
        biases: What those left out add to what a kernel computes, by the name of its weight, ``(outputs,)``.
    """

    live: Tensor
    idle: Tensor | None = None
    biases: Mapping[str, Tensor] = field(default_factory=dict)

    def with_idle(self, live: Tensor) -> "Needed":
        """Leaves these channels, ``(channels,)``; those that were not left before are idle."""
        idle = live & ~self.live
        return replace(self, live=live, idle=idle if self.idle is None else self.idle | idle)


def needed_channels(channels: Channels, named: Named) -> Needed:
    """What the outputs of a network depend on.

    A channel is not needed if nothing that is needed takes it, or if it is the same number for every input and all that
    take it have a bias that the number can go into.

    Args:
        channels: Channels of this network, found with its present weights.
        named: Its parameters and buffers, by name.
    """
    matrices = {kernel.weight: kernel.matrix(named[kernel.weight].detach().cpu()) for kernel in channels.kernels}
    nonzero = {name: (matrix != 0).any(2) for name, matrix in matrices.items()}
    varies = _varying(channels, nonzero)
    folds = _folds(channels, varies)
    needed, before = channels.kept.clone(), torch.empty(0)
    while not torch.equal(needed, before):
        before = needed.clone()
        for kernel in reversed(channels.kernels):
            reads = nonzero[kernel.weight] & needed[channels.of(kernel.rows)][:, None]
            reads &= ~kernel.by_output(folds[kernel.weight])
            needed[channels.of(kernel.columns[reads])] = True
    live = channels.with_a_rest(needed.clone())
    biases = {}
    for kernel in channels.kernels:
        folded = folds[kernel.weight] & ~needed[channels.of(kernel.inputs)]
        values = kernel.by_output(torch.where(folded, kernel.values, 0.0))
        if values.any():
            biases[kernel.weight] = (matrices[kernel.weight].double().sum(2) * values).sum(1)
    return Needed(live, live & ~needed, biases)


def _varying(channels: Channels, nonzero: Named) -> Tensor:
    """Which labels stand for something that is not the same for every input, ``(labels,)``."""
    varies = torch.ones(len(channels.number), dtype=torch.bool)
    varies[1 : channels.varying_from] = False
    for step in channels.steps:
        if isinstance(step, Join):
            varies[step.rows.long()] = varies[step.parts.long()].any(0) | step.varies
        else:
            varies[step.rows.long()] = (nonzero[step.weight] & varies[step.columns.long()]).any(1)
    return varies


def _folds(channels: Channels, varies: Tensor) -> dict[str, Tensor]:
    """Which inputs of each kernel are a number that can go into its bias, ``(inputs,)``, by the name of its weight."""
    found = {}
    for kernel in channels.kernels:
        folds = ~kernel.values.isnan()
        if kernel.groups > 1 or not kernel.takes_bias or not kernel.uniform:
            folds = kernel.values == 0
        found[kernel.weight] = folds
    for step in channels.steps:
        if isinstance(step, Kernel):
            found[step.weight] = found[step.weight] & ~varies[step.inputs.long()]
    return found
