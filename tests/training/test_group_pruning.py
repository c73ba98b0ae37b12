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


NORMALISED = frozenset({"0.weight", "1.weight", "3.weight", "4.weight", "6.weight"})


def normalised(seed):
    """The same with a BatchNorm before each activation."""
    torch.manual_seed(seed)
    hidden = [nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU()]
    network = nn.Sequential(*hidden, nn.Linear(3, 2)).double().eval()
    for layer in (network[1], network[4]):
        nn.init.uniform_(layer.weight, 0.5, 2.0)
    inputs = torch.rand(3, 5, dtype=torch.float64)
    groups = weight_groups(network, inputs, NORMALISED)
    return network, groups, computed_groups(find_channels(network, inputs), groups)


def pruned(network, groups, computed, count):
    weights = Weights(network, NORMALISED)
    penalty = penalty_of(weights, groups, computed, has_free_kernels=True)
    return penalty.smallest(weights.penalised, count)


@given(seed=st.integers(0, 2**31), percent=st.integers(0, 100), scales=st.tuples(*[st.floats(1e-3, 1e3)] * 3))
def test_what_goes_does_not_depend_on_scales_that_mean_nothing(seed, percent, scales):
    network, *rest = normalised(seed)
    count = round(percent * sum(len(each.flatten()) for each in rest[0].values()) / 100)
    before = pruned(network, *rest, count)
    with torch.no_grad():
        for layer, scale in zip((0, 3, 6), scales, strict=True):
            network[layer].weight *= scale
    assert torch.equal(pruned(network, *rest, count), before)


def shares_by_definition(network, groups):
    """For each group the mean over its weights of the share of their parameter's squares that the group has."""
    found = {}
    for name, numbers in groups.items():
        values = network.get_parameter(name).detach().numpy()
        for group in np.unique(numbers[values != 0]):
            of_group = values[(numbers.numpy() == group) & (values != 0)]
            alive = len(np.unique(numbers[values != 0]))
            share = np.sum(of_group**2) / np.sum(values**2) * np.count_nonzero(values) / alive / len(of_group)
            found.setdefault(int(group), []).extend([share] * len(of_group))
    return {group: np.mean(shares) for group, shares in found.items()}


@given(seed=st.integers(0, 2**31), removed=st.integers(0, 10))
def test_of_kernels_of_any_scale_the_group_goes_that_has_the_least_share_of_them(seed, removed):
    network, groups, computed = normalised(seed)
    with torch.no_grad():
        for name in NORMALISED:
            network.get_parameter(name)[(groups[name] == removed) | (computed[name] == removed)] = 0
    shares = shares_by_definition(network, groups)
    zeros = sum(int((network.get_parameter(name) == 0).sum()) for name in NORMALISED)
    weights = Weights(network, NORMALISED)
    numbers = weights.flat_penalised(groups)
    alive = weights.penalised != 0
    gone = pruned(network, groups, computed, zeros + 1) & alive
    assert min(shares, key=shares.get) in set(numbers[gone].tolist())


def test_a_narrow_layer_keeps_its_units_until_a_wide_one_has_as_few():
    torch.manual_seed(0)
    hidden = [nn.Linear(40, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 200), nn.BatchNorm1d(200), nn.ReLU()]
    network = nn.Sequential(*hidden, nn.Linear(200, 2)).double().eval()
    groups = weight_groups(network, inputs := torch.rand(3, 40, dtype=torch.float64), NORMALISED)
    computed = computed_groups(find_channels(network, inputs), groups)
    weights = Weights(network, NORMALISED)
    gone = penalty_of(weights, groups, computed, has_free_kernels=True).smallest(weights.penalised, 1800)
    left = {name: part != 0 for name, part in weights.penalised_views((~gone).double()).items()}
    assert left["3.weight"].any(0).sum() == 8
    assert 0 < left["6.weight"].any(0).sum() < 100


def test_of_kernels_of_any_scale_those_go_that_are_small_beside_others_of_their_kernel():
    network, groups, computed = normalised(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
        network[3].weight *= 1e-3
        network[3].weight[:, 1] /= 2  # a whole kernel is small, and one unit in it smaller than the others
        network[0].weight[:, 2] /= 1.2
    gone = pruned(network, groups, computed, 1)
    weights = Weights(network, NORMALISED)
    views = {
        name: part.reshape(network.get_parameter(name).shape) for name, part in weights.penalised_views(gone).items()
    }
    assert [view.any(0).tolist() for view in (views["3.weight"], views["0.weight"])] == [
        [False, True, False, False],
        [True] * 5,  # the row that computes the unit
    ]
    assert views["0.weight"].sum() == 5
    assert views["1.weight"].tolist() == [False, True, False, False]


def separable():
    """A convolution, a depthwise and a pointwise one, each with BatchNorm."""
    layers = [nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.Conv2d(16, 32, 1)]
    blocks = [nn.Sequential(layer, nn.BatchNorm2d(layer.out_channels), nn.ReLU()) for layer in layers]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def test_no_layer_of_a_network_with_batch_norm_is_emptied_before_the_others(tmp_path):
    """By norms across layers, the first convolution kept no channel and the second all of them."""
    flat = digits()
    splits = {name: (split.inputs.view(-1, 1, 8, 8), split.targets) for name, split in flat.splits.items()}
    task = Task(name="separable", splits=splits, build=separable, complexity="group-l1")
    trainer = Trainer(task, Checkpoints(tmp_path))
    descent = WeightedSum(l1_weight=0.0)
    parent = trainer(Recipe(descent=descent, optimiser="adam", epochs=3.0, batch_size=64))
    pruning = Pruning(sparsity=0.8, ramp="cubic", every=5, regrow=False)
    start = WarmStart(trial=parent.key)
    trial = trainer(Recipe(descent=descent, optimiser="adam", epochs=3.0, batch_size=64, pruning=pruning, start=start))
    kernels = [part for part in trainer.checkpoints.load(trial.key)[0].values() if part.ndim == 4]
    left = [float((kernel != 0).flatten(1).any(1).float().mean()) for kernel in kernels]
    assert min(left) > 0.1


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
