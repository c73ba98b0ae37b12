"""``ChannelNorms``: holds the norms of channels that a BatchNorm follows, so that l1 cannot be lowered for nothing.

The BatchNorm divides by whatever size a channel's weights have. A penalty makes them all smaller, which changes nothing
of what the network computes, but weakens the penalty against the gradients: these grow as the weights shrink, and few
weights become zero.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor, nn

from frontsearch.scale import CanonicalScale
from frontsearch.tasks import Inputs, Task, forward, joined, seeded
from frontsearch.tracing import draw_weights_
from frontsearch.training.weights import Weights

EXAMPLES = 8
TOLERANCE = 1e-2  # relative to the largest output; a BatchNorm adds a small number to the variance


class ChannelNorms:
    """Brings channels back to their norms.

    Args:
        weights: Weights by name, ``(outputs, ...)`` each, which are changed in place; those of several networks if each
            has a first dimension more.
        norms: For each of their entries the norm of the channel that it belongs to; 0 where it is free.
        dimension: Dimension that counts the channels.
    """

    def __init__(self, weights: Mapping[str, Tensor], norms: Mapping[str, Tensor], *, dimension: int = 0) -> None:
        self._held = []
        for name, each in norms.items():
            if each.any():
                inner = tuple(range(dimension + 1, each.ndim))
                self._held.append((weights[name], each.amax(inner, keepdim=True), inner))

    @torch.no_grad()
    def restore_(self) -> None:
        """Multiplies the weights of each channel by one number; a channel without any is left as it is."""
        for weights, norms, inner in self._held:
            found = torch.linalg.vector_norm(weights, dim=inner, keepdim=True)
            weights.mul_(torch.where((norms > 0) & (found > 0), norms / found, 1.0))


def channel_norms(weights: Weights, kernels: AbstractSet[str]) -> Tensor:
    """For each weight of these kernels the norm of its channel, ``(n,)``; 0 for all others."""
    vector = torch.zeros_like(weights.vector)
    norms = weights.views(vector)
    for name, view in weights.views(weights.vector).items():
        if name in kernels:
            norms[name].copy_(torch.linalg.vector_norm(view, dim=tuple(range(1, view.ndim)), keepdim=True))
    return vector


@torch.no_grad()
def normalised_kernels(task: Task, scale: CanonicalScale) -> frozenset[str]:
    """Names of the kernels that l1 penalises and a BatchNorm follows, so that their channels may have any scale.

    There are none if the outputs of the network in training mode depend on the scales, as where a BatchNorm is frozen,
    and none for group-l1, whose groups hold the BatchNorm's weights.
    """
    names = {kernel.weight for kernel in scale.units.kernels if kernel.normalisation and not kernel.stands_alone}
    fixed = {kernel.weight for kernel in scale.units.kernels if kernel.output_axis}
    kernels = frozenset(name for name in names - fixed if name in task.penalised)
    return kernels if kernels and task.complexity == "l1" and _are_free(task, kernels) else frozenset()


def _are_free(task: Task, kernels: AbstractSet[str]) -> bool:
    """Whether random scales of the kernels' channels leave the outputs of a network of random weights as they are."""
    network = task.network(0).train()
    try:
        with seeded(0):
            draw_weights_(network)
            inputs = next(task.splits["train"].pieces(EXAMPLES)).map(Tensor.cpu).inputs
        expected = _outputs(network, inputs)
        for name in kernels:
            kernel = network.get_parameter(name)
            kernel.mul_(torch.linspace(1, 2, len(kernel)).view(-1, *[1] * (kernel.ndim - 1)))
        found = _outputs(network, inputs)
    except Exception:  # noqa: BLE001 - a forward pass may raise anything
        return False
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max())


def _outputs(network: nn.Module, inputs: Inputs) -> Tensor:
    with seeded(0):  # for dropout
        return joined(forward(network, inputs)).double()
