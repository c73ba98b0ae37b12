"""A compacted network computes the same, without what its outputs do not depend on."""

import copy
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import SIDE, killed, networks
from torch import nn

from frontsearch.compaction import compact, network_size
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, perceptron
from frontsearch.tasks.resnet import ResNet20
from frontsearch.tasks.vgg import VGG16, VGG19, vgg, vgg_like


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def check_same(network, compaction, inputs):
    for count in (1, 2, len(inputs)):
        with torch.no_grad():
            expected, found = network(inputs[:count]), compaction.network(inputs[:count])
        assert found.shape == expected.shape
        assert float((found - expected).abs().max()) <= 1e-5 * float(expected.abs().max())


@settings(max_examples=100, deadline=None)
@given(networks())
def test_random_networks_compute_the_same(network):
    inputs = torch.rand(5, 3, SIDE, SIDE, dtype=torch.float64)
    before = copy.deepcopy(network.state_dict())
    compaction = compact(network, inputs[:2])
    assert not compaction.unfollowed
    assert compaction.unchanged == {}
    check_same(network, compaction, inputs)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert (
        parameters(compaction.network) <= parameters(network) + sum(len(layer.units) for layer in compaction.layers) * 8
    )
    for layer in compaction.layers:
        assert parameters(compaction.network.get_submodule(layer.layer)) == layer.parameters[1]


BUILT_IN = {
    "LeNet-5": (LeNet5, (1, 28, 28)),
    "LeNet-5-Caffe": (LeNet5Caffe, (1, 28, 28)),
    "VGG-like": (vgg_like, (3, 32, 32)),
    "ResNet-20": (ResNet20, (3, 32, 32)),
    "VGG-16": (partial(vgg, VGG16), (3, 32, 32)),
    "VGG-19": (partial(vgg, VGG19), (3, 32, 32)),
}


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_built_in_networks(name, share):
    build, shape = BUILT_IN[name]
    torch.manual_seed(3)
    network, inputs = killed(build().eval(), share), torch.rand(9, *shape)
    compaction = compact(network, inputs)
    assert not compaction.unfollowed
    assert compaction.unchanged == {}
    check_same(network, compaction, inputs)
    assert parameters(compaction.network) < parameters(network)
    torch.testing.assert_close(compact(network, inputs).network.state_dict(), compaction.network.state_dict())


@given(seed=st.integers(0, 20), bias=st.booleans())
def test_of_a_perceptron_exactly_what_outputs_depend_on_is_left(seed, bias):
    """By definition: a unit is needed if it varies, and something needed takes it."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Linear(12, 9, bias=bias), nn.Tanh(), nn.Linear(9, 8, bias=bias), nn.ReLU(), nn.Linear(8, 3)
    )
    killed(network.eval(), 0.4)
    first, second, third = (layer.weight != 0 for layer in network if isinstance(layer, nn.Linear))
    varying = [torch.ones(12, dtype=torch.bool)]
    for weights in (first, second):
        varying.append((weights & varying[-1]).any(1))
    needed = [torch.ones(3, dtype=torch.bool)]
    for weights, before in ((third, varying[2]), (second, varying[1]), (first, varying[0])):
        needed.insert(0, (weights & needed[0][:, None]).any(0) & before)
    compaction = compact(network, torch.rand(4, 12))
    assert [layer.units[1] for layer in compaction.layers] == [max(1, int(units.sum())) for units in needed[1:]]
    assert compaction.inputs[1] == 12  # as multiplying all of so few takes less than copying some


def test_a_constant_goes_into_the_next_bias_and_stays_where_padding_would_see_it():
    torch.manual_seed(0)
    for padding, left in ((0, 3), (1, 4)):
        network = nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 3, padding=padding, bias=False)
        )
        with torch.no_grad():
            network[0].weight[1] = 0
            network[1].bias.fill_(0.7)
        compaction = compact(network.eval(), torch.rand(2, 2, 8, 8))
        assert [layer.units[1] for layer in compaction.layers] == [left, 5]
        assert (network[3].bias, compaction.network[3].bias is None) == (None, left == 4)


def test_sizes_that_layers_tell_are_right():
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv2d(3, 8, 1), nn.Conv2d(8, 8, 3, groups=8), nn.Flatten(), nn.Linear(8, 4)).eval()
    with torch.no_grad():
        network[3].weight[:, [1, 5]] = 0
    small = compact(network, torch.rand(2, 3, 3, 3)).network
    assert (small[0].out_channels, small[1].groups, small[1].in_channels, small[3].in_features) == (6, 6, 6, 6)


class Fixed(nn.Module):
    """Contains the size of a hidden layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(10, 8), nn.Linear(8, 8), nn.Linear(8, 2)

    def forward(self, inputs):
        return self.third(torch.relu(self.second(torch.relu(self.first(inputs)).view(-1, 2, 4).flatten(1))))


