"""Which units are found in a network, and where they end."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.scale.steps import find_units
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, perceptron

INPUTS = torch.rand(3, 4)


def hidden(activation):
    return nn.Sequential(nn.Linear(4, 5), activation, nn.Linear(5, 2))


class Forward(nn.Module):
    """Two dense layers and whatever is between them."""

    def __init__(self, between, width=5):
        super().__init__()
        self.first, self.second, self.between = nn.Linear(4, 5), nn.Linear(width, 2), between

    def forward(self, inputs):
        return self.second(self.between(self.first(inputs)))


HOMOGENEOUS = {
    "relu": functional.relu,
    "method": lambda x: x.relu(),
    "in place": lambda x: x.relu_(),
    "leaky": lambda x: functional.leaky_relu(x, 0.2),
    "prelu": nn.PReLU(5),
    "dropout": nn.Dropout(0.5),
    "a factor": lambda x: 2 * x / 3,
    "a fixed mask": lambda x: x * torch.tensor([1.0, 0, 1, 0, 1]),
    "reshaped": lambda x: x.view(-1, 5, 1).transpose(1, 2).squeeze(1).T.t(),
    "picked": lambda x: x[:, [4, 3, 2, 1, 0]],
    "torch.relu": torch.relu,
    "halves": lambda x: torch.cat(x.split([2, 3], dim=1), dim=1),
    "a sum with itself": lambda x: x + functional.relu(x),
}
ENDING = {
    "tanh": torch.tanh,
    "sigmoid": nn.Sigmoid(),
    "elu": nn.ELU(),
    "gelu": nn.GELU(),
    "softmax": nn.Softmax(dim=1),
    "layer norm": nn.LayerNorm(5),
    "relu6": nn.ReLU6(),
    "silu": nn.SiLU(),
}


@pytest.mark.parametrize("between", HOMOGENEOUS.values(), ids=HOMOGENEOUS)
def test_units_pass_what_commutes_with_positive_factors(between):
    units = find_units(Forward(between).eval(), INPUTS)
    assert (units.count, units.unknown) == (6, ())
    first, second = units.kernels
    assert sorted(first.rows.tolist()) == sorted(second.columns.flatten().tolist()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("between", ENDING.values(), ids=ENDING)
def test_units_end_at_what_does_not_without_a_word(between):
    units = find_units(Forward(between).eval(), INPUTS)
    assert (units.count, units.unknown) == (1, ())


@pytest.mark.parametrize(
    ("between", "name"),
    [(lambda x: x.erf() + x.erf(), "erf"), (torch.logit, "logit"), (lambda x: torch.cumsum(x, 1), "cumsum")],
)
def test_a_function_that_nothing_is_known_of_is_named_once(between, name):
    units = find_units(Forward(between).eval(), INPUTS)
    assert (units.count, units.unknown) == (1, (name,))


def test_adding_a_number_or_a_parameter_ends_units():
    assert find_units(Forward(lambda x: x + 1).eval(), INPUTS).count == 1
    shift = nn.Parameter(torch.ones(5))
    assert find_units(Forward(lambda x: x + shift).eval(), INPUTS).count == 1


def test_a_product_of_two_scaled_tensors_ends_units():
    assert find_units(Forward(lambda x: x * functional.relu(x)).eval(), INPUTS).count == 1
    assert find_units(Forward(lambda x: x / x.sum()).eval(), INPUTS).count == 1


def test_pooling_over_units_makes_them_one():
    pooled = find_units(Forward(lambda x: functional.avg_pool1d(x[:, None], 5)[:, 0], width=1).eval(), INPUTS)
    assert pooled.count == 2
    assert set(pooled.kernels[0].rows.tolist()) == {1}


def test_the_unit_of_a_flattened_map_is_its_channel():
    units = find_units(LeNet5().eval(), torch.rand(2, 1, 28, 28))
    conv1, conv2, dense1, dense2, dense3 = units.kernels
    assert units.count == 1 + 6 + 16 + 120 + 84
    assert dense1.columns.flatten().tolist() == [channel for channel in conv2.rows.tolist() for _ in range(25)]
    assert conv2.columns.flatten().tolist() == conv1.rows.tolist()
    assert dense2.moving == ("dense2.bias",)
    assert set(dense3.rows.tolist()) == set(conv1.columns.flatten().tolist()) == {0}
    assert find_units(LeNet5Caffe().eval(), torch.rand(2, 1, 28, 28)).count == 1 + 20 + 50 + 500


def test_a_linear_network_has_none():
    assert find_units(perceptron(4, 2).eval(), INPUTS).count == 1


class Shared(nn.Module):
    """One dense layer used twice, between others."""

    def __init__(self):
        super().__init__()
        self.first, self.shared, self.last = nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 2)

    def forward(self, inputs):
        hidden = functional.relu(self.first(inputs))
        for _ in range(2):
            hidden = functional.relu(self.shared(hidden))
        return self.last(hidden)


def test_a_weight_that_is_used_twice_keeps_its_scale():
    units = find_units(Shared().eval(), INPUTS)
    assert units.count == 1
    assert [kernel.weight for kernel in units.kernels] == ["first.weight", "last.weight"]


class Fork(nn.Module):
    """Adds what a BatchNorm takes to what it returns."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, inputs):
        return self.norm(inputs) + inputs


def test_the_kernel_before_a_batchnorm_is_folded_and_one_that_is_used_elsewhere_is_not():
    norm = nn.BatchNorm1d(5)
    folded, _ = find_units(Forward(norm).eval(), INPUTS).kernels
    assert folded.normalisation.variance == "between.running_var"
    assert folded.moving == ("between.weight", "between.bias")
    assert find_units(Forward(nn.BatchNorm1d(5, affine=False)).eval(), INPUTS).count == 1
    assert find_units(Forward(Fork(norm)).eval(), INPUTS).count == 1
    alone = find_units(Forward(nn.Sequential(nn.ReLU(), norm)).eval(), INPUTS)
    assert alone.count == 1 + 5 + 5
    assert [kernel.weight for kernel in alone.kernels] == ["first.weight", "between.1.weight", "second.weight"]


def test_attention_and_recurrence_end_units():
    encoder = nn.TransformerEncoderLayer(4, 2, 6, batch_first=True)
    units = find_units(nn.Sequential(nn.Unflatten(1, (1, 4)), encoder).eval(), INPUTS)
    assert (units.count, units.unknown) == (1 + 6, ())  # the units of its hidden layer
    lstm = nn.LSTM(5, 3, batch_first=True)
    assert find_units(Forward(lambda x: lstm(x)[0], width=3).eval(), INPUTS).count == 1


def test_tracing_leaves_the_network_and_torch_as_they_were():
    network = hidden(nn.ReLU()).eval()
    before = network(INPUTS)
    find_units(network, INPUTS)
    assert torch.equal(network(INPUTS), before)
    assert before.requires_grad
