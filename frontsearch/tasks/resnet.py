"""The residual network for colour images of 32 x 32 pixels."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.tasks.networks import he_

CHANNELS = (16, 16, 16, 16, 32, 32, 32, 64, 64, 64)


class ResNet20(nn.Module):
    """The residual network of 20 layers for CIFAR-10 [He2016]_: 269,722 parameters, 268,336 of them in kernels.

    Its shortcuts have no parameters, as in the paper: where channels double, every second row and column is taken and
    the new channels begin with zeros.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, CHANNELS[0], 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(CHANNELS[0])
        self.blocks = nn.Sequential(*(Block(inputs, outputs) for inputs, outputs in pairwise(CHANNELS)))
        self.last = nn.Linear(CHANNELS[-1], 10)
        he_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Returns logits, ``(n, 10)``, for images ``(n, 3, 32, 32)``."""
        features = self.blocks(functional.relu(self.norm(self.first(images))))
        logits: Tensor = self.last(features.mean((2, 3)))
        return logits


class Block(nn.Module):
    """Two convolutions whose output is added to their input; the first has stride two where channels double."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        stride = outputs // inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        # As a convolution, so that channels can be left out of the sum.
        self.shortcut: Tensor | None
        self.register_buffer("shortcut", torch.eye(outputs, inputs)[..., None, None] if stride > 1 else None)

    def forward(self, features: Tensor) -> Tensor:
        """Returns feature maps, ``(n, outputs, height, width)``, of half the size where channels double."""
        hidden = functional.relu(self.norm1(self.conv1(features)))
        kept = features if self.shortcut is None else functional.conv2d(features, self.shortcut, stride=2)
        return functional.relu(self.norm2(self.conv2(hidden)) + kept)
