"""Networks whose graph does not tell what a training step does are trained alone, and so as torch trains them."""

import types

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.recipe import Recipe
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer, stacked_task

INPUTS = torch.randn(60, 6, generator=torch.Generator().manual_seed(0))


class Network(nn.Module):
    def __init__(self, change=None):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 3)
        if change:
            change(self)

    def forward(self, inputs):
        return self.last(self.hidden(self.first(inputs)))

    def hidden(self, features):
        return functional.relu(features)


class Doubled(torch.autograd.Function):
    """Its gradient is twice that of the identity."""

    @staticmethod
    def forward(_, inputs):
        return torch.relu(inputs)

    @staticmethod
    def backward(_, gradient):
        return 2 * gradient


class Stopped(Network):
    def forward(self, inputs):
        with torch.no_grad():
            features = functional.relu(self.first(inputs))
        return self.last(features)


class Custom(Network):
    def hidden(self, features):
        return Doubled.apply(features)


class Counting(Network):
    """Its activation depends on how often it was trained."""

    def __init__(self):
        super().__init__()
        self.register_buffer("steps", torch.zeros(()))

    def hidden(self, features):
        if self.training:
            self.steps += 1
        return functional.relu(features)


class Scheduled(Network):
    def __init__(self):
        super().__init__()
        self.seen = {"steps": 0}

    def hidden(self, features):
        self.seen["steps"] += self.training
        return torch.tanh(features) if self.training and self.seen["steps"] > 2 else functional.relu(features)


class Skipping(Network):
    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def hidden(self, features):
        return functional.relu(features) if not self.training or self.rng.random() < 0.9 else features


class Freezing(Network):
    def train(self, *mode):
        super().train(*mode)
        self.first.requires_grad_(requires_grad=False)
        return self


def mask(network):
    network.first.weight.register_hook(lambda gradient: gradient * (torch.arange(6) > 2))


def patch(network):
    network.first.forward = types.MethodType(
        lambda layer, inputs: functional.linear(2 * inputs, layer.weight), network.first
    )


def task(build, **changes):
    standard = {"splits": {"train": (INPUTS, torch.arange(60) % 3)}, "penalised": ["last.weight"]}
    return Task(name="changed", build=build, version=1, **{**standard, **changes})


ALONE = {
    "gradients that are stopped": Stopped, "a gradient of its own": Custom, "a buffer that counts": Counting,
    "a schedule": Scheduled, "a generator of its own": Skipping, "layers frozen by train": Freezing,
    "a mask of gradients": lambda: Network(mask), "a patched layer": lambda: Network(patch),
}  # fmt: skip


def test_the_plain_network_is_stacked():
    assert stacked_task(task(Network)) is not None


@pytest.mark.parametrize("build", ALONE.values(), ids=ALONE)
def test_a_network_that_does_something_else_in_a_step_is_not(build):
    assert stacked_task(task(build)) is None


@pytest.mark.parametrize("build", [Stopped, Freezing])
def test_frozen_layers_stay_as_they_are(build, tmp_path):
    trainer = Trainer(task(build), Checkpoints(tmp_path))
    trial = trainer(Recipe(epochs=3, batch_size=20, seed=1))
    first = trainer.load_checkpoint(trial.key)[0]["first.weight"]
    seeds = np.random.SeedSequence(1).generate_state(1)
    assert torch.equal(first, task(build).network(int(seeds[0])).first.weight)


def test_probabilities_of_classes_are_targets_too():
    targets = torch.rand(60, 3, generator=torch.Generator().manual_seed(1)).softmax(1)
    soft = task(Network, splits={"train": (INPUTS, targets)}, loss=nn.CrossEntropyLoss())
    assert stacked_task(soft) is None
    assert Trainer(soft)(Recipe(epochs=2, batch_size=20)).objectives is not None


def test_a_network_may_have_more_outputs_in_training(tmp_path):
    class Auxiliary(Network):
        def forward(self, inputs):
            outputs = super().forward(inputs)
            return (outputs, self.hidden(self.first(inputs))) if self.training else outputs

    def loss(outputs, targets):
        main, rest = outputs if isinstance(outputs, tuple) else (outputs, torch.zeros(1))
        return functional.cross_entropy(main, targets) + rest.square().mean()

    assert Trainer(task(Auxiliary, loss=loss))(Recipe(epochs=2, batch_size=20)).objectives is not None
