"""Kernels of a smaller network lie in memory as those of the whole one, on which the speed of convolutions depends."""

import copy

import pytest
import torch
from random_networks import killed
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from frontsearch.compaction import compact, resize


def with_buffer(layer):
    """A layer whose kernel is no parameter."""
    kernel = layer.weight.detach().clone()
    del layer.weight
    layer.register_buffer("weight", kernel)
    return layer


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


@pytest.mark.parametrize("changed", [lambda layer: layer, with_buffer], ids=["parameter", "buffer"])
def test_pointwise_convolutions_with_strides_and_few_channels_take_plain_inputs(changed):
    """torch 2.13: oneDNN may write past its memory when it computes their gradients in the other layout."""
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 20, 3), nn.ReLU(), changed(nn.Conv2d(20, 6, 1, stride=2)), nn.Conv2d(6, 4, 1), nn.Flatten())
    whole = nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)
    whole[0].weight.data[:8], whole[0].bias.data[:8] = 0, 0
    small = compact(whole, images := torch.rand(2, 3, 8, 8)).network
    seen = []
    small[2].register_forward_hook(lambda module, inputs, _: seen.extend([inputs[0], module.weight]))
    torch.testing.assert_close(small(images), whole(images))
    inputs, kernel = seen
    assert inputs.shape[1] == len(small[0].weight) == small[2].in_channels == 12
    assert inputs.is_contiguous()
    assert not inputs.is_contiguous(memory_format=torch.channels_last)
    assert kernel.stride()[2:] == (1, 1)
    assert torch.equal(copy.deepcopy(small)(images), small(images))


def test_such_a_convolution_may_have_a_computed_kernel():
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 12, 3), nn.ReLU(), weight_norm(nn.Conv2d(12, 6, 1, stride=2)), nn.Conv2d(6, 4, 1))
    whole = nn.Sequential(*layers).eval()
    whole[3].weight.data[:, :2] = 0
    small = compact(whole, images := torch.rand(2, 3, 8, 8)).network
    torch.testing.assert_close(small(images), whole(images))
