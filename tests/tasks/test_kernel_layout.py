"""Kernels lie in memory with their channels last, which is faster, where the forward pass runs with such outputs."""

import copy

import pytest
import torch
from torch import nn

from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.tasks import Task, is_channels_last
from frontsearch.training import Trainer

FLAT = {
    "view": lambda images: images.view(images.size(0), -1),
    "flatten": lambda images: images.flatten(1),
}


class Network(nn.Module):
    """As tutorials write it."""

    def __init__(self, flat, size=1, channels=6, stride=1):
        super().__init__()
        self.flat = flat
        self.conv1, self.conv2 = nn.Conv2d(1, channels, 3), nn.Conv2d(channels, 8, size, stride)
        self.last = nn.Linear(8 * ((4 - size) // stride + 1) ** 2, 3)

    def forward(self, images):
        images = nn.functional.max_pool2d(torch.relu(self.conv1(images)), 2)
        return self.last(self.flat(torch.relu(self.conv2(images))))


def task(flat, **changes):
    inputs = torch.rand(90, 1, 10, 10, generator=torch.Generator().manual_seed(0))
    standard = {"build": lambda: Network(FLAT[flat]), "splits": {"train": (inputs, torch.arange(90) % 3)}}
    return Task(name="images", **{**standard, **changes})


@pytest.mark.parametrize(("flat", "last"), [("flatten", True), ("view", False)])
@pytest.mark.parametrize("size", [1, 2])
def test_kernels_have_their_channels_last_where_the_network_runs_so(flat, last, size):
    network = task(flat, build=lambda: Network(FLAT[flat], size)).network(0)
    assert [is_channels_last(kernel) for kernel in (network.conv1.weight, network.conv2.weight)] == [last, last]


@pytest.mark.parametrize(("channels", "last"), [(6, False), (15, False), (16, True)])
def test_a_strided_pointwise_convolution_of_few_channels_keeps_them_where_torch_has_them(channels, last):
    """torch 2.13: oneDNN may write past its memory when it computes its gradient in the other layout."""
    found = task("flatten", build=lambda: Network(FLAT["flatten"], channels=channels, stride=2)).network(0)
    assert is_channels_last(found.conv2.weight) is last


class Shifted(torch.autograd.Function):
    """Returns its input; the gradient is shifted by a pixel where channels are last, as in pytorch/pytorch#188344."""

    @staticmethod
    def forward(context, images):
        context.last = images.is_contiguous(memory_format=torch.channels_last)
        return images.clone()

    @staticmethod
    def backward(context, gradient):
        return gradient.roll(1, 3) if context.last else gradient


class Shifting(nn.Module):
    def forward(self, images):
        return Shifted.apply(images)


@pytest.mark.parametrize(("between", "last"), [(Shifting, False), (nn.Dropout, True)])
def test_kernels_stay_where_their_gradient_would_be_another(between, last):
    def build():
        return nn.Sequential(nn.Conv2d(1, 6, 3), between(), nn.Conv2d(6, 8, 3), nn.Flatten(), nn.Linear(288, 3))

    assert is_channels_last(task("flatten", build=build).network(0)[0].weight) is last


def test_that_changes_no_value():
    first, second = (task(flat).network(0).state_dict() for flat in FLAT)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("complexity", ["l1", "group-l1"])
@pytest.mark.parametrize("side_by_side", [False, True])
def test_what_is_learnt_is_the_same(side_by_side, complexity):
    recipe = Recipe(
        descent=WeightedSum(l1_weight=1e-2), learning_rate=1e-2, batch_size=30, epochs=6,
        pruning=Pruning(threshold=0.02),
    )  # fmt: skip
    found = []
    for flat in FLAT:
        trainer = Trainer(task(flat, complexity=complexity))
        if not side_by_side:
            vars(trainer)["stacked"] = None
        found.append(trainer(recipe))
    assert found[0].metrics == pytest.approx(found[1].metrics, rel=1e-4)


def test_a_network_in_the_layout_that_its_user_chose_keeps_it():
    trained = copy.deepcopy(Network(FLAT["flatten"])).to(memory_format=torch.channels_last)
    assert is_channels_last(task("flatten", build=None, network=trained).network(0).conv2.weight)


def test_images_may_be_flattened_by_a_view_after_a_transform():
    transformed = task("view", transform=lambda images: images.flip(3).contiguous())
    assert Trainer(transformed)(Recipe(epochs=1, batch_size=30)).objectives is not None
