"""``LAYERS``: which modules can be stacked, and how."""

from torch import nn

from frontsearch.training.stacked.batch_norm import ChannelNorm, FeatureNorm
from frontsearch.training.stacked.dense import Dense
from frontsearch.training.stacked.elementwise import (
    ACTIVATIONS,
    Activation,
    ChannelDropout,
    Dropout,
    Flatten,
    LogSoftmax,
)
from frontsearch.training.stacked.images import AveragePool, Convolution, GlobalAveragePool, MaxPool
from frontsearch.training.stacked.layer import Layer

LAYERS: dict[type[nn.Module], type[Layer]] = {
    nn.Linear: Dense, nn.Conv2d: Convolution, nn.BatchNorm1d: FeatureNorm, nn.BatchNorm2d: ChannelNorm,
    nn.MaxPool2d: MaxPool, nn.AvgPool2d: AveragePool, nn.AdaptiveAvgPool2d: GlobalAveragePool,
    nn.Flatten: Flatten, nn.LogSoftmax: LogSoftmax, nn.Dropout: Dropout, nn.Dropout2d: ChannelDropout,
    **dict.fromkeys(ACTIVATIONS, Activation),
}  # fmt: skip


def is_stackable(module: nn.Module) -> bool:
    """Whether a layer computes what this module does."""
    return type(module) in LAYERS and LAYERS[type(module)].accepts(module)
