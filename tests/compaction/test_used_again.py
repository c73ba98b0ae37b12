"""The channels of a weight that the forward pass uses several times are those of all its uses."""

import pytest
import torch
from random_networks import killed
from torch import nn
from torch.nn import functional

from frontsearch.compaction import compact

PLACES, WIDTH = 3, 8


class Siamese(nn.Module):
    """Compares two images by one encoder with BatchNorms and a residual connection."""

    def __init__(self):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(2, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.inner, self.outer = nn.Conv2d(8, 12, 3, padding=1), nn.Conv2d(12, 8, 3, padding=1)
        self.norm, self.head = nn.BatchNorm2d(8), nn.Linear(8, 4)

    def encoded(self, images):
        features = torch.relu(self.stem_norm(self.stem(images)))
        return (features + self.norm(self.outer(torch.relu(self.inner(features))))).mean((2, 3))

    def forward(self, pairs):
        return self.head((self.encoded(pairs[:, :2]) - self.encoded(pairs[:, 2:])).abs())


class Unrolled(nn.Module):
    """A recurrent network written as a loop."""

    def __init__(self):
        super().__init__()
        self.taken, self.fed_back, self.head = nn.Linear(WIDTH, 16), nn.Linear(16, 16, bias=False), nn.Linear(16, 3)

    def forward(self, sequences):
        state = torch.tanh(self.taken(sequences[:, 0]))
        for place in range(1, PLACES):
            state = torch.tanh(self.taken(sequences[:, place]) + self.fed_back(state))
        return self.head(state)


class Repeated(nn.Module):
    """One block of a transformer, applied several times; its normalisation keeps the width."""

    def __init__(self, attention=nn.MultiheadAttention):
        super().__init__()
        self.attention, self.norm = attention(WIDTH, 4, batch_first=True), nn.LayerNorm(WIDTH)
        self.up, self.down, self.head = nn.Linear(WIDTH, 20), nn.Linear(20, WIDTH), nn.Linear(WIDTH, 3)

    def forward(self, sequences):
        for _ in range(3):
            sequences = self.norm(sequences + self.attention(*[sequences] * 3, need_weights=False)[0])
            sequences = sequences + self.down(torch.relu(self.up(sequences)))
        return self.head(sequences.mean(1))


class Parted(nn.Module):
    """A layer between two that take it and two that feed it."""

    def __init__(self):
        super().__init__()
        self.stems = nn.ModuleList(nn.Linear(WIDTH, 12) for _ in range(2))
        self.shared = nn.Linear(12, 10, bias=False)
        self.heads = nn.ModuleList(nn.Linear(10, 3) for _ in range(2))

    def forward(self, sequences):
        parts = zip(self.stems, self.heads, sequences.unbind(1), strict=False)
        return sum(head(torch.relu(self.shared(torch.relu(stem(rows))))) for stem, head, rows in parts)


class WithoutItsLayer(nn.Module):
    """A weight without a bias that is used by its layer, and once more by itself; it takes constants."""

    def __init__(self):
        super().__init__()
        self.stem, self.shared = nn.Linear(WIDTH, 12), nn.Linear(12, 10, bias=False)
        self.head = nn.Linear(10, 3)

    def forward(self, sequences):
        first, second, _ = torch.sigmoid(self.stem(sequences)).unbind(1)
        return self.head(torch.tanh(self.shared(first)) + torch.tanh(functional.linear(second, self.shared.weight)))


class OtherBiases(nn.Module):
    """One weight with two biases."""

    def __init__(self):
        super().__init__()
        self.layer, self.bias, self.head = nn.Linear(WIDTH, 6), nn.Parameter(torch.randn(6)), nn.Linear(6, 3)

    def forward(self, sequences):
        second = functional.linear(sequences[:, 1], self.layer.weight, self.bias)
        return self.head(torch.relu(self.layer(sequences[:, 0])) * torch.relu(second))


class TwoOwners(nn.Module):
    """A weight that two layers share."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(WIDTH, 6, bias=False), nn.Linear(WIDTH, 6, bias=False)
        self.second.weight, self.head = self.first.weight, nn.Linear(6, 3)

    def forward(self, sequences):
        return self.head(torch.relu(self.first(sequences[:, 0])) * torch.relu(self.second(sequences[:, 1])))


NETWORKS = {
    "siamese": (Siamese, (4, 6, 6)),
    "without its layer": (WithoutItsLayer, (PLACES, WIDTH)),
    "parted": (Parted, (PLACES, WIDTH)),
    "unrolled": (Unrolled, (PLACES, WIDTH)),
    "repeated": (Repeated, (PLACES, WIDTH)),
}


def built(name):
    build, shape = NETWORKS[name]
    return build().eval(), torch.randn(5, *shape)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_dead_channels_of_all_uses_leave(name, share):
    torch.manual_seed(0)
    network, inputs = built(name)
    compaction = compact(killed(network, share), inputs)
    assert (compaction.unchanged, compaction.unfollowed) == ({}, "")
    assert compaction.parameters[1] < compaction.parameters[0]
    others = torch.randn(9, *inputs.shape[1:])
    with torch.no_grad():
        torch.testing.assert_close(compaction.network(others), network(others), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_units_that_nothing_reads_in_any_use_leave():
    torch.manual_seed(0)
    network, inputs = built("unrolled")
    network.fed_back.weight[:, 4:9] = 0
    network.head.weight[:, 6:] = 0
    left = {layer.layer: layer.units[1] for layer in compact(network, inputs).layers}
    assert left == {"taken": 16 - 3, "fed_back": 16 - 3, "head": 3}  # 6, 7 and 8 are read neither by one nor the other


@torch.no_grad()
def test_a_constant_goes_into_the_bias_only_where_it_is_the_same_in_all_uses():
    torch.manual_seed(0)
    encoder, head = nn.Linear(WIDTH, 6), nn.Linear(6, 3)
    encoder.weight[2:] = 0

    class Scaled(nn.Module):
        def __init__(self, factor):
            super().__init__()
            self.encoder, self.head, self.factor = encoder, head, factor

        def forward(self, sequences):
            return self.head(self.encoder(sequences[:, 0])) + self.head(self.factor * self.encoder(sequences[:, 1]))

    inputs = torch.randn(5, PLACES, WIDTH)
    for factor, units in ((1, 2), (3, 6)):
        network = Scaled(factor).eval()
        compaction = compact(network, inputs)
        assert (compaction.layers[0].units, compaction.unchanged) == ((6, units), {})
        torch.testing.assert_close(compaction.network(inputs), network(inputs), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("build", [OtherBiases, TwoOwners])
def test_a_weight_with_other_biases_or_owners_stays_whole_and_says_why(build):
    torch.manual_seed(0)
    network, inputs = build().eval(), torch.randn(5, PLACES, WIDTH)
    layer = next(name for name, _ in network.named_children())
    compaction = compact(killed(network, 0.5), inputs)
    assert compaction.unchanged == {layer: "uses its weight elsewhere, too"}
    sizes = {size.layer: size.multiply_adds for size in compaction.layers}
    assert sizes[layer] == (2 * 6 * WIDTH, 2 * 6 * WIDTH)
    assert [module.weight.shape for module in network.children()] == [
        module.weight.shape for module in compaction.network.children()
    ]