def test_a_layer_whose_size_is_in_the_code_stays_and_says_why():
    torch.manual_seed(0)
    network, inputs = killed(Fixed().eval(), 0.5), torch.rand(4, 10)
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    assert list(compaction.unchanged) == ["first"]
    assert compaction.unchanged["first"].startswith("fails without them: ")
    assert [layer.units[1] < 8 for layer in compaction.layers] == [False, True, True]
    size = network_size(network, inputs)
    assert size.units == sum(layer.units[1] for layer in compaction.layers)
    assert size.multiply_adds == compaction.multiply_adds[1]


class Turned(nn.Module):
    """Dense layers as tutorials write them, with the transposes of their weights."""

    def __init__(self, product):
        super().__init__()
        self.first, self.bias = nn.Parameter(torch.randn(7, 5)), nn.Parameter(torch.randn(7))
        self.second, self.product = nn.Parameter(torch.randn(3, 7)), product

    def forward(self, inputs):
        hidden = torch.relu(self.product(inputs, self.first, self.bias))
        return hidden @ self.second.mT


@pytest.mark.parametrize(
    "product",
    [
        lambda inputs, weight, bias: inputs @ weight.t() + bias,
        lambda inputs, weight, bias: torch.addmm(bias, inputs, weight.T),
        lambda inputs, weight, bias: torch.matmul(inputs, weight.transpose(0, 1)) + bias,
    ],
)
def test_units_leave_where_a_network_transposes_its_weights(product):
    torch.manual_seed(0)
    network, inputs = Turned(product).eval(), torch.randn(6, 5)
    with torch.no_grad():
        network.second[:, 2:6] = 0
        network.first[:, 1] = 0
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    assert compaction.unchanged == {}
    assert (
        compaction.network.first.shape[0] == compaction.network.bias.shape[0] == compaction.network.second.shape[1] == 3
    )


class Unfollowable(nn.Module):
    """Raises for whoever watches."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, inputs):
        if torch.overrides._get_current_function_mode() is not None:
            raise RuntimeError("watched")
        return self.layer(inputs)


def test_a_network_that_cannot_be_followed_stays_whole():
    network = Unfollowable()
    compaction = compact(network, torch.rand(3, 4))
    assert compaction.unfollowed == "the network could not be followed: watched"
    assert torch.equal(compaction.network.layer.weight, network.layer.weight)


class Mapped(nn.Module):
    """Applies a layer to each example alone."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(6, 4)

    def forward(self, inputs):
        return torch.vmap(lambda row: torch.relu(self.layer(row)))(inputs)


def test_a_network_with_vmap_stays_whole():
    network, inputs = Mapped().eval(), torch.rand(5, 6)
    compaction = compact(network, inputs)
    assert compaction.unfollowed
    assert network_size(network, inputs) is None
    check_same(network, compaction, inputs)


def test_a_unit_of_a_layer_used_twice_leaves_as_an_input_too():
    network = nn.Sequential(
        nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Identity(), nn.Linear(6, 2)
    ).eval()
    network[4] = network[2]
    with torch.no_grad():
        network[2].weight[:, 2:4] = network[5].weight[:, 1:4] = 0
    inputs = torch.rand(4, 5)
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    assert [(layer.layer, layer.units) for layer in compaction.layers] == [("0", (6, 4)), ("2", (6, 4)), ("5", (2, 2))]


def test_hidden_units_of_a_transformer_leave_and_its_normalisation_stays():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 4, 64, batch_first=True, activation="gelu")
    network = nn.Sequential(
        nn.Embedding(20, 16), nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(96, 3)
    ).eval()
    with torch.no_grad():
        for encoder in network[1].layers:
            encoder.linear2.weight[:, :40] = 0
    inputs = torch.randint(0, 20, (5, 6))
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    hidden = [layer.units for layer in compaction.layers if layer.layer.endswith("linear1")]
    assert hidden == [(64, 24), (64, 24)]


