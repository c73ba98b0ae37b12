"""The networks of CIFAR-10: their published sizes, their initial weights, and that the trainer takes them."""

import math
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.compaction import network_size
from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.tasks import Task, is_channels_last
from frontsearch.tasks.networks import all_kernels, dense_kernels
from frontsearch.tasks.resnet import ResNet20
from frontsearch.tasks.vgg import VGG16, VGG19, vgg, vgg_like
from frontsearch.training import Trainer

NETWORKS = {
    "vgg-like": vgg_like,
    "resnet20": ResNet20,
    "vgg16-bn": partial(vgg, VGG16),
    "vgg19-bn": partial(vgg, VGG19),
}


def count(network, names=None):
    return sum(p.numel() for name, p in network.named_parameters() if names is None or name in names)


def images(number, seed=0):
    return torch.randn(number, 3, 32, 32, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "parameters", "dense", "kernels"),
    [
        ("vgg-like", 308_394, 20_480, 307_040),
        ("resnet20", 269_722, 640, 268_336),
        ("vgg16-bn", 14_724_042, 5_120, 14_715_584),
        ("vgg19-bn", 20_035_018, 5_120, 20_024_000),
    ],
)
def test_networks_have_the_published_sizes(name, parameters, dense, kernels):
    network = NETWORKS[name]()
    assert count(network) == parameters
    assert count(network, dense_kernels(network)) == dense
    assert count(network, all_kernels(network)) == kernels
    assert network(images(2)).shape == (2, 10)


def test_the_papers_size_of_the_vgg_like_network_counts_the_running_statistics():
    network = vgg_like()
    statistics = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
    assert count(network) + sum(map(torch.numel, statistics)) == 309_290


def test_resnet20_computes_as_many_products_as_published():
    shortcuts = 2 * 16 * 16 * 16 * 32  # which only copy
    assert network_size(ResNet20(), images(2)).multiply_adds == 40_551_040 + shortcuts


def test_shortcuts_take_every_second_pixel_and_begin_new_channels_with_zeros():
    block = ResNet20().blocks[3]
    nn.init.zeros_(block.conv2.weight)
    features = torch.rand(2, 16, 8, 8)
    expected = functional.pad(features[:, :, ::2, ::2], (0, 0, 0, 0, 0, 16))
    torch.testing.assert_close(block(features), expected)


@pytest.mark.parametrize("name", ["resnet20", "vgg16-bn"])
def test_kernels_are_normal_for_relu(name):
    torch.manual_seed(0)
    for parameter in NETWORKS[name]().parameters():
        if parameter.ndim > 1:
            deviation = math.sqrt(2 / parameter[0].numel())
            assert float(parameter.detach().std()) == pytest.approx(deviation, rel=0.15)


def test_kernels_of_the_vgg_like_network_are_uniform_glorot():
    torch.manual_seed(0)
    kernel = vgg_like()[3].weight.detach()
    bound = math.sqrt(6 / (2 * 32 * 9))
    assert 0.99 * bound < float(kernel.abs().max()) <= bound


@pytest.mark.parametrize(
    ("name", "complexity"),
    [("vgg-like", "l1"), ("vgg-like", "group-l1"), ("resnet20", "l1"), ("resnet20", "group-l1"), ("vgg19-bn", "l1")],
)
def test_the_trainer_trains_them_with_their_channels_last(name, complexity):
    few = {"train": (images(12), torch.arange(12) % 3), "validation": (images(6, 1), torch.arange(6) % 3)}
    splits = {**few, "test": few["validation"]}
    task = Task(
        name=name, splits=splits, build=NETWORKS[name], complexity=complexity, transform=lambda batch: batch.flip(3)
    )
    assert all(is_channels_last(each) for each in task.network(0).parameters() if each.ndim == 4)
    recipe = Recipe(
        descent=WeightedSum(l1_weight=1e-4), learning_rate=1e-3, batch_size=6, epochs=1, pruning=Pruning(threshold=1e-3)
    )
    trial = Trainer(task)(recipe)
    assert trial.objectives is not None
    assert 0 < trial.metrics["sparsity"] < 1
