"""Kernels of a smaller network lie in memory as those of the whole one, on which the speed of convolutions depends."""

import copy

import pytest
import torch
from random_networks import killed
from torch import nn

from frontsearch.compaction import compact, resize


def network():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 6, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_kernels_keep_their_layout(memory_format):
    torch.manual_seed(0)
    whole = killed(network().eval(), 0.4).to(memory_format=memory_format)
    small = compact(whole, torch.rand(2, 3, 8, 8)).network
    loaded = network().to(memory_format=memory_format)
    resize(loaded, {name: tensor.contiguous() for name, tensor in small.state_dict().items()})
    for each in (small, loaded):
        assert each[2].weight.shape[1] < 8
        for kernel in (each[0].weight, each[2].weight):
            assert kernel.is_contiguous(memory_format=memory_format)
    assert all(map(torch.equal, loaded.state_dict().values(), small.state_dict().values()))


def test_pointwise_convolutions_with_strides_and_few_channels_take_plain_inputs():
    """torch 2.13: oneDNN may write past its memory when it computes their gradients in the other layout."""
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 20, 3), nn.ReLU(), nn.Conv2d(20, 6, 1, stride=2), nn.Conv2d(6, 4, 1), nn.Flatten())
    whole = killed(nn.Sequential(*layers).eval(), 0.4).to(memory_format=torch.channels_last)
    small = compact(whole, images := torch.rand(2, 3, 8, 8)).network
    seen = {}
    for index in (2, 3):
        small[index].register_forward_hook(lambda module, inputs, _: seen.update({module: inputs[0]}))
    torch.testing.assert_close(small(images), whole(images))
    strided, other = seen.values()
    assert strided.shape[1] < 16
    assert small[2].weight.stride()[2:] == (1, 1)
    assert strided.is_contiguous()
    assert not strided.is_contiguous(memory_format=torch.channels_last)
    assert other.shape[1] < 16
    assert not copy.deepcopy(small)(images).isnan().any()
