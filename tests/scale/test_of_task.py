"""The scale of a task: found where the network can be followed, and the plain sum where it cannot."""

import dataclasses

import pytest
import torch
from torch import nn

from frontsearch.scale import canonical_scale
from frontsearch.scale.steps import RULES
from frontsearch.tasks import digits, iris, lasso
from frontsearch.tasks.networks import perceptron
from frontsearch.tracing import keep


class Unseen(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(64, 8), nn.Linear(8, 8), nn.Linear(8, 10)

    def forward(self, inputs):
        hidden = self.first(inputs)
        with torch._C.DisableTorchFunction():  # as in a module that TorchScript runs
            hidden = torch.relu(hidden)
        return self.third(torch.relu(self.second(hidden)))


class Broken(Unseen):
    def forward(self, inputs):
        if inputs.shape[0] == 2:
            raise RuntimeError("two examples are too few.")
        return super().forward(inputs)


def task_of(build):
    names = frozenset(name for name, parameter in build().named_parameters() if parameter.ndim > 1)
    return dataclasses.replace(digits(), build=build, penalised=names)


def test_a_network_with_hidden_units_has_a_scale_of_its_own():
    scale = canonical_scale(digits())
    assert (scale.units.count, scale.is_plain, scale.raw_because) == (33, False, "")


@pytest.mark.parametrize("task", [lasso(), iris()], ids=lambda task: task.name)
def test_a_network_without_hidden_units_is_measured_by_the_plain_sum(task):
    scale = canonical_scale(dataclasses.replace(task, build=task.build))
    network = task.network(1)
    plain = sum(float(network.get_parameter(name).detach().double().abs().sum()) for name in task.penalised)
    if scale.is_plain:
        assert scale.balance(network).least == pytest.approx(plain, rel=1e-12)
    else:
        assert scale.balance(network).least < plain


def test_a_step_that_torch_does_not_show_is_noticed():
    scale = canonical_scale(task_of(Unseen))
    assert scale.is_plain
    assert scale.raw_because == "the network has other outputs after a rescaling that should not change them"


def test_a_network_that_cannot_be_followed_says_why():
    scale = canonical_scale(task_of(Broken))
    assert scale.is_plain
    assert scale.raw_because == "the network could not be followed: two examples are too few"


def test_a_wrong_rule_is_found_out(monkeypatch):
    monkeypatch.setitem(RULES, "tanh", keep)
    scale = canonical_scale(task_of(lambda: perceptron(64, 8, 10, activation=nn.Tanh)))
    assert scale.is_plain
    assert scale.raw_because == "the network has other outputs after a rescaling that should not change them"


def test_torchs_generator_is_left_alone():
    task = digits()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    canonical_scale(task)
    assert torch.equal(torch.rand(3), expected)
