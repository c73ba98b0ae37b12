"""The flat vector and the network share memory."""

import math
from copy import deepcopy

import pytest
import torch
from torch.nn import functional

from frontsearch.tasks.networks import LeNet5, all_kernels, dense_kernels, perceptron
from frontsearch.training.starts import sparsify_
from frontsearch.training.weights import Weights

CASES = [
    (LeNet5, dense_kernels),
    (LeNet5, all_kernels),
    (lambda: perceptron(6, 5, 3), dense_kernels),
    (lambda: perceptron(6, 5, 3), lambda _: frozenset({"3.bias"})),
]
cases = pytest.mark.parametrize(("build", "choose"), CASES, ids=["conv-dense", "conv-all", "mlp", "mlp-bias"])


def inputs_of(network):
    shape = (7, 1, 28, 28) if isinstance(network, LeNet5) else (7, 6)
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


def made(build, choose):
    torch.manual_seed(11)
    network = build()
    copy = deepcopy(network)
    return network, copy, Weights(network, choose(network)), choose(copy)


@cases
def test_flattening_the_weights_changes_no_value_and_no_output(build, choose):
    network, copy, _, _ = made(build, choose)
    for (name, parameter), (same, untouched) in zip(network.named_parameters(), copy.named_parameters(), strict=True):
        assert name == same
        assert torch.equal(parameter, untouched)
    inputs = inputs_of(network)
    torch.testing.assert_close(network(inputs), copy(inputs), rtol=1e-5, atol=1e-6)


@cases
def test_gradients_are_accumulated_in_the_flat_vector(build, choose):
    network, copy, weights, _ = made(build, choose)
    inputs, targets = inputs_of(network), torch.arange(7) % 3
    for each in (network, copy):
        functional.cross_entropy(each(inputs), targets).backward()
    for parameter, untouched in zip(network.parameters(), copy.parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, untouched.grad, rtol=1e-4, atol=1e-6)
    total = sum(float(parameter.grad.square().sum()) for parameter in copy.parameters())
    assert float(weights.gradient.square().sum()) == pytest.approx(total, rel=1e-4)
    weights.gradient.zero_()
    assert all(not parameter.grad.any() for parameter in network.parameters())


@cases
def test_the_vector_and_the_network_share_memory_both_ways(build, choose):
    network, _, weights, names = made(build, choose)
    weights.vector.fill_(2.0)
    assert all((parameter == 2).all() for parameter in network.parameters())
    weights.penalised.zero_()
    for name, parameter in network.named_parameters():
        assert (parameter == (0 if name in names else 2)).all()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(-1.0)
    assert (weights.vector == -1).all()
    assert len(weights.vector) == sum(parameter.numel() for parameter in network.parameters())


@cases
def test_l1_and_nonzeros_are_the_sums_over_the_penalised_parameters(build, choose):
    network, _, weights, names = made(build, choose)
    weights.vector[::3] = 0
    penalised = {name: parameter.detach() for name, parameter in network.named_parameters() if name in names}
    assert len(penalised) == len(names)
    l1 = sum(float(parameter.double().abs().sum()) for parameter in penalised.values())
    assert weights.l1() == pytest.approx(l1, rel=1e-12)
    assert weights.nonzeros() == sum(int((parameter != 0).sum()) for parameter in penalised.values())
    assert [layer.numel() for layer in weights.layers] == [parameter.numel() for parameter in penalised.values()]
    for layer, parameter in zip(weights.layers, penalised.values(), strict=True):
        rows = parameter.flatten(start_dim=1) if parameter.ndim > 1 else parameter.view(1, -1)  # one for each output
        assert torch.equal(layer.sort(dim=1).values, rows.sort(dim=1).values)


@cases
def test_nonzeros_are_counted_among_the_penalised_parameters(build, choose):
    _, _, weights, _ = made(build, choose)
    weights.vector.fill_(1.0)
    assert weights.nonzeros() == len(weights.penalised)
    weights.penalised[::2] = 0
    assert weights.nonzeros() == len(weights.penalised[1::2])


@cases
@pytest.mark.parametrize("density", [0.02, 0.3, 1.0])
def test_a_sparse_start_keeps_its_share_of_every_parameter_and_the_variance_of_outputs(build, choose, density):
    network, copy, weights, names = made(build, choose)
    for each in (weights, Weights(copy, names)):
        each.vector.normal_(generator=torch.Generator().manual_seed(2))
    torch.manual_seed(3)
    sparsify_(weights, density)
    for (name, parameter), before in zip(network.named_parameters(), copy.parameters(), strict=True):
        kept = parameter != 0
        thinned, size = density if name in names else 1.0, parameter.numel()
        assert abs(int(kept.sum()) - thinned * size) <= 5 * math.sqrt(size * thinned * (1 - thinned))  # 5 deviations
        torch.testing.assert_close(parameter[kept], before[kept] / math.sqrt(thinned))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("place", [0, -1])
def test_any_infinite_or_nan_weight_is_detected(value, place):
    _, _, weights, _ = made(*CASES[2])
    assert weights.finite()
    weights.vector[place] = value
    assert not weights.finite()