def test_multiply_adds_are_those_of_the_layers():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5)).eval()
    with torch.no_grad():
        network[3].weight[:, :36] = 0
    layers = compact(network, torch.rand(3, 1, 8, 8)).layers
    assert [layer.multiply_adds for layer in layers] == [(4 * 9 * 36, 3 * 9 * 36), (5 * 144, 5 * 108)]


@pytest.mark.parametrize(
    ("units", "used", "left"),
    [
        (200, slice(500, None), 308),  # the lower eleven rows, of which the first is used in part
        (20, slice(500, None), 784),  # for few units: all are read, as copying takes longer than multiplying
        (20, slice(30, 783, 250), 4),  # few: gathered
        (80, slice(None, 448, 2), 16 * 27),  # many, for some units: the box around them
        (400, slice(None, 448, 2), 224),  # many, for many units: gathered
    ],
)
def test_pixels_that_no_unit_takes_are_left_out(units, used, left):
    network = perceptron(784, units, 10).eval()
    with torch.no_grad():
        dead = torch.ones(784, dtype=torch.bool)
        dead[used] = False
        network[1].weight[:, dead] = 0
    inputs = torch.rand(4, 1, 28, 28)
    compaction = compact(network, inputs)
    assert compaction.inputs == (784, left)
    check_same(network, compaction, inputs)


def test_a_box_is_cut_out_of_every_dimension():
    network = nn.Sequential(nn.Flatten(), nn.Linear(5 * 6, 100)).eval()
    with torch.no_grad():
        network[1].weight.view(100, 5, 6)[:, :, [0, 5]] = 0
        network[1].weight.view(100, 5, 6)[:, 4] = 0
    inputs = torch.rand(4, 5, 6)
    compaction = compact(network, inputs)
    assert compaction.read.tolist() == [6 * row + column for row in range(4) for column in range(1, 5)]
    assert "index_select" not in str(torch.export.export(compaction.network, (inputs,)).graph)
    check_same(network, compaction, inputs)


class Scaled(nn.Module):
    """Multiplies by a vector and adds another, as own normalisations do."""

    def __init__(self, size):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.rand(size) + 0.5), nn.Parameter(torch.rand(size))

    def forward(self, inputs):
        return inputs * self.scale + self.shift


def test_vectors_of_own_layers_are_cut_and_their_constants_folded():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(6, 8), Scaled(8), nn.ReLU(), nn.Linear(8, 3, bias=False)).eval()
    with torch.no_grad():
        network[0].weight[[1, 4]] = 0  # constant, and their weights in the last layer are not zero
    inputs = torch.rand(4, 6)
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    assert compaction.unchanged == {}
    assert compaction.network[1].scale.shape == (6,)
    assert compaction.network[3].bias is not None


@pytest.mark.parametrize(
    ("following", "left"),
    [
        (nn.Conv2d(4, 4, 3), 3),
        (nn.Conv2d(4, 4, 3, padding=1), 4),
        (nn.Conv2d(4, 4, 3, padding="same"), 4),
        (nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"), 3),
        (nn.ConvTranspose2d(4, 4, 3), 4),
        (nn.Conv2d(4, 4, 3, groups=2), 4),
        (nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(4, 4, 3, bias=False)), 3),
        (nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(4, 4, 3)), 4),
    ],
    ids=str,
)
@pytest.mark.parametrize("constant", [0.0, 0.7])
def test_where_a_constant_channel_can_go(following, left, constant):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 4, 1), following).eval()
    with torch.no_grad():
        network[0].weight[1], network[0].bias[1] = 0, constant
    inputs = torch.rand(3, 2, 6, 6)
    compaction = compact(network, inputs)
    check_same(network, compaction, inputs)
    assert compaction.unchanged == {}
    in_a_group = getattr(following, "groups", 1) > 1  # whose other channel stays
    assert compaction.layers[0].units == (4, left if constant or in_a_group else 3)


def test_pooled_images_may_be_flattened_by_a_view():
    class Viewed(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.pool, self.last = nn.Conv2d(1, 4, 3), nn.MaxPool2d((2, 1), stride=1), nn.Linear(24, 3)

        def forward(self, images):
            return self.last(self.pool(self.first(images)).view(images.size(0), -1))

    network, inputs = killed(Viewed().eval(), 0.5), torch.rand(3, 1, 6, 4)
    compaction = compact(network, inputs)
    assert not compaction.unfollowed
    check_same(network, compaction, inputs)
