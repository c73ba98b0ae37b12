"""Units, parameters and multiply-adds are those of the whole network, also where layers cannot be followed."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.utils.flop_counter import FlopCounterMode

from frontsearch.compaction import compact, network_size


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.head = nn.Linear(8, 6), nn.Linear(6, 2)

    def forward(self, first, second):
        return self.head(torch.relu(self.encoder(first)) - torch.relu(self.encoder(second)))


class Scaled(nn.Linear):
    def forward(self, inputs):
        return functional.linear(inputs, self.weight / math.sqrt(self.in_features), self.bias)


class Standardised(nn.Conv2d):
    def forward(self, images):
        kernel = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return functional.conv2d(images, kernel / self.weight.std((1, 2, 3), keepdim=True), self.bias, self.stride)


class ScaledUp(nn.ConvTranspose2d):
    def forward(self, images):
        return functional.conv_transpose2d(images, self.weight / math.sqrt(self.in_channels), self.bias, self.stride)


class Products(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Parameter(torch.randn(8, 6)), nn.Parameter(torch.randn(6, 3))

    def forward(self, rows):
        return torch.relu(rows @ self.first) @ (2 * self.second)


class OtherProduct(nn.Module):
    """Multiplies by a parameter in one of the ways that channels are not followed through."""

    def __init__(self, product, *shape):
        super().__init__()
        self.first, self.weight, self.last = nn.Linear(8, 6), nn.Parameter(torch.randn(shape)), nn.Linear(4, 3)
        self.product = product

    def forward(self, rows):
        return self.last(self.product(torch.relu(self.first(rows)), self.weight))


class Places(nn.Module):
    """A dense layer for each place of a sequence, with the places among the examples."""

    def __init__(self):
        super().__init__()
        self.each, self.last = nn.Linear(4, 5), nn.Linear(10, 3)

    def forward(self, rows):
        return self.last(self.each(rows.view(-1, 4)).view(len(rows), 10))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.last = nn.Embedding(7, 4), nn.Linear(4, 7, bias=False)
        self.last.weight = self.table.weight

    def forward(self, tokens):
        return self.last(self.table(tokens).mean(1))


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.cells, self.last = kind(4, 5, **options), nn.Linear(5, 3)

    def forward(self, rows):
        return self.last(self.cells(rows.view(len(rows), 2, 4).transpose(0, 1))[0][-1])


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.last = nn.GRUCell(4, 5), nn.Linear(5, 3)

    def forward(self, rows):
        return self.last(self.cell(rows[:, 4:], self.cell(rows[:, :4])))


ROWS, IMAGES = torch.rand(4, 8), torch.rand(4, 2, 6, 6)
NETWORKS = {
    "a layer used twice": (Siamese(), (ROWS, ROWS.flip(0)), 6 + 2),
    "scaled weights": (nn.Sequential(Scaled(8, 6), nn.ReLU(), Scaled(6, 3)), ROWS, 6 + 3),
    "standardised kernels": (nn.Sequential(Standardised(2, 5, 3), nn.Flatten(), nn.Linear(80, 3)), IMAGES, 5 + 3),
    "transposed convolution": (
        nn.Sequential(
            nn.ConvTranspose2d(2, 6, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(6, 4, 2, stride=2, groups=2),
        ),
        IMAGES,
        6 + 4,
    ),
    "scaled transposed kernels": (ScaledUp(2, 5, 2, stride=2), IMAGES, 5),
    "weight norm": (nn.Sequential(parametrizations.weight_norm(nn.Linear(8, 6)), nn.Linear(6, 3)), ROWS, 6 + 3),
    "own parameters": (Products(), ROWS, 6 + 3),
    "einsum": (OtherProduct(partial(torch.einsum, "bi,oi->bo"), 4, 6), ROWS, 6 + 4 + 3),
    "tensordot": (OtherProduct(partial(torch.tensordot, dims=1), 6, 4), ROWS, 6 + 4 + 3),
    "from the left": (OtherProduct(lambda rows, weight: (weight @ rows.T).T, 4, 6), ROWS, 6 + 4 + 3),
    "a matrix for each half": (
        OtherProduct(lambda rows, weight: (rows.view(4, 1, 2, 3).transpose(1, 2) @ weight).flatten(1), 2, 3, 2),
        ROWS,
        6 + 4 + 3,
    ),
    "places among the examples": (Places(), ROWS, 5 + 3),
    "tied weights": (Tied(), torch.randint(7, (4, 9)), 7),
    "gru": (Recurrent(nn.GRU), ROWS, 5 + 3),
    "rnn": (Recurrent(nn.RNN), ROWS, 5 + 3),
    "cell": (Cell(), ROWS, 5 + 3),
}


@pytest.mark.parametrize("name", NETWORKS)
@torch.no_grad()
def test_sizes_are_those_that_torch_counts(name):
    network, inputs, units = NETWORKS[name]
    network.eval()
    with FlopCounterMode(display=False) as counter:
        network(*inputs) if isinstance(inputs, tuple) else network(inputs)
    compaction, size = compact(network, inputs), network_size(network, inputs)
    assert compaction.multiply_adds[0] == size.multiply_adds == counter.get_total_flops() / 2 / 4
    assert compaction.parameters[0] == sum(parameter.numel() for parameter in network.parameters())
    assert sum(layer.units[0] for layer in compaction.layers) == size.units == units
    if name != "tied weights":
        assert sum(layer.parameters[0] for layer in compaction.layers) == compaction.parameters[0]


def test_an_lstm_counts_which_torch_does_not_count():
    size = network_size(Recurrent(nn.LSTM, num_layers=2).eval(), ROWS)
    assert size.multiply_adds == 2 * 4 * (5 * 4 + 3 * 5 * 5) + 5 * 3
    assert size.units == 2 * 5 + 3


def test_a_bilinear_layer_counts_which_torch_does_not_count():
    network = OtherProduct(lambda rows, weight: functional.bilinear(rows, rows, weight), 4, 6, 6).eval()
    size = network_size(network, ROWS)
    assert size.multiply_adds == 8 * 6 + 6 * 6 * 4 + 4 * 3
    assert size.units == 6 + 4 + 3
    assert compact(network, ROWS).unchanged == {"": "multiplies two inputs by it"}


def test_a_layer_that_stays_whole_is_named_with_the_reason():
    reasons = {name: compact(network.eval(), inputs).unchanged for name, (network, inputs, _) in NETWORKS.items()}
    assert reasons["tied weights"] == {"table": "uses its weight elsewhere, too"}
    assert reasons["weight norm"] == {"0": "computes its weight or bias from parameters"}
    assert reasons["einsum"] == {"": "multiplies by it otherwise than a linear layer does"}
    assert reasons["gru"] == {"cells": "feeds its outputs back into it"}
    assert reasons["places among the examples"] == {}


def test_attention_over_others_counts_its_projections():
    attention = nn.MultiheadAttention(8, 2, kdim=8, vdim=6, batch_first=True).eval()
    inputs = torch.rand(4, 3, 8), torch.rand(4, 3, 8), torch.rand(4, 3, 6)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = attention

        def forward(self, *given):
            return self.attention(*given)[0]

    assert network_size(Network().eval(), inputs).multiply_adds == 3 * (8 * 8 * 3 + 8 * 6)
