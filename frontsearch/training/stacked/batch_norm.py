"""``BatchNorm``: batch normalisation, side by side."""

from functools import partial
from typing import ClassVar

from torch import Tensor

from frontsearch.training.stacked.graph import Graph
from frontsearch.training.stacked.layer import AnyModule, Part, Plain


class BatchNorm(Plain):
    """Batch normalisation of channels; the running statistics are those of each network's own module."""

    def __init__(self, part: Part) -> None:
        names = "weight", "bias"
        self._parameters, self._gradients = (
            [each[name] for name in names] for each in (part.parameters, part.gradients)
        )
        self._modules, self._eps = part.modules, part.modules[0].eps

    @classmethod
    def accepts(cls, module: AnyModule) -> bool:
        """One with parameters and running statistics that are moving averages."""
        return bool(module.affine and module.track_running_stats and module.momentum is not None)

    def forward(self, features: Tensor, *, examples: int) -> Tensor:
        """Features normalised by the mean and variance of the batch's examples."""
        self._shape = features.shape
        channels = features.reshape(*self._shape[:2], -1, self._shape[-1])
        self._graph = Graph(partial(_normalised, examples=examples, eps=self._eps), channels, *self._parameters)
        real = channels[..., :examples].flatten(2)
        self._update(real.mean(dim=2), real.var(dim=2))
        return self._graph.outputs.view(self._shape)

    def backward(self, gradient: Tensor, *, first: bool) -> Tensor:  # noqa: ARG002 - as all layers
        """The gradients by features and parameters."""
        found, *by_parameters = self._graph.gradients(gradient.reshape(self._graph.outputs.shape))
        for target, values in zip(self._gradients, by_parameters, strict=True):
            target.copy_(values)
        return found.view(self._shape)

    def _update(self, means: Tensor, variances: Tensor) -> None:
        for module, mean, variance in zip(self._modules, means, variances, strict=False):
            module.running_mean.lerp_(mean, module.momentum)
            module.running_var.lerp_(variance, module.momentum)
            module.num_batches_tracked.add_(1)


class FeatureNorm(BatchNorm):
    """Batch normalisation of features."""

    dimensions: ClassVar[int | None] = 2


class ChannelNorm(BatchNorm):
    """Batch normalisation of an image's channels."""

    dimensions: ClassVar[int | None] = 4


def _normalised(channels: Tensor, weight: Tensor, bias: Tensor, *, examples: int, eps: float) -> Tensor:
    """Channels ``(k, c, entries, n)`` normalised by those of the first examples."""
    real = channels[..., :examples]
    mean = real.mean(dim=(2, 3), keepdim=True)
    variance = (real - mean).square().mean(dim=(2, 3), keepdim=True)
    return (channels - mean) / (variance + eps).sqrt() * weight[..., None, None] + bias[..., None, None]
