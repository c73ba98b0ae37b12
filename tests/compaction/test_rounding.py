"""Rounded, a compacted network computes the same, and its convolutions take multiples of a number of channels."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SIDE, killed, networks
from torch import nn

from frontsearch.compaction import compact


def separable(width):
    """A convolution, a depthwise and a pointwise one, each with BatchNorm."""
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.Conv2d(width, 10, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ).eval()


def without(network, count):
    """The network with its first channels dead, whose BatchNorms would make 0.3 of them."""
    with torch.no_grad():
        for layer in network[:6]:
            if not isinstance(layer, nn.ReLU):
                layer.weight[:count] = 0
        network[4].bias[:count] = 0.3
    return network


@settings(max_examples=100, deadline=None)
@given(networks(), st.sampled_from([2, 4, 8]))
def test_random_networks_compute_the_same(network, round_to):
    inputs = torch.rand(5, 3, SIDE, SIDE, dtype=torch.float64)
    exact, rounded = compact(network, inputs[:2]), compact(network, inputs[:2], round_to=round_to)
    assert rounded.unchanged == {}
    with torch.no_grad():
        torch.testing.assert_close(rounded.network(inputs), network(inputs), rtol=1e-5, atol=1e-8)
    for small, larger in zip(exact.layers, rounded.layers, strict=True):
        assert small.units[1] <= larger.units[1] <= larger.units[0]


@pytest.mark.parametrize(("dead", "left"), [(0, 18), (1, 17), (2, 16), (3, 16), (5, 16), (6, 12), (17, 4)])
def test_convolutions_take_a_multiple_as_far_as_there_are_dead_channels(dead, left):
    torch.manual_seed(0)
    network, images = without(separable(18), dead), torch.rand(4, 3, 6, 6)
    small = compact(network, images, round_to=4).network
    assert [layer.in_channels for layer in small if isinstance(layer, nn.Conv2d)] == [3, left, left]
    with torch.no_grad():
        torch.testing.assert_close(small(images), network(images))


@pytest.mark.parametrize(("layer", "shape"), [(nn.Linear, (2, 7)), (partial(nn.Conv1d, kernel_size=3), (2, 7, 9))])
def test_only_convolutions_over_images_are_rounded(layer, shape):
    torch.manual_seed(0)
    network = nn.Sequential(layer(7, 7), nn.ReLU(), layer(7, 2)).eval()
    with torch.no_grad():
        network[0].weight[:2], network[0].bias[:2] = 0, 0
    assert compact(network, torch.rand(shape), round_to=4).layers[0].units == (7, 5)


@pytest.mark.parametrize(("dead", "left"), [(5, 16), (7, 16), (8, 12), (9, 11)])
def test_a_convolution_of_few_channels_is_as_fast_without(dead, left):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 20, 3), nn.ReLU(), nn.Conv2d(20, 5, 3)).eval()
    with torch.no_grad():
        network[0].weight[:dead], network[0].bias[:dead] = 0, 0
    layers = compact(network, torch.rand(2, 3, 8, 8), round_to=4).layers
    assert layers[0].units == (20, left)


def test_channels_of_a_group_leave_together_and_are_not_rounded():
    torch.manual_seed(0)
    network = killed(nn.Sequential(nn.Conv2d(3, 12, 3), nn.ReLU(), nn.Conv2d(12, 8, 3, groups=4)).eval(), 0.5)
    images = torch.rand(2, 3, 8, 8)
    exact, rounded = (compact(network, images, round_to=round_to) for round_to in (1, 4))
    assert [layer.units for layer in rounded.layers] == [layer.units for layer in exact.layers]
