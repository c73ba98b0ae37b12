"""``ChannelNorms``: holds the norms of channels that a BatchNorm follows, so that l1 cannot be lowered for nothing.

The BatchNorm divides by whatever size a channel's weights have. A penalty makes them all smaller, which changes nothing
of what the network computes, but weakens the penalty against the gradients: these grow as the weights shrink, and few
weights become zero. Behind a tanh or an ELU the size matters, and nothing is held.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _NormBase

from frontsearch.tasks import Inputs, Task, forward, joined, seeded
from frontsearch.tracing import draw_weights_
from frontsearch.training.weights import Weights

EXAMPLES = 8
TOLERANCE = 1e-2  # of a cosine, and of outputs relative to the largest; a BatchNorm adds a small number to the variance


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


def normalised_kernels(task: Task) -> frozenset[str]:
    """Names of the penalised kernels whose channels may have any scale, as a normalisation follows.

    Then the gradient of anything computed from the outputs is orthogonal to the weights of a channel. All kernels of
    which that is true are tried out together in training mode: other scales must leave the outputs as they are.
    """
    network = task.network(0).train()
    if not any(isinstance(module, _NormBase) for module in network.modules()):
        return frozenset()
    with seeded(0):
        draw_weights_(network)
        inputs = next(task.splits["train"].pieces(EXAMPLES)).map(Tensor.cpu).inputs
    try:
        outputs = _outputs(network, inputs)
        (outputs * torch.linspace(-1, 2, outputs.numel()).view(outputs.shape)).sum().backward()
        kernels = {
            name: each for name, each in network.named_parameters()
            if name in task.penalised and each.ndim > 1 and _is_orthogonal(each)
        }  # fmt: skip
        with torch.no_grad():
            for kernel in kernels.values():
                kernel.mul_(torch.linspace(2, 3, len(kernel)).view(-1, *[1] * (kernel.ndim - 1)))
            difference = (_outputs(network, inputs) - outputs).abs().max()
    except Exception:  # noqa: BLE001 - a forward pass may raise anything
        return frozenset()
    return frozenset(kernels) if difference <= TOLERANCE * outputs.abs().max() else frozenset()


def _is_orthogonal(kernel: Tensor) -> bool:
    """Whether a kernel has a gradient, and that of each channel is orthogonal to the channel's weights."""
    if kernel.grad is None or not kernel.grad.any():
        return False
    cosines = functional.cosine_similarity(kernel.detach().flatten(1), kernel.grad.flatten(1))
    return bool((cosines.abs() <= TOLERANCE).all())


def _outputs(network: nn.Module, inputs: Inputs) -> Tensor:
    with seeded(0):  # for dropout
        return joined(forward(network, inputs)).double()
