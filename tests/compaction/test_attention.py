"""Attention without its dead heads computes what torch's attention computes with them."""

import pytest
import torch
from torch import nn

from frontsearch import load_network
from frontsearch.compaction import compact
from frontsearch.compaction.attention import HeadwiseAttention
from frontsearch.export.loading import saved

WIDTH, HEADS = 24, 6


@torch.no_grad()
def kill_heads(module, heads):
    """Makes nothing take what these heads compute."""
    module.out_proj.weight.view(WIDTH, HEADS, -1)[:, heads] = 0
    return module


def encoder(**options):
    layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 64, batch_first=True, **options)
    stack = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    for number, heads in enumerate(([1, 4], [0, 2, 3, 5])):
        kill_heads(stack.layers[number].self_attn, heads)
    return nn.Sequential(nn.Embedding(20, WIDTH), stack, nn.Flatten(), nn.Linear(WIDTH * 5, 3)).eval()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
def test_dead_heads_of_an_encoder_leave_and_the_file_loads(bias, norm_first, tmp_path):
    torch.manual_seed(0)
    network = encoder(bias=bias, norm_first=norm_first)
    inputs = torch.randint(0, 20, (7, 5))
    compaction = compact(network, inputs[:3])
    assert (compaction.unchanged, compaction.unfollowed) == ({}, "")
    units = [layer.units for layer in compaction.layers if layer.layer.endswith("self_attn")]
    assert units == [(72, 48), (72, 24)]
    with torch.no_grad():
        torch.testing.assert_close(compaction.network(inputs), network(inputs), atol=1e-6, rtol=1e-5)
    (tmp_path / "a.safetensors").write_bytes(saved(compaction.network, compaction.read, metadata={}))
    loaded = load_network(encoder(bias=bias, norm_first=norm_first), tmp_path / "a.safetensors")
    with torch.no_grad():
        torch.testing.assert_close(loaded(inputs), network(inputs), atol=1e-6, rtol=1e-5)


def test_a_head_that_computes_a_constant_goes_into_the_bias():
    torch.manual_seed(0)
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    with torch.no_grad():
        module.in_proj_weight.view(3, HEADS, -1, WIDTH)[2, 3] = 0
        module.in_proj_bias.normal_()
    network = Asked(module, {}).eval()
    inputs = torch.rand(4, 5, WIDTH)
    small = compact(network, inputs).network
    assert small.module.num_heads == HEADS - 1
    with torch.no_grad():
        torch.testing.assert_close(small(inputs), network(inputs), atol=1e-6, rtol=1e-5)


class Asked(nn.Module):
    """Attention of a sequence to itself, with options."""

    def __init__(self, module, options):
        super().__init__()
        self.module, self.options = module, options

    def forward(self, inputs):
        return self.module(inputs, inputs, inputs, **self.options)[0]


CAUSAL = torch.ones(5, 5).triu(1).bool()
PADDING = torch.tensor([[False] * 4 + [True]] * 4)
OPTIONS = {
    "plain": {},
    "without weights": {"need_weights": False},
    "causal": {"attn_mask": CAUSAL, "need_weights": False},
    "causal by name": {"attn_mask": CAUSAL, "is_causal": True, "need_weights": False},
    "causal, with weights": {"attn_mask": CAUSAL},
    "a mask that is added": {"attn_mask": torch.linspace(-1, 1, 25).view(5, 5)},
    "padding": {"key_padding_mask": PADDING},
    "padding and a mask": {"key_padding_mask": PADDING, "attn_mask": CAUSAL, "need_weights": False},
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_with_options(name, batch_first):
    torch.manual_seed(1)
    module = kill_heads(nn.MultiheadAttention(WIDTH, HEADS, batch_first=batch_first), [0, 5])
    network = Asked(module, OPTIONS[name]).eval()
    inputs = torch.rand(4, 5, WIDTH) if batch_first else torch.rand(5, 4, WIDTH)
    small = compact(network, inputs).network
    assert type(small.module) is HeadwiseAttention
    with torch.no_grad():
        torch.testing.assert_close(small(inputs), network(inputs), atol=1e-6, rtol=1e-5)


def test_weights_are_the_mean_over_the_heads_that_are_left_and_one_example_needs_no_batch():
    torch.manual_seed(2)
    module = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True).eval()
    inputs = torch.rand(5, WIDTH)
    expected = module(inputs, inputs, inputs)
    module.__class__ = HeadwiseAttention  # with all heads
    for found, right in zip(module(inputs, inputs, inputs), expected, strict=True):
        torch.testing.assert_close(found, right)


def test_attention_whose_weights_are_used_keeps_its_heads():
    class Weights(nn.Module):
        def __init__(self):
            super().__init__()
            self.module = kill_heads(nn.MultiheadAttention(WIDTH, HEADS, batch_first=True), [1])

        def forward(self, inputs):
            return self.module(inputs, inputs, inputs)[1]

    network = Weights().eval()
    compaction = compact(network, torch.rand(4, 5, WIDTH))
    assert type(compaction.network.module) is nn.MultiheadAttention
    assert "module" in compaction.unchanged
