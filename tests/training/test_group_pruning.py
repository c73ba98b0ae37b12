"""Pruning to a sparsity where complexity is group l1: whole units and inputs go, and nothing is left that they need."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from frontsearch import Recipe, Task, Trainer
from frontsearch.compaction import compact, computed_groups, find_channels, weight_groups
from frontsearch.recipe import Pruning, WarmStart, WeightedSum
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints
from frontsearch.training.penalties import penalty_of
from frontsearch.training.weights import Weights

KERNELS = frozenset({"0.weight", "2.weight", "4.weight"})


def perceptron(seed):
    """A network of three kernels, the groups of their entries, and the groups of what takes what they compute."""
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).double().eval()
    inputs = torch.rand(3, 5, dtype=torch.float64)
    groups = weight_groups(network, inputs, KERNELS)
    return network, groups, computed_groups(find_channels(network, inputs), groups)


def by_definition(kernels, count):
    """The masks after removing inputs and hidden units one by one until at least so many weights are zero.

    In turn it is the one whose norm by the root of the number of weights that go with it is least, as they are before
    the pruning.
    """
    units = [(layer, unit) for layer, kernel in enumerate(kernels) for unit in range(kernel.shape[1])]

    def size(layer, unit):
        own, before = kernels[layer][:, unit], kernels[layer - 1][unit] if layer else np.zeros(0)
        freed = np.count_nonzero(own) + np.count_nonzero(before)
        return np.linalg.norm(own) / np.sqrt(freed) if freed else 0.0

    masks = [np.ones_like(kernel) for kernel in kernels]
    for layer, unit in sorted(units, key=lambda place: size(*place)):
        if (
            size(layer, unit)
            and sum(np.sum(mask * kernel == 0) for mask, kernel in zip(masks, kernels, strict=True)) >= count
        ):
            break
        masks[layer][:, unit] = 0
        if layer:
            masks[layer - 1][unit] = 0
    return masks


@given(seed=st.integers(0, 2**31), percent=st.integers(0, 100), dead=st.booleans())
def test_the_smallest_units_and_inputs_go_with_all_that_computes_them(seed, percent, dead):
    network, groups, computed = perceptron(seed)
    if dead:
        network[2].weight.data[:, 1] = 0
        network[0].weight.data[1] = 0
    kernels = [network[number].weight.detach().numpy().copy() for number in (0, 2, 4)]
    weights = Weights(network, KERNELS)
    count = round(percent * len(weights.penalised) / 100)
    gone = penalty_of(weights, groups, computed).smallest(weights.penalised, count)
    found = weights.penalised_views((~gone).double())
    for name, mask in zip(("0.weight", "2.weight", "4.weight"), by_definition(kernels, count), strict=True):
        np.testing.assert_array_equal(found[name].numpy(), mask)


@pytest.mark.parametrize("ramp", ["constant", "cubic"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_training_ends_at_its_sparsity_with_no_zero_in_what_is_left(tmp_path, ramp, share):
    task = replace(digits(), complexity="group-l1")
    trainer = Trainer(task, Checkpoints(tmp_path))
    descent = WeightedSum(l1_weight=0.0)
    parent = trainer(Recipe(descent=descent, optimiser="adam", epochs=3.0, batch_size=64))
    pruning = Pruning(sparsity=share, ramp=ramp, every=5, regrow=False)
    start = WarmStart(trial=parent.key)
    trial = trainer(Recipe(descent=descent, optimiser="adam", epochs=4.0, batch_size=64, pruning=pruning, start=start))
    prunable, nonzeros = trial.metrics["prunable"], trial.metrics["nonzeros"]
    assert 0.9 * (1 - share) <= nonzeros / prunable <= 1 - share
    network = task.network(0)
    network.load_state_dict(trainer.checkpoints.load(trial.key)[0])
    kernels = [part for part in network.parameters() if part.ndim == 2]
    rows, columns = ([(kernel != 0).any(axis) for kernel in kernels] for axis in (1, 0))
    assert all((kernel[row][:, column] != 0).all() for kernel, row, column in zip(kernels, rows, columns, strict=True))
    assert all(torch.equal(row, column) for row, column in zip(rows[:-1], columns[1:], strict=True))


class Shared(nn.Module):
    """Two layers that take one hidden layer, of which one is not penalised."""

    def __init__(self):
        super().__init__()
        self.hidden, self.first, self.second = nn.Linear(6, 4), nn.Linear(4, 2), nn.Linear(4, 2)

    def forward(self, inputs):
        hidden = self.hidden(inputs).relu()
        return self.first(hidden) + self.second(hidden)


@pytest.mark.parametrize(("penalised", "expected"), [("kernels", True), (["hidden.weight", "first.weight"], False)])
def test_what_computes_a_unit_goes_only_if_nothing_else_takes_it(penalised, expected):
    inputs, targets = torch.rand(40, 6), torch.randint(0, 2, (40,))
    task = Task(name="shared", splits={"train": (inputs, targets)}, build=Shared, penalised=penalised)
    network = task.network(0).eval()
    groups = weight_groups(network, inputs[:3], task.penalised)
    computed = computed_groups(find_channels(network, inputs[:3]), groups)
    assert bool((computed["hidden.weight"] >= 0).all()) is expected
    assert bool((computed["hidden.weight"] < 0).all()) is not expected
    assert compact(network, inputs[:3]).multiply_adds[0] == 24 + 8 + 8
