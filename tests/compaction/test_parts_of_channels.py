"""Channels leave a network that splits, joins or scales them by numbers and parameters of its own."""

import pytest
import torch
from random_networks import SIDE, Chunked, Halved, Scaled, Shuffled, Weighed
from torch import nn

from frontsearch.compaction import compact
from frontsearch.compaction.declared_sizes import DeclaredSize

CHANNELS = 8
PARTS = {
    "split": lambda: Halved(CHANNELS, "split"),
    "slices": lambda: Halved(CHANNELS, "slices"),
    "narrow": lambda: Halved(CHANNELS, "narrow"),
    "chunked": lambda: Chunked(CHANNELS),
    "scaled": lambda: Scaled(CHANNELS),
    "weighed": lambda: Weighed(nn.Conv2d(CHANNELS, CHANNELS, 1), nn.Identity(), CHANNELS),
}


@torch.no_grad()
def network(part, dead):
    """A network in which nothing computes or takes some channels that a part is given."""
    layers = nn.Sequential(nn.Conv2d(3, CHANNELS, 1), part)
    outputs = layers(torch.zeros(1, 3, SIDE, SIDE)).shape[1]
    whole = nn.Sequential(*layers, nn.Conv2d(outputs, 5, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    for name, parameter in whole.named_parameters():
        parameter.normal_()
        if name in {"0.weight", "0.bias", "1.scale"}:
            parameter[dead] = 0
        if name == "2.weight":
            parameter.unflatten(1, (-1, CHANNELS // 2))[:, :, [channel % (CHANNELS // 2) for channel in dead]] = 0
        if name.startswith("1.") and parameter.ndim > 3:
            parameter[:, [channel for channel in dead if channel < parameter.shape[1]]] = 0
            parameter[[channel for channel in dead if channel < parameter.shape[0]]] = 0
    return whole


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("dead", [[1, 5], [0, 1, 2, 4, 5, 6]])
def test_dead_channels_leave(part, dead):
    torch.manual_seed(0)
    whole = network(PARTS[part](), dead)
    compaction = compact(whole, torch.randn(3, 3, SIDE, SIDE))
    assert compaction.unchanged == {}
    assert compaction.network[0].out_channels == CHANNELS - len(dead)
    inputs = torch.randn(4, 3, SIDE, SIDE)
    with torch.no_grad():
        torch.testing.assert_close(compaction.network(inputs), whole(inputs), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("shuffled", [Shuffled(), nn.ChannelShuffle(2)])
def test_shuffled_channels_leave_with_those_at_the_same_place_of_the_other_half(shuffled):
    torch.manual_seed(0)
    whole = network(shuffled, [1, 5])
    with torch.no_grad():
        whole[2].weight[:] = 1
        whole[2].weight[:, 2:4] = 0  # the places of channels 1 and 5
    compaction = compact(whole, torch.randn(3, 3, SIDE, SIDE))
    assert compaction.unchanged == {}
    assert compaction.network[0].out_channels == CHANNELS - 2
    inputs = torch.randn(4, 3, SIDE, SIDE)
    with torch.no_grad():
        torch.testing.assert_close(compaction.network(inputs), whole(inputs), atol=1e-4, rtol=1e-5)


def test_equal_parts_stay_equal():
    torch.manual_seed(0)
    whole = network(Chunked(CHANNELS), [1, 5])
    with torch.no_grad():
        whole[0].weight[5], whole[2].weight[:, -3] = 1, 1  # channel 5 is alive, so channel 1 has to stay with it
    compaction = compact(whole, torch.randn(3, 3, SIDE, SIDE))
    assert compaction.unchanged == {}
    assert compaction.network[0].out_channels == CHANNELS


def test_a_parameter_along_another_dimension_does_not_tie_channels():
    torch.manual_seed(0)
    compaction = compact(network(Scaled(CHANNELS), [3, 7]), torch.randn(3, 3, SIDE, SIDE))
    assert compaction.network[1].rows.shape == (1, SIDE, 1)
    assert compaction.network[1].scale.shape == (CHANNELS - 2, 1, 1)


def test_a_declared_size_remembers_where_it_comes_from_through_multiples_and_parts():
    size = DeclaredSize(12, ("block.width", 0))
    for computed, value in ((3 * size, 36), (size // 4, 3), (size * 2 // 3, 8)):
        assert (computed, computed.place) == (value, size.place)
        assert computed.share * value == 12
    for plain in (size // 5, size * 0.5, 0.5 * size, size / 4, size - 1, -size, size % 5):
        assert not isinstance(plain, DeclaredSize)
    assert (size // 5, size * 0.5, size**-1) == (2, 6.0, 1 / 12)
