"""Channels leave before comparisons, and before what is computed over positions, such as a maximum."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.compaction import compact

CHANNELS, LENGTH = 8, 5
# Operators have the names of torch 2.13, which calls ``y > 0`` gt, but ``y == 0`` __eq__.
OVER_POSITIONS = {
    "max": lambda y: y.max(2)[0],
    "max by name": lambda y: torch.max(y, dim=2, keepdim=True).values.flatten(1),
    "max along an axis": lambda y: y.amax(axis=2),
    "min": lambda y: y.min(dim=-1).values,
    "median": lambda y: y.median(2)[0],
    "nanmedian": lambda y: y.nanmedian(2)[0],
    "nanmean": lambda y: y.nanmean(2),
    "nansum": lambda y: y.nansum(2),
    "std": lambda y: y.std(2),
    "std, uncorrected": lambda y: torch.std(y, (2,), correction=0, keepdim=True)[:, :, 0],
    "var": lambda y: y.var(2),
    "what is NaN for a constant": lambda y: torch.nan_to_num(y.std(2) / (0 * y.std(2)), nan=0.5, posinf=2.0),
    "logsumexp": lambda y: y.logsumexp(2),
    "logsumexp of infinities": lambda y: (y - 0.7).relu().log().logsumexp(2).exp(),
    "prod": lambda y: y.prod(2),
    "norm": lambda y: y.norm(dim=2),
    "norm, l1": lambda y: torch.norm(y, 1, 2),
    "vector_norm": lambda y: torch.linalg.vector_norm(y, 3, 2),
    "linalg.norm": lambda y: torch.linalg.norm(y, dim=2),
    "any": lambda y: (y > 0.7).any(2).float(),
    "all": lambda y: (y > -0.7).all(dim=2).float(),
    "cumsum": lambda y: y.cumsum(2)[..., -1],
    "cumprod": lambda y: y.cumprod(2)[..., 2],
    "logcumsumexp": lambda y: y.logcumsumexp(2)[..., 2],
}
PLACES = {
    "argmax": lambda y: y.argmax(2).double(),
    "argmin": lambda y: y.argmin(dim=2, keepdim=True).flatten(1).double(),
    "place of the maximum": lambda y: y.max(2)[1].double(),
    "place of the median": lambda y: y.median(2).indices.double(),
}
BY_ELEMENT = {
    "where": lambda y: torch.where(y > 0.5, y, torch.zeros_like(y)),
    "where, two branches": lambda y: torch.where(y >= 0.5, y, 0.1 * y),
    "where, a number": lambda y: torch.where(y <= 0.5, 1.0, 2.0),
    "where, ones": lambda y: torch.where(y.eq(0), torch.ones_like(y), y),
    "where, full": lambda y: y.where(y != 0, torch.full_like(y, 3)),
    "masked_fill": lambda y: y.masked_fill(y < 0, 0.0),
    "times a mask": lambda y: y * (y > 0),
    "equal": lambda y: y * (y == 0.7),
    "not equal": lambda y: y * torch.not_equal(y, 0.5),
    "greater": lambda y: y * torch.greater(y, 0) * torch.greater_equal(y, 0.1),
    "less": lambda y: y * torch.less(y, 2) * torch.less_equal(y, 1),
    "logical": lambda y: y * torch.logical_and(y > 0, torch.logical_not(y > 1)) * torch.logical_or(y > 0, y < 0.5),
    "logical_xor": lambda y: y * torch.logical_xor(y > 0, y > 1),
    "operators": lambda y: y * (((y > 0) & ~(y > 1)) | (y < -1) ^ (y < -2)),
    "bitwise": lambda y: y * torch.bitwise_and(y > 0, torch.bitwise_not(y > 1)) * torch.bitwise_or(y > 0, y < 0.5),
    "bitwise_xor": lambda y: y * torch.bitwise_xor(y > 0, y > 1),
    "isnan": lambda y: y * ~(y.isnan() | y.isinf()) * y.isfinite(),
    "masks that are moved": lambda y: y * torch.stack([y > 0, (y < 1).flip(2)], 3).all(3),
    "masks that are moved, by name": lambda y: y * torch.stack(tensors=[y > 0, y < 1], dim=3).any(3),
    "bfloat16": lambda y: y.bfloat16().float().double(),
    "half": lambda y: y.half().double(),
    "whole numbers": lambda y: (4 * y).int() + (4 * y).long() + (y + 0.2).bool(),
    "rounded": lambda y: (3 * y).round() + (3 * y).floor() + (3 * y).ceil() + (3 * y).trunc(),
    "logarithms": lambda y: (y.abs() + 1).log2() + (y.abs() + 1).log10() + y.expm1(),
    "largest of two": lambda y: torch.max(y, 0.3 * y),
}  # fmt: skip


def _changed_in_place(y):
    mask = y > 0
    mask &= y < 1
    mask |= y > 2
    mask ^= y > 3
    return y * mask


BY_ELEMENT["operators in place"] = _changed_in_place


class Net(nn.Module):
    """A convolution, a function, and a layer that takes what it returns."""

    def __init__(self, way, *, features=CHANNELS):
        super().__init__()
        self.first, self.way, self.last = nn.Conv1d(3, CHANNELS, 1), way, nn.Linear(features, 4)

    def forward(self, inputs):
        return self.last(self.way(self.first(inputs)).to(inputs.dtype))


@torch.no_grad()
def left(network, *, reads=True, inputs=(3, LENGTH)):
    """The channels that compaction leaves of a network of whose eight two are not taken and one is 0.7."""
    network = network.double().eval()
    network.first.weight[-1], network.first.bias[-1] = 0, 0.7
    if reads:
        network.last.weight[:, :2] = 0
    compaction = compact(network, torch.randn(6, *inputs, dtype=torch.float64))
    assert (compaction.unfollowed, compaction.unchanged) == ("", {})
    for count in (1, 9):
        examples = torch.randn(count, *inputs, dtype=torch.float64)
        torch.testing.assert_close(compaction.network(examples), network(examples))
    return compaction.network.first.out_channels


@pytest.mark.parametrize("way", OVER_POSITIONS)
def test_channels_leave_before_what_is_computed_over_positions(way):
    torch.manual_seed(0)
    assert left(Net(OVER_POSITIONS[way])) == CHANNELS - 3


@pytest.mark.parametrize("way", BY_ELEMENT)
def test_channels_leave_before_what_is_computed_by_element(way):
    torch.manual_seed(0)
    assert left(Net(lambda y: BY_ELEMENT[way](y).double().mean(2))) == CHANNELS - 3


@pytest.mark.parametrize("way", PLACES)
def test_a_constant_stays_before_a_place_that_rounding_may_decide(way):
    torch.manual_seed(0)
    assert left(Net(PLACES[way])) == CHANNELS - 2


OVER_CHANNELS = {
    "max": lambda y: y.max(1)[0],
    "place of the maximum": lambda y: y.max(1).indices.double(),
    "argmax": lambda y: y.argmax(1).double(),
    "argmax over everything": lambda y: y[:, 0] + y.argmax() * 0,
    "std": lambda y: y.std(1),
    "var of both": lambda y: y.var((1, 2), keepdim=True)[:, 0] + y[:, 0],
    "std over everything": lambda y: y[:, 0] / y.std(False),  # noqa: FBT003 - the form in question
    "logsumexp": lambda y: y.logsumexp(dim=1),
    "prod": lambda y: y.prod(dim=1),
    "norm": lambda y: y.norm(dim=1),
    "vector_norm over everything": lambda y: y[:, 0] / torch.linalg.vector_norm(y),
    "cumsum": lambda y: y.cumsum(1)[:, -1],
    "comparison with the mean": lambda y: (y * (y > y.mean(1, keepdim=True))).sum(1),
    "any": lambda y: y[:, 0] * (y > 0).any(1),
    "a branch on a value": lambda y: y[:, 0] if (y > 9).any() else y[:, 1],
    "places of what is true": lambda y: y[:, 0] + torch.where(y > 0)[1].double().mean() * 0,
    "selected by a mask": lambda y: y[:, 0] + y[y > 0].mean() * 0,
}


@pytest.mark.parametrize("way", OVER_CHANNELS)
def test_all_channels_stay_before_what_is_computed_over_them(way):
    torch.manual_seed(0)
    assert left(Net(OVER_CHANNELS[way], features=LENGTH), reads=False) == CHANNELS


def test_a_comparison_with_nothing_changes_nothing():
    torch.manual_seed(0)
    assert left(Net(lambda y: y if y == None else y.mean(2))) == CHANNELS - 3  # noqa: E711 - what networks may do


INDICES = {
    "embedding": lambda table, y: functional.embedding(y.argmax(2), table.weight),
    "index": lambda table, y: table.weight.detach()[(y > 0).sum(2).clamp(max=LENGTH - 1)],
    "index_select": lambda table, y: table.weight.index_select(0, y.argmax(2).flatten()).view(len(y), CHANNELS, -1),
}


@pytest.mark.parametrize("way", INDICES)
def test_channels_stay_that_are_indices(way):
    torch.manual_seed(0)
    table = nn.Embedding(LENGTH, 2)
    network = Net(lambda y: INDICES[way](table, y).flatten(1), features=2 * CHANNELS)
    network.table = table
    assert left(network) == CHANNELS


class Masked(nn.Module):
    """Attention that a layer's signs mask."""

    def __init__(self, *, own):
        super().__init__()
        self.own = own
        self.first, self.mask, self.last = nn.Conv1d(3, CHANNELS, 1), nn.Linear(CHANNELS, LENGTH), nn.Linear(8, 4)
        self.attention = nn.MultiheadAttention(CHANNELS, 2, batch_first=True)

    def forward(self, inputs):
        places = self.first(inputs).transpose(1, 2)
        mask = self.mask(places) > 0
        if self.own:
            found = functional.scaled_dot_product_attention(places, places, places, mask)
        else:
            found = self.attention(places, places, places, key_padding_mask=mask[:, 0], need_weights=False)[0]
        return self.last(found.nan_to_num(0).mean(1))


