"""Attention that a network computes itself loses dead heads as a whole, however it is written."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch import UserError, load_network
from frontsearch.compaction import compact
from frontsearch.export.loading import saved

WIDTH, HEADS, SIZE = 24, 4, 6


class Fused(nn.Module):
    """Queries, keys and values from one layer, in numbers that the module knows."""

    def __init__(self):
        super().__init__()
        self.num_heads, self.head_dim, self.attn_dim = HEADS, SIZE, HEADS * SIZE
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def heads(self, inputs):
        batch, places, _ = inputs.shape
        return self.qkv(inputs).reshape(batch, places, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)

    def attend(self, queries, keys, values):
        return functional.scaled_dot_product_attention(queries, keys, values)

    def forward(self, inputs):
        heads = self.attend(*self.heads(inputs))
        return self.proj(heads.transpose(1, 2).reshape(*inputs.shape[:2], self.attn_dim))


class Product(Fused):
    """Attention as two products and a softmax, with a mask and a number computed from the attributes."""

    def heads(self, inputs):
        parts = self.qkv(inputs).unflatten(-1, (3, self.num_heads, self.head_dim))
        return parts.permute(2, 0, 3, 1, 4).unbind(0)

    def attend(self, queries, keys, values):
        scores = queries @ keys.transpose(-2, -1) * self.head_dim**-0.5
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        return scores.masked_fill(mask, float("-inf")).softmax(-1) @ values

    def forward(self, inputs):
        heads = self.attend(*self.heads(inputs))
        return self.proj(heads.transpose(1, 2).reshape(*inputs.shape[:2], self.num_heads * self.head_dim))


class Normalised(Fused):
    """Queries and keys with a LayerNorm, and turned by angles, as rotary position embeddings are."""

    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(SIZE)
        self.register_buffer("rates", torch.rand(SIZE), persistent=False)

    def attend(self, queries, keys, values):
        angles = torch.arange(queries.shape[-2])[:, None] * self.rates

        def turned(tensor):
            first, second = tensor.chunk(2, dim=-1)
            return tensor * angles.cos() + torch.cat([-second, first], dim=-1) * angles.sin()

        return super().attend(turned(self.norm(queries)), turned(self.norm(keys)), values)


class Separate(nn.Module):
    """A layer each for queries, keys and values, whose heads are counted by torch; keys serve two queries each."""

    def __init__(self, groups=1):
        super().__init__()
        self.groups = groups
        self.query, self.proj = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.key, self.value = nn.Linear(WIDTH, WIDTH // groups), nn.Linear(WIDTH, WIDTH // groups)

    def forward(self, inputs):
        parts = [
            layer(inputs).unflatten(-1, (-1, SIZE)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        ]
        heads = functional.scaled_dot_product_attention(*parts, enable_gqa=self.groups > 1)
        return self.proj(heads.transpose(1, 2).flatten(2))


class ByWidth(Fused):
    """The size of a head from the width of the inputs: wrong for fewer heads."""

    def heads(self, inputs):
        batch, places, width = inputs.shape
        return self.qkv(inputs).view(batch, places, 3, self.num_heads, width // self.num_heads).permute(2, 0, 3, 1, 4)


class Biased(Fused):
    """A bias for each head, which keeps all of them."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.randn(HEADS, 1, 5))

    def attend(self, queries, keys, values):
        return functional.scaled_dot_product_attention(queries, keys, values, self.bias.expand(HEADS, 5, 5))


def built(attention):
    return nn.Sequential(attention, nn.Flatten(), nn.Linear(WIDTH * 5, 3)).eval()


@torch.no_grad()
def killed(network, heads):
    """Makes nothing take what these heads compute; all biases become random."""
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            parameter.normal_()
    network[0].proj.weight.view(WIDTH, HEADS, SIZE)[:, heads] = 0
    return network


@pytest.mark.parametrize("attention", [Fused, Product, Normalised, Separate])
@pytest.mark.parametrize("dead", [[1], [0, 2, 3]])
def test_dead_heads_leave_and_the_file_loads(attention, dead, tmp_path):
    torch.manual_seed(0)
    network = killed(built(attention()), dead)
    compaction = compact(network, torch.randn(3, 5, WIDTH))
    assert (compaction.unchanged, compaction.unfollowed) == ({}, "")
    assert compaction.network[0].proj.in_features == SIZE * (HEADS - len(dead))
    inputs = torch.randn(7, 5, WIDTH)
    (tmp_path / "a.safetensors").write_bytes(saved(compaction.network, None, sizes=compaction.sizes, metadata={}))
    torch.manual_seed(0)
    loaded = load_network(built(attention()), tmp_path / "a.safetensors")
    with torch.no_grad():
        expected = network(inputs)
        torch.testing.assert_close(compaction.network(inputs), expected, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(loaded(inputs), expected, atol=1e-5, rtol=1e-5)
    assert network[0].proj.in_features == WIDTH


def test_queries_that_share_a_key_leave_together():
    torch.manual_seed(0)
    network = killed(built(Separate(groups=2)), [0, 1, 2])
    small = compact(network, torch.randn(3, 5, WIDTH)).network
    assert (small[0].query.out_features, small[0].key.out_features) == (2 * SIZE, SIZE)
    with torch.no_grad():
        inputs = torch.randn(4, 5, WIDTH)
        torch.testing.assert_close(small(inputs), network(inputs), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("attention", "unchanged"), [(ByWidth, ["0.qkv"]), (Biased, [])])
def test_heads_stay_where_the_network_would_compute_something_else(attention, unchanged):
    torch.manual_seed(0)
    network = killed(built(attention()), [1])
    compaction = compact(network, torch.randn(3, 5, WIDTH))
    assert (compaction.network[0].num_heads, compaction.network[0].proj.in_features) == (HEADS, WIDTH)
    assert sorted(compaction.unchanged) == unchanged
    assert network[0].num_heads == HEADS
    assert type(network[0].num_heads) is int


def test_sizes_in_a_file_of_another_network_are_refused(tmp_path):
    torch.manual_seed(0)
    network = killed(built(Fused()), [1])
    compaction = compact(network, torch.randn(3, 5, WIDTH))
    assert compaction.sizes == {"0.num_heads": (3,), "0.attn_dim": (18,)}
    for sizes, fault in (
        ({"0.heads": (3,)}, r"the network has no 0\.heads of 1 whole numbers"),  # a method
        ({"0.num_heads": (3, 3)}, r"the network has no 0\.num_heads of 2 whole numbers"),
        ({"0.num_heads": (5,)}, r"0\.num_heads is \(5,\), in the network \(4,\)"),
        ({"0.num_heads": (2.5,)}, r"0\.num_heads is \(2\.5,\), in the network \(4,\)"),
    ):
        (tmp_path / "a.safetensors").write_bytes(saved(compaction.network, None, sizes=sizes, metadata={}))
        with pytest.raises(UserError, match=rf"of another network: {fault}"):
            load_network(built(Fused()), tmp_path / "a.safetensors")
