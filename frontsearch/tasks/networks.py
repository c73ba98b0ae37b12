"""The networks of the built-in tasks, initialised as in their papers."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.tasks.conv_relu_pool import conv_relu_avg_pool


class LeNet5(nn.Module):
    """The convolutional network of [Reiners2020]_: 60,074 parameters, 58,920 of them weights of dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 16, 3)
        self.dense1, self.dense2, self.dense3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
        glorot_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Returns logits, ``(n, 10)``, for images ``(n, 1, 28, 28)``."""
        # The second pooling layer drops the last two rows and columns. Moving the batch dimension to the end once is
        # cheaper here than in each of the first layer's shifted copies.
        features = images[..., :26, :26].permute(1, 2, 3, 0).contiguous()
        for layer in (self.conv1, self.conv2):
            features = conv_relu_avg_pool(features, *layer.parameters())
        hidden = functional.relu(self.dense1(features.flatten(0, 2).t()))
        logits: Tensor = self.dense3(functional.relu(self.dense2(hidden)))
        return logits


class LeNet5Caffe(nn.Module):
    """The convolutional network that the pruning literature calls LeNet-5-Caffe [Guo2016]_: 430,500 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.dense1, self.dense2 = nn.Linear(800, 500), nn.Linear(500, 10)
        glorot_(self)

    def forward(self, images: Tensor) -> Tensor:
        """Returns logits, ``(n, 10)``, for images ``(n, 1, 28, 28)``."""
        features = functional.max_pool2d(functional.relu(self.conv1(images)), 2)
        features = functional.max_pool2d(functional.relu(self.conv2(features)), 2)
        logits: Tensor = self.dense2(functional.relu(self.dense1(torch.flatten(features, 1))))
        return logits


def perceptron(*sizes: int, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Module:
    """A multi-layer perceptron with these layer sizes; two sizes give a linear network."""
    layers: list[nn.Module] = [nn.Flatten()]
    for number, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers += [activation()] * (number > 0) + [nn.Linear(inputs, outputs)]
    return glorot_(nn.Sequential(*layers))


def glorot_(network: nn.Module) -> nn.Module:
    """Initialises ``network`` in place, with uniform Glorot weights [Glorot2010]_ and zero biases, and returns it."""
    return _initialised(network, nn.init.xavier_uniform_)


def he_(network: nn.Module) -> nn.Module:
    """Initialises ``network`` in place, with normal weights for ReLU [He2015]_ and zero biases, and returns it."""
    return _initialised(network, partial(nn.init.kaiming_normal_, nonlinearity="relu"))


def _initialised(network: nn.Module, initialise_: Callable[[Tensor], Tensor]) -> nn.Module:
    for name, parameter in network.named_parameters():
        if parameter.ndim > 1:
            initialise_(parameter)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)
    return network


def dense_kernels(network: nn.Module) -> frozenset[str]:
    """Names of the weights of all dense layers, without biases or convolutions: what [Reiners2020]_ penalises."""
    return frozenset(f"{name}.weight" for name, module in network.named_modules() if isinstance(module, nn.Linear))


def first_kernel(network: nn.Module) -> frozenset[str]:
    """Name of the first weight of a dense or convolution layer, which multiplies the inputs."""
    return frozenset([next(name for name, parameter in network.named_parameters() if parameter.ndim > 1)])


def all_kernels(network: nn.Module) -> frozenset[str]:
    """Names of the weights of all dense and convolution layers, without biases."""
    return frozenset(name for name, parameter in network.named_parameters() if parameter.ndim > 1)