@pytest.mark.parametrize("own", [True, False])
def test_what_masks_attention_stays(own):
    torch.manual_seed(0)
    network = Masked(own=own)
    assert left(network, reads=False) == CHANNELS


class Branches(nn.Module):
    """A function of two convolutions of the same input."""

    def __init__(self, way):
        super().__init__()
        self.first, self.second, self.way = nn.Conv1d(3, CHANNELS, 1), nn.Conv1d(3, CHANNELS, 1), way
        self.last = nn.Linear(CHANNELS, 4)

    def forward(self, inputs):
        return self.last(self.way(self.first(inputs), self.second(inputs)).mean(2))


OF_TWO = {
    "max": torch.max,
    "min": lambda first, second: first.min(other=second),
    "clamp": lambda first, second: first.clamp(max=second),
    "clip": lambda first, second: torch.clip(first, min=second),
    "clamp_max": torch.clamp_max,
    "clamp_min": torch.clamp_min,
    "comparison": lambda first, second: first * (first > second),
}


@pytest.mark.parametrize("way", OF_TWO)
def test_of_two_tensors_channels_leave_where_both_are_dead(way):
    torch.manual_seed(0)
    assert left(Branches(OF_TWO[way])) == CHANNELS - 2  # the constant meets what is none


@pytest.mark.parametrize(("dead", "remaining"), [([0, 1], 8), ([1], 12), ([], 16)])
def test_channels_that_become_pixels_of_one_leave_together(dead, remaining):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 16, 1), nn.PixelShuffle(2), nn.ReLU(), nn.Conv2d(4, 5, 3, padding=1), nn.AdaptiveAvgPool2d(1)
    ).eval()
    with torch.no_grad():
        network[3].weight[:, dead] = 0
        network[0].weight[12:15] = 0  # three of the four pixels of the last channel are constant
    images = torch.randn(4, 3, 6, 6)
    compaction = compact(network, images)
    assert compaction.unchanged == {}
    assert compaction.network[0].out_channels == remaining
    with torch.no_grad():
        torch.testing.assert_close(compaction.network(images), network(images))
