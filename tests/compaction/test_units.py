"""A compacted network computes the same function, and exactly the dead units are left out."""

from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from frontsearch.compaction import compacted, live_units
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, all_kernels, dense_kernels, layers, perceptron
from frontsearch.training.weights import Weights

NETWORKS = {
    "dense": (lambda: perceptron(64, 20, 12, 4), (64,), dense_kernels),
    "tanh": (lambda: perceptron(64, 20, 12, 4, activation=nn.Tanh), (64,), dense_kernels),
    "lenet5, dense kernels": (LeNet5, (1, 28, 28), dense_kernels),
    "lenet5, all kernels": (LeNet5, (1, 28, 28), all_kernels),
    "lenet5-caffe": (LeNet5Caffe, (1, 28, 28), all_kernels),
}


def random_network(name, *, seed):
    """A network with nonzero biases, eight inputs, and the names of its penalised parameters."""
    build, shape, choose = NETWORKS[name]
    torch.manual_seed(seed)
    network = build()
    for parameter in network.parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter)
    return network, torch.rand(8, *shape), choose(network)


def zero_units(network, *, share, seed):
    """Zeroes the incoming and outgoing weights of this share of each layer's units."""
    generator = torch.Generator().manual_seed(seed)
    named = [network.get_submodule(name) for name in layers(network)]
    with torch.no_grad():
        for layer, following in pairwise(named):
            dead = torch.rand(layer.weight.shape[0], generator=generator) < share
            block = following.weight.shape[1] // len(dead)
            layer.weight[dead] = 0
            following.weight[:, dead.repeat_interleave(block)] = 0
        if named[0].weight.ndim == 2:
            named[0].weight[:, torch.rand(named[0].weight.shape[1], generator=generator) < share] = 0


def live_units_of(network, penalised):
    """The live units, with the parameters laid out as in a training, if penalised zeros stay zero."""
    weights = Weights(network, penalised)
    return live_units(network, layers(network), masks=weights.penalised_views(weights.penalised))


@given(name=st.sampled_from(sorted(NETWORKS)), share=st.sampled_from([0.0, 0.3, 0.8, 1.0]), seed=st.integers(0, 9))
def test_the_compacted_network_is_the_same_function_with_the_same_gradients(name, share, seed):
    network, inputs, penalised = random_network(name, seed=seed)
    zero_units(network, share=share, seed=seed)
    units = live_units_of(network, penalised)
    compact = compacted(network, units)
    torch.testing.assert_close(compact(inputs), network(inputs), atol=1e-6, rtol=1e-5)

    network(inputs).square().mean().backward()
    compact(inputs).square().mean().backward()
    full = dict(network.named_parameters())
    for key, parameter in compact.named_parameters():
        layer = key.rpartition(".")[0]
        torch.testing.assert_close(parameter.grad, units[layer].select(full[key].grad), atol=1e-5, rtol=1e-4)


@given(name=st.sampled_from(sorted(NETWORKS)), share=st.sampled_from([0.3, 0.8]), seed=st.integers(0, 9))
def test_exactly_the_units_without_incoming_and_outgoing_weights_are_left_out(name, share, seed):
    network, _, penalised = random_network(name, seed=seed)
    zero_units(network, share=share, seed=seed)
    units = live_units_of(network, penalised)
    named = [(layer, network.get_submodule(layer)) for layer in layers(network)]
    for (layer, module), (after, following) in pairwise(named):
        incoming = (module.weight != 0).flatten(1).any(1) & (f"{layer}.weight" in penalised)
        outgoing = (following.weight != 0).transpose(0, 1).reshape(len(module.weight), -1).any(1)
        outgoing |= f"{after}.weight" not in penalised  # weights that are not penalised may always become nonzero
        live = (incoming | outgoing).nonzero()[:, 0].tolist()
        assert units[layer].outputs.tolist() == (live or [0])


def test_a_unit_whose_bias_alone_is_nonzero_is_live():
    network = perceptron(3, 2, 2)
    with torch.no_grad():
        network[1].weight[0] = 0
        network[1].bias[0] = 1
    units = live_units_of(network, dense_kernels(network))
    assert units["1"].outputs.tolist() == [0, 1]
