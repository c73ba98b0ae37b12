"""Scales that would be infinite or beyond their bounds, and weights that are no numbers."""

import math

import pytest
import torch
from networks import rescaled
from torch import nn

from frontsearch.scale.canonical import CanonicalScale
from frontsearch.scale.initial import initial_mean_squares
from frontsearch.scale.steps import find_units


def build():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 4), nn.ReLU(), nn.Linear(4, 2)
    ).double()


def measured(network, penalised=frozenset({"3.weight", "5.weight"})):
    units = find_units(network.eval(), torch.rand(2, 1, 5, 5, dtype=torch.float64))
    scale = CanonicalScale(units, penalised=penalised, network=network, mean_squares=initial_mean_squares(build))
    return scale, scale.balance(network)


@torch.no_grad()
def test_a_held_channel_of_norm_zero_adds_nothing_and_is_counted():
    network = build()
    _, before = measured(network)
    network[0].weight[1] = 0
    _, found = measured(network)
    without = build()
    without[0].weight[1] = 0
    without[3].weight.view(4, 3, 9)[:, 1] = 0
    assert (before.limited, found.limited) == (0, 1)
    assert found.least == pytest.approx(measured(without)[1].least, rel=1e-12)
    assert 0 < found.least < before.least


@torch.no_grad()
def test_a_unit_with_one_side_missing_adds_nothing_and_keeps_its_scale():
    network = build()
    network[3].weight[2] = 0
    scale, found = measured(network)
    assert found.limited == 0
    pruned = build()
    pruned[3].weight[2] = 0
    pruned[5].weight[:, 2] = 0
    assert found.least == pytest.approx(measured(pruned)[1].least, rel=1e-12)
    same = rescaled(network, scale, found.log_scale)
    torch.testing.assert_close(same[3].bias[2], network[3].bias[2])


@torch.no_grad()
@pytest.mark.parametrize("factor", [1e-30, 1e30])
def test_a_scale_beyond_the_bounds_is_kept_within_them_and_counted(factor):
    network = build()
    network[3].weight[2] *= factor
    scale, found = measured(network)
    assert found.limited == 1
    assert abs(found.log_scale).max() == pytest.approx(math.log(1e6))
    assert math.isfinite(found.least)
    assert scale.units.count == 1 + 3 + 4


@torch.no_grad()
@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_of_weights_that_are_no_numbers_l1_is_none_either(value):
    for layer in (0, 3):
        network = build()
        network[layer].weight.view(-1)[0] = value
        assert math.isnan(measured(network)[1].least)


@torch.no_grad()
def test_a_network_of_zeros_has_l1_zero():
    network = build()
    for parameter in network.parameters():
        parameter.zero_()
    assert measured(network)[1].least == 0
