"""``StackedNetwork``: one forward and backward pass for ``k`` networks of one architecture."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from frontsearch.training.stacked.chain import Chain, Link
from frontsearch.training.stacked.layer import Layer, Part
from frontsearch.training.stacked.layers import LAYERS
from frontsearch.training.stacked.losses import StackedLoss
from frontsearch.training.stacked.weights import StackedWeights


class StackedNetwork:
    """``k`` networks of one architecture.

    Args:
        chain: The layers of the architecture.
        networks: The networks, at least one; they are only read, but the buffers of a BatchNorm are updated.
        generators: What each network draws random numbers from.
        weights: Their weights.
        loss: Their loss.
    """

    def __init__(
        self, chain: Chain, networks: Sequence[nn.Module], generators: Sequence[torch.Generator], *,
        weights: StackedWeights, loss: StackedLoss,
    ) -> None:  # fmt: skip
        parameters, gradients = weights.views(weights.vector), weights.views(weights.gradient)

        def layer(link: Link) -> Layer:
            part = Part(
                modules=[link.of(network) for network in networks], parameters=_within(parameters, link),
                gradients=_within(gradients, link), generators=generators,
            )  # fmt: skip
            return LAYERS[type(link.module)](part)

        self._layers = [layer(link) for link in chain.links]
        kept = [number for number, link in enumerate(chain.links) if any(True for _ in link.module.parameters())]
        self._first, self._loss = self._layers[kept[0]], loss

    def gradient_step(self, inputs: Tensor, targets: Tensor, *, examples: int) -> Tensor:
        """The mean loss of each network, ``(k,)``; writes its gradient into the weights' ``gradient``.

        Args:
            inputs: Inputs of each network, ``(k, n, ...)``.
            targets: Their targets, ``(k, n, ...)``.
            examples: How many of the ``n`` examples are not padding.
        """
        features = inputs.movedim(1, -1)
        for layer in self._layers:
            features = layer.forward(features, examples=examples)
        losses, gradient = self._loss(features, targets, examples=examples)
        for layer in reversed(self._layers):
            gradient = layer.backward(gradient, first=layer is self._first)
            if layer is self._first:
                break
        return losses


def _within(named: Mapping[str, Tensor], link: Link) -> dict[str, Tensor]:
    """The link's own tensors, by their names within it."""
    return {name: named[f"{link.prefix}{name}"] for name, _ in link.module.named_parameters()}
