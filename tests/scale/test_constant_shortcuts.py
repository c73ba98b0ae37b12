"""A shortcut of constants, as a ResNet's that widens without weights: its channels keep the scale of those it takes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from networks import random_scales, rescaled
from torch import nn
from torch.nn import functional

from frontsearch.scale.canonical import CanonicalScale
from frontsearch.scale.initial import initial_mean_squares
from frontsearch.scale.steps import find_units
from frontsearch.tasks.resnet import ResNet20

INPUTS = torch.rand(3, 2, 6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


class Widening(nn.Module):
    """Two convolutions beside a shortcut that leaves the first three of five channels without an input."""

    def __init__(self):
        super().__init__()
        self.stem, self.branch, self.head = nn.Conv2d(2, 2, 3), nn.Conv2d(2, 5, 3, padding=1), nn.Linear(80, 2)
        self.register_buffer("shortcut", torch.eye(5, 2).flip(0)[..., None, None])

    def forward(self, inputs):
        maps = functional.relu(self.stem(inputs))
        return self.head(functional.relu(functional.conv2d(maps, self.shortcut) + self.branch(maps)).flatten(1))


def build(seed=0):
    torch.manual_seed(seed)
    network = Widening().double().eval()
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    return network


def scale_of(build, inputs):
    network = build().eval()
    kernels = frozenset(name for name, parameter in network.named_parameters() if parameter.ndim > 1)
    squares = initial_mean_squares(build)
    return CanonicalScale(find_units(network, inputs), penalised=kernels, network=network, mean_squares=squares)


def plain(network, scale):
    return sum(float(network.get_parameter(name).detach().abs().sum()) for name in scale.penalised)


@given(st.integers(0, 2**32 - 1))
def test_l1_is_at_most_the_sum_of_the_weights_as_they_are(seed):
    network, scale = build(seed), scale_of(build, INPUTS)
    balance = scale.balance(network)
    assert balance.least <= plain(network, scale) * (1 + 1e-9)
    assert balance.limited == 0


@given(st.integers(0, 2**32 - 1))
def test_at_the_least_l1_the_shortcut_is_as_before_and_the_function_too(seed):
    network, scale = build(seed), scale_of(build, INPUTS)
    balance = scale.balance(network)
    found = rescaled(network, scale, balance.log_scale)
    torch.testing.assert_close(found.shortcut, network.shortcut, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(found(INPUTS), network(INPUTS), rtol=1e-6, atol=1e-6)
    assert plain(found, scale) == pytest.approx(balance.least, rel=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_rescaling_leaves_l1_as_it_is(seed):
    network, scale = build(seed), scale_of(build, INPUTS)
    other = rescaled(network, scale, random_scales(scale, seed))
    assert scale.balance(other).least == pytest.approx(scale.balance(network).least, rel=1e-6)


@torch.no_grad()
def test_resnet20_has_no_unit_at_the_limit():
    scale = scale_of(ResNet20, torch.rand(2, 3, 32, 32))
    torch.manual_seed(0)
    network = ResNet20().eval()
    balance = scale.balance(network)
    assert balance.limited == 0
    assert balance.least <= plain(network, scale)
