"""l1 is the same for every network with the same function that differs only by the scales of its units."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import INPUTS, networks, penalised_of, random_scales, rescaled, scale_of
from scipy.optimize import minimize

PENALISED = ["kernels", "dense", "convolutions", "all but the last", "everything"]
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(networks(), st.sampled_from(PENALISED), seeds)
def test_rescaling_changes_neither_the_function_nor_l1(build, which, seed):
    network = build()
    scale = scale_of(build, penalised_of(network, which))
    other = rescaled(network, scale, random_scales(scale, seed))
    expected, found = network(INPUTS).detach(), other(INPUTS).detach()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * float(expected.abs().max()))
    assert scale.balance(other).least == pytest.approx(scale.balance(network).least, rel=1e-6)


@settings(max_examples=30)
@given(networks(), st.sampled_from(PENALISED), seeds, st.floats(0.1, 0.9))
def test_so_it_is_with_weights_that_are_zero(build, which, seed, density):
    network = build()
    scale = scale_of(build, penalised_of(network, which))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in sorted(scale.penalised):
            parameter = network.get_parameter(name)
            parameter.mul_(torch.rand(parameter.shape, generator=generator) < density)
    other = rescaled(network, scale, random_scales(scale, seed))
    assert scale.balance(other).least == pytest.approx(scale.balance(network).least, rel=1e-6)


@settings(max_examples=30)
@given(networks(), st.sampled_from(PENALISED))
def test_brought_to_its_canonical_scale_a_network_computes_the_same_and_rests(build, which):
    network = build()
    scale = scale_of(build, penalised_of(network, which))
    balance = scale.balance(network)
    canonical = rescaled(network, scale, balance.log_scale)
    expected, found = network(INPUTS).detach(), canonical(INPUTS).detach()
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6 * float(expected.abs().max()))
    again = scale.balance(canonical)
    assert again.least == pytest.approx(balance.least, rel=1e-9)
    rates = scale.rates(network)
    weighted = sum(float((rates[name] * network.get_parameter(name).detach().abs()).sum()) for name in rates)
    assert weighted == pytest.approx(balance.least, rel=1e-9)


@settings(max_examples=25)
@given(networks(), st.sampled_from(PENALISED), seeds)
def test_the_rates_are_the_derivatives_of_l1(build, which, seed):
    network = build()
    scale = scale_of(build, penalised_of(network, which))
    name = sorted(scale.penalised)[seed % len(scale.penalised)]
    if any(name in kernel.names and kernel.normalisation for kernel in scale.units.kernels):
        return  # the rates leave out what changes the weights' factor by a BatchNorm
    weight = network.get_parameter(name).detach().view(-1)
    place = seed % len(weight)
    rate = float(scale.rates(network)[name].reshape(-1)[place])
    step = 1e-4 * float(weight[place])
    found = []
    for sign in (1, -1):
        weight[place] += sign * step
        found.append(scale.balance(network).least)
        weight[place] -= sign * step
    assert (found[0] - found[1]) / (2 * abs(step)) == pytest.approx(rate, rel=1e-3, abs=1e-6)


@settings(max_examples=15)
@given(networks(), st.sampled_from(["kernels", "everything"]), seeds)
def test_a_numeric_minimiser_finds_no_less(build, which, seed):
    """Over scales that it applies to the network itself; l1 is then the plain sum, with BatchNorm folded in."""
    network = build()
    scale = scale_of(build, penalised_of(network, which))
    if scale.units.count > 25 or any(kernel.normalisation for kernel in scale.units.kernels):
        return

    def plain(log_scale):
        moved = rescaled(network, scale, np.append(0.0, log_scale))
        return sum(float(moved.get_parameter(name).detach().abs().sum()) for name in scale.penalised)

    start = random_scales(scale, seed, spread=0.5)[1:]
    least = minimize(plain, start, method="BFGS").fun if len(start) else plain(start)
    assert scale.balance(network).least == pytest.approx(least, rel=1e-4)
    assert scale.balance(network).least <= least * (1 + 1e-9)
