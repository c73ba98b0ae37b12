"""Small networks of many layers, their weights drawn at random, and rescalings of their units."""

import copy
import math

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from frontsearch.compaction import weight_groups
from frontsearch.scale.canonical import CanonicalScale, named_tensors
from frontsearch.scale.initial import initial_mean_squares
from frontsearch.scale.steps import find_units

INPUTS = torch.rand(5, 2, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
ACTIVATIONS = {"relu": nn.ReLU, "in place": lambda: nn.ReLU(inplace=True), "leaky": nn.LeakyReLU, "tanh": nn.Tanh}
POOLS = {"none": nn.Identity, "max": lambda: nn.MaxPool2d(2), "average": lambda: nn.AvgPool2d(2)}


class Residual(nn.Module):
    """A sum of its input and of two convolutions of it, with a BatchNorm where asked."""

    def __init__(self, channels, activation, *, norm):
        super().__init__()
        layers = [nn.Conv2d(channels, channels, 3, padding=1), ACTIVATIONS[activation]()]
        layers += [nn.Conv2d(channels, channels, 3, padding=1)] + [nn.BatchNorm2d(channels)] * norm
        self.branch = nn.Sequential(*layers)

    def forward(self, maps):
        return functional.relu(self.branch(maps) + maps)


class Parallel(nn.Module):
    """Two convolutions of one input, their channels side by side, shuffled."""

    def __init__(self, channels):
        super().__init__()
        self.first, self.second = nn.Conv2d(channels, channels, 1), nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, maps):
        return torch.cat([self.second(maps), functional.relu(self.first(maps))], dim=1).flip(1)


@st.composite
def networks(draw):
    """A function that makes one and the same random network again."""
    channels, groups = draw(st.sampled_from([2, 4])), draw(st.sampled_from([1, 2]))
    activation, pool = draw(st.sampled_from(sorted(ACTIVATIONS))), draw(st.sampled_from(sorted(POOLS)))
    norm, before, parallel = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    residuals, hidden = draw(st.integers(0, 2)), draw(st.lists(st.integers(1, 6), max_size=2))
    seed = draw(st.integers(0, 2**32 - 1))

    def build():
        torch.manual_seed(seed)
        layers = [nn.Conv2d(2, channels, 3), *[nn.BatchNorm2d(channels)] * norm, ACTIVATIONS[activation]()]
        layers += [nn.BatchNorm2d(channels)] * before + [POOLS[pool](), nn.Conv2d(channels, channels, 1, groups=groups)]
        layers += [Residual(channels, activation, norm=norm) for _ in range(residuals)]
        layers += [Parallel(channels)] * parallel + [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.5)]
        width = channels * 4 * (1 + parallel)
        for size in hidden:
            layers += [nn.Linear(width, size), nn.ReLU()]
            width = size
        network = nn.Sequential(*layers, nn.Linear(width, 3)).double().eval()
        for parameter in network.parameters():
            nn.init.normal_(parameter)
        for name, buffer in network.named_buffers():
            if name.endswith(("mean", "var")):
                buffer.uniform_(0.5, 2.0)
        return network

    return build


def penalised_of(network, which):
    """Names of the penalised parameters: all kernels, those of some layers, or everything."""
    kernels = [name for name, parameter in network.named_parameters() if parameter.ndim > 1]
    chosen = {
        "kernels": kernels,
        "dense": [name for name in kernels if network.get_parameter(name).ndim == 2],
        "convolutions": [name for name in kernels if network.get_parameter(name).ndim == 4],
        "all but the last": kernels[:-1],
        "everything": [name for name, _ in network.named_parameters()],
    }
    return frozenset(chosen[which])


def scale_of(build, penalised, *, grouped=False):
    network = build()
    units = find_units(network, INPUTS[:2])
    mean_squares = initial_mean_squares(build)
    groups = weight_groups(network.eval(), INPUTS[:2], penalised) if grouped else None
    return CanonicalScale(units, penalised=penalised, network=network, mean_squares=mean_squares, groups=groups)


def rescaled(network, scale, log_scale):
    """A copy of a network whose units are multiplied by the exponentials of ``log_scale``."""
    network = copy.deepcopy(network)
    tensors = named_tensors(network)
    with torch.no_grad():
        for name, factor in scale.factors(network, log_scale).items():
            tensors[name].mul_(factor)
    return network


SPREAD = math.log(1e3)


def random_scales(scale, seed, *, spread=SPREAD):
    drawn = np.random.default_rng(seed).uniform(-spread, spread, scale.units.count)
    drawn[0] = 0
    return drawn
