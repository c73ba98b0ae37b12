"""The expected square of a new weight is that of the distribution it was drawn from."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from frontsearch.scale.initial import initial_mean_squares
from frontsearch.tasks.networks import LeNet5


def test_glorots_rule_is_exact():
    found = initial_mean_squares(LeNet5)
    assert found["conv1.weight"] == pytest.approx(2 / (9 + 6 * 9), rel=1e-12)
    assert found["conv2.weight"] == pytest.approx(2 / (6 * 9 + 16 * 9), rel=1e-12)
    assert found["dense1.weight"] == pytest.approx(2 / (400 + 120), rel=1e-12)
    assert found["dense1.bias"] == 0


def test_so_are_torchs_own_rule_and_normal_numbers():
    def build():
        network = nn.Sequential(nn.Linear(12, 5), nn.Linear(5, 3), nn.BatchNorm1d(3))
        nn.init.kaiming_normal_(network[1].weight)
        return network

    found = initial_mean_squares(build)
    assert found["0.weight"] == pytest.approx(1 / (3 * 12), rel=1e-12)
    assert found["1.weight"] == pytest.approx(2 / 5, rel=1e-12)
    assert found["2.weight"] == 1


@pytest.mark.parametrize(
    "change",
    [
        nn.init.orthogonal_,
        lambda weight: weight.data.mul_(3),
        lambda weight: weight.data.copy_(torch.from_numpy(np.full((5, 12), 0.5))),
    ],
    ids=["orthogonal", "multiplied", "copied"],
)
def test_of_any_other_weights_it_is_the_mean_square(change):
    networks = []

    def build():
        networks.append(nn.Linear(12, 5))
        change(networks[0].weight)
        return networks[0]

    found = initial_mean_squares(build)
    assert found["weight"] == pytest.approx(float(networks[0].weight.detach().double().square().mean()), rel=1e-12)


def test_torchs_compiler_is_not_imported_for_it():  # it takes a second, in each worker
    program = (
        "import sys; from torch import nn; from frontsearch.scale.initial import initial_mean_squares; "
        "found = initial_mean_squares(lambda: nn.Linear(12, 5)); print(len(found), 'torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False\n"
