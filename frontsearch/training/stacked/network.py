"""``StackedNetwork``: one forward and backward pass for ``k`` networks of one architecture."""

from collections.abc import Sequence

from torch import Tensor, nn

from frontsearch.training.stacked.layers import LAYERS, Layer
from frontsearch.training.stacked.losses import StackedLoss
from frontsearch.training.stacked.weights import StackedWeights


class StackedNetwork:
    """``k`` networks of one architecture.

    Args:
        networks: The networks, at least one; they are only read, but the buffers of a BatchNorm are updated.
        weights: Their weights.
        loss: Their loss.
    """

    def __init__(self, networks: Sequence[nn.Module], weights: StackedWeights, loss: StackedLoss) -> None:
        chains = [chain_of(network) or [] for network in networks]
        parameters, gradients = weights.views(weights.vector), weights.views(weights.gradient)
        self._layers: list[Layer] = [
            LAYERS[type(module)](
                name, [chain[place][1] for chain in chains], parameters=parameters, gradients=gradients
            )
            for place, (name, module) in enumerate(chains[0])
        ]
        self._loss = loss

    def gradient_step(self, inputs: Tensor, targets: Tensor, *, examples: int) -> Tensor:
        """The mean loss of each network, ``(k,)``; writes its gradient into the weights' ``gradient``.

        Args:
            inputs: Inputs of each network, ``(k, n, features)``.
            targets: Their targets, ``(k, n, ...)``.
            examples: How many of the ``n`` examples are not padding.
        """
        features = inputs.transpose(1, 2)
        for layer in self._layers:
            features = layer.forward(features, examples=examples)
        losses, gradient = self._loss(features, targets, examples=examples)
        for layer in reversed(self._layers):
            gradient = layer.backward(gradient, first=layer is self._layers[0])
        return losses


def chain_of(network: nn.Module) -> list[tuple[str, nn.Module]] | None:
    """The layers that a network applies one after the other, each with the prefix of its parameters' names.

    Returns:
        None unless the network is such a chain, of layers that can be stacked; a layer that flattens images may come
        first and is left out.
    """
    found = _modules(network, "")
    if found is None:
        return None
    if found and type(found[0][1]) is nn.Flatten and (found[0][1].start_dim, found[0][1].end_dim) == (1, -1):
        found = found[1:]
    dense = any(isinstance(module, nn.Linear) for _, module in found)
    return found if dense and all(_is_stackable(module) for _, module in found) else None


def _modules(network: nn.Module, prefix: str) -> list[tuple[str, nn.Module]] | None:
    if type(network) is not nn.Sequential:
        return [(prefix, network)]
    if _has_hooks(network):
        return None
    parts = [_modules(module, f"{prefix}{name}.") for name, module in network.named_children()]
    return None if None in parts else [part for found in parts for part in found or ()]


def _is_stackable(module: nn.Module) -> bool:
    if type(module) not in LAYERS or _has_hooks(module):
        return False
    return not isinstance(module, nn.BatchNorm1d) or bool(
        module.affine and module.track_running_stats and module.momentum is not None
    )


def _has_hooks(module: nn.Module) -> bool:
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)  # noqa: SLF001 - torch has no public question
    return any(hooks)
