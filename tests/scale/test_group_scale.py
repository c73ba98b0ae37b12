"""Group l1 is the same for every network with the same function that differs only by the scales of its units."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import networks, penalised_of, random_scales, rescaled, scale_of
from scipy.optimize import minimize

from frontsearch.training.penalties import penalty_of
from frontsearch.training.weights import Weights

PENALISED = ["kernels", "dense", "convolutions", "all but the last", "everything"]
seeds = st.integers(0, 2**32 - 1)


def by_hand(network, scale):
    """The sum over groups of the root of their size times their norm, of the weights as they are."""
    entries = {}
    for name, groups in scale.groups.items():
        for group, weight in zip(
            groups.flatten().tolist(), network.get_parameter(name).flatten().tolist(), strict=True
        ):
            entries.setdefault(group, []).append(weight)
    return sum(len(weights) ** 0.5 * np.linalg.norm(weights) for weights in entries.values())


@settings(max_examples=40)
@given(networks(), st.sampled_from(PENALISED), seeds, st.sampled_from([0.2, 0.7, 1.0]))
def test_rescaling_does_not_change_it(build, which, seed, density):
    network = build()
    scale = scale_of(build, penalised_of(network, which), grouped=True)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in sorted(scale.penalised):
            parameter = network.get_parameter(name)
            parameter.mul_(torch.rand(parameter.shape, generator=generator) < density)
    found = scale.balance(rescaled(network, scale, random_scales(scale, seed)))
    expected = scale.balance(network)
    if not (found.limited or expected.limited):  # as where a residual loop is all that is left of a dead network
        assert found.least == pytest.approx(expected.least, rel=1e-6)


@settings(max_examples=25)
@given(networks(), st.sampled_from(PENALISED))
def test_brought_to_its_canonical_scale_a_network_rests_and_the_rates_measure_it(build, which):
    network = build()
    scale = scale_of(build, penalised_of(network, which), grouped=True)
    balance = scale.balance(network)
    canonical = rescaled(network, scale, balance.log_scale)
    assert scale.balance(canonical).least == pytest.approx(balance.least, rel=1e-9)
    weights, rates = Weights(network.double(), scale.penalised), scale.rates(network)
    measured = penalty_of(weights, scale.groups).norm(weights.penalised * weights.flat_penalised(rates))
    assert measured == pytest.approx(balance.least, rel=1e-6)


@settings(max_examples=15)
@given(networks(), st.sampled_from(["kernels", "everything"]), seeds)
def test_a_numeric_minimiser_finds_no_less(build, which, seed):
    network = build()
    scale = scale_of(build, penalised_of(network, which), grouped=True)
    if scale.units.count > 25 or any(kernel.normalisation for kernel in scale.units.kernels):
        return

    def plain(log_scale):
        return by_hand(rescaled(network, scale, np.append(0.0, log_scale)), scale)

    start = random_scales(scale, seed, spread=0.5)[1:]
    least = minimize(plain, start, method="BFGS").fun if len(start) else plain(start)
    assert scale.balance(network).least == pytest.approx(least, rel=1e-4)
    assert scale.balance(network).least <= least * (1 + 1e-6)


@settings(max_examples=30)
@given(networks(), st.sampled_from(PENALISED))
def test_every_penalised_entry_has_one_group_and_groups_are_counted_from_zero(build, which):
    network = build()
    scale = scale_of(build, penalised_of(network, which), grouped=True)
    assert scale.groups.keys() == scale.penalised
    assert all(groups.shape == network.get_parameter(name).shape for name, groups in scale.groups.items())
    numbers = torch.cat([groups.flatten() for groups in scale.groups.values()]).unique()
    assert torch.equal(numbers, torch.arange(len(numbers)))
