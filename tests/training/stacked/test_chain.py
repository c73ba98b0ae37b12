"""Which networks are chains: those whose traced layers, one after the other, are the network."""

import random
import threading

import numpy as np
import pytest
import torch
from torch import fx, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from frontsearch.tasks import Task
from frontsearch.tasks.networks import LeNet5Caffe
from frontsearch.training import stacked_task
from frontsearch.training.stacked.chain import chain_of

IMAGES = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))


class Convolutional(nn.Module):
    """As tutorials write it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 3, 3)
        self.drop = nn.Dropout2d(0.1)
        self.fc1, self.fc2 = nn.Linear(3, 9), nn.Linear(9, 5)

    def forward(self, images):
        images = functional.max_pool2d(functional.relu(self.conv1(images)), 2)
        images = functional.max_pool2d(torch.relu(self.drop(self.conv2(images))), (2, 2))
        rows = self.fc1(self.flat(images)).tanh()
        rows = functional.dropout(rows, 0.2, training=self.training)
        return functional.log_softmax(self.fc2(rows), dim=1)

    def flat(self, images):
        return torch.flatten(images, 1)


class Changed(Convolutional):
    """One whose forward pass does something else, too."""

    def __init__(self, change):
        super().__init__()
        self.change, self.calls = change, 0

    def forward(self, images):
        return self.change(self, images)


def counted(network, images):
    network.calls += 1
    return Convolutional.forward(network, images)


def drawn(draw):
    def forward(network, images):
        return Convolutional.forward(network, images) if draw() >= 0 else images

    return forward


NAMES = ["conv1", None, None, "conv2", "drop", None, None, None, "fc1", None, None, "fc2", None]
CHAINS = {
    "a class": (Convolutional(), NAMES),
    "one layer": (nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), ["0", "1"]),
    "nested": (nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(64, 3), nn.ReLU())), ["0", "1.0", "1.1"]),
}  # fmt: skip


@pytest.mark.parametrize(("network", "names"), CHAINS.values(), ids=CHAINS)
def test_the_layers_of_a_chain_are_found(network, names):
    assert [link.name for link in chain_of(network, IMAGES).links] == names


@pytest.mark.parametrize(
    "reshape",
    [
        lambda images: images.view(images.size(0), -1), lambda images: images.reshape(images.shape[0], -1),
        lambda images: images.view(-1, 3), lambda images: images.flatten(1), nn.Flatten(),
        lambda images: torch.reshape(images, (-1, 3)),
    ],
)  # fmt: skip
def test_images_may_be_flattened_in_any_way(reshape):
    network = Convolutional()
    network.flat = reshape
    assert chain_of(network, IMAGES) is not None


def test_a_network_may_be_a_single_layer():
    (link,) = chain_of(nn.Linear(8, 3), torch.randn(2, 8)).links
    assert (link.name, link.prefix) == ("", "")


def test_a_module_without_parameters_may_be_used_twice():
    activation = nn.Tanh()
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 9), activation, nn.Linear(9, 9), activation, nn.Linear(9, 3))
    assert [type(link.module).__name__ for link in chain_of(network, IMAGES).links] == [
        "Flatten", "Linear", "Tanh", "Linear", "Tanh", "Linear",
    ]  # fmt: skip


def test_a_chain_knows_its_multiply_adds():
    images = torch.randn(2, 1, 28, 28)
    assert chain_of(LeNet5Caffe(), images).work == 24**2 * 25 * 20 + 8**2 * 500 * 50 + 800 * 500 + 500 * 10


def tied():
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    network[5].weight = network[3].weight
    return network


def twice():
    layer = nn.Linear(64, 64)
    return nn.Sequential(nn.Flatten(), layer, nn.ReLU(), layer)


def frozen_statistics():
    class Frozen(nn.Sequential):
        def train(self, *args):
            super().train(*args)
            self[1].eval()
            return self

    return Frozen(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(72, 3))


def hooked():
    network = Convolutional()
    network.fc1.register_forward_hook(lambda *_: None)
    return network


def unused():
    network = Convolutional()
    network.spare = nn.Linear(3, 3)
    return network


def with_function(function):
    network = Convolutional()
    network.flat = function
    return network


NO_CHAINS = {
    "tied weights": tied,
    "a layer with weights twice": twice,
    "statistics that are not trained": frozen_statistics,
    "hooks": hooked,
    "weights that nothing uses": unused,
    "a parametrised layer": lambda: nn.Sequential(nn.Flatten(), parametrizations.weight_norm(nn.Linear(64, 3))),
    "a count of calls": lambda: Changed(counted),
    "a choice by torch's generator": lambda: Changed(drawn(lambda: torch.rand(()).item())),
    "a choice by Python's generator": lambda: Changed(drawn(random.random)),
    "a choice by NumPy's generator": lambda: Changed(drawn(np.random.rand)),
    "a residual sum": lambda: with_function(lambda images: images.flatten(1) + images.flatten(1)),
    "dropout in evaluation, too": lambda: with_function(lambda images: functional.dropout(images.flatten(1), 0.5)),
    "pixels in another order": lambda: with_function(lambda images: images.transpose(2, 3).flatten(1)),
    "linear layers along images": lambda: nn.Sequential(nn.Linear(8, 8), nn.Flatten(), nn.Linear(64, 3)),
    "outputs that are images": lambda: nn.Conv2d(1, 2, 3),
}  # fmt: skip


@pytest.mark.parametrize("build", NO_CHAINS.values(), ids=NO_CHAINS)
def test_other_networks_are_none(build):
    assert chain_of(build(), IMAGES) is None


def test_nor_are_those_with_other_layers_in_training():
    class Noisy(Convolutional):
        def flat(self, images):
            return torch.tanh(images.flatten(1)) if self.training else images.flatten(1)

    assert chain_of(Noisy(), IMAGES) is None


def test_layers_that_change_their_inputs_leave_the_data_as_they_were():
    inputs = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    before, build = inputs.clone(), lambda: nn.Sequential(nn.ELU(inplace=True), nn.Linear(6, 3))
    task = Task(name="in place", splits={"train": (inputs, torch.arange(40) % 3)}, build=build)
    examples = task.splits["train"].inputs.clone()
    assert stacked_task(task) is not None
    assert torch.equal(task.splits["train"].inputs, examples)
    assert torch.equal(inputs, before)


@pytest.mark.parametrize("draw", [random.random, np.random.rand, lambda: torch.rand(())])
def test_draws_of_other_threads_are_not_the_networks(monkeypatch, draw):
    """A Dask worker's threads draw; its trainings were then not stacked, and had other bits than elsewhere."""
    busy, trace = iter([draw] * 3), fx.Tracer.trace

    def traced(tracer, root):
        thread = threading.Thread(target=next(busy, int))
        thread.start()
        graph = trace(tracer, root)
        thread.join()
        return graph

    monkeypatch.setattr(fx.Tracer, "trace", traced)
    assert chain_of(Convolutional(), IMAGES) is not None


def test_other_threads_call_their_networks_while_one_is_traced():
    """With torch 2.13.0's own tracer the call raised ``NameError: module is not installed as a submodule``."""
    other, examples, outputs = nn.Sequential(nn.Linear(3, 2)), torch.ones(1, 3), []

    def elsewhere():
        thread = threading.Thread(target=lambda: outputs.append(other(examples)))
        thread.start()
        thread.join()
        return 0

    chain_of(Changed(drawn(elsewhere)), IMAGES)
    assert torch.equal(torch.cat(outputs), other(examples))
