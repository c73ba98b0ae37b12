"""Kernels of a smaller network lie in memory as those of the whole one, on which the speed of convolutions depends."""

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
