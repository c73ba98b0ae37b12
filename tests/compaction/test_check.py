"""An invalid chain is refused before a training relies on it."""

import pytest
import torch
from torch import nn

from frontsearch import Range, optuna_objective, pymoo_problem
from frontsearch.names import SPLITS
from frontsearch.tasks.base import Examples, Task
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, all_kernels, layers, perceptron
from frontsearch.training import Trainer


class Steps(nn.Module):
    """Three dense layers and a forward function."""

    def __init__(self, steps):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(64, 12), nn.Linear(12, 12), nn.Linear(12, 10)
        self.steps = steps

    def forward(self, inputs):
        return self.steps(self, inputs)


def plain(net, inputs, between=torch.tanh):
    return net.third(torch.tanh(net.second(between(net.first(inputs)))))


def residual(net, inputs):
    hidden = net.first(inputs).relu()
    return net.third(hidden + net.second(hidden).relu())


WRONG = {
    "a residual connection": (residual, "fails: "),
    "a layer used twice": (lambda net, inputs: net.third(net.second(net.second(net.first(inputs)))), "fails: "),
    "a fixed input size": (lambda net, inputs: plain(net, inputs.view(-1, 64)), "fails: "),
    "a fixed number of hidden units": (
        lambda net, inputs: plain(net, inputs, lambda hidden: hidden.view(-1, 3, 4).tanh().flatten(1)),
        "fails: ",
    ),
    "units in another order": (
        lambda net, inputs: plain(net, inputs, lambda hidden: hidden.flip(1)),
        "has other outputs",
    ),
    "a step that mixes units": (
        lambda net, inputs: plain(net, inputs, lambda hidden: hidden.softmax(1)),
        "has other outputs",
    ),
}


def task_of(build, chain, shape=(64,)):
    """A task on noise of this shape with this network."""
    examples = Examples(torch.rand(20, *shape, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 10)
    return Task(
        name="noise",
        splits=dict.fromkeys(SPLITS, examples),
        build=build,
        penalised=all_kernels(build()),
        chain=chain,
    )


@pytest.mark.parametrize("name", WRONG)
def test_an_invalid_chain_is_refused_in_one_sentence(name):
    steps, fault = WRONG[name]
    task = task_of(lambda: Steps(steps), ("first", "second", "third"))
    with pytest.raises(ValueError, match=r"^`chain` must list .*\.$") as caught:
        Trainer(task)
    found = f"found ('first', 'second', 'third'), and without its dead units the network {fault}"
    assert found in str(caught.value)
    assert "\n" not in str(caught.value)


def test_layers_in_the_wrong_order_are_refused():
    build = lambda: perceptron(64, 64, 64, 10)  # noqa: E731
    assert Trainer(task_of(build, ("1", "3", "5")))
    with pytest.raises(ValueError, match="`chain` must list the layers in forward order"):
        Trainer(task_of(build, ("3", "1", "5")))


def test_the_optuna_objective_and_the_pymoo_problem_refuse_it_too():
    task = task_of(lambda: Steps(residual), ("first", "second", "third"))
    for wrapped in (optuna_objective, pymoo_problem):
        with pytest.raises(ValueError, match="`chain` must list the layers in forward order"):
            wrapped(task, {"l1_weight": Range(low=1e-3, high=1e-1)})


class Cast(nn.Module):
    """A layer that casts its inputs to a dtype."""

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    def forward(self, inputs):
        return inputs.to(self.dtype)


def of(dtype):
    return nn.Sequential(Cast(dtype), perceptron(64, 20, 12, 10, activation=nn.Sigmoid).to(dtype))


def convolutions():
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1, padding_mode="circular", bias=False), nn.Sigmoid(), nn.MaxPool2d(2),
        nn.Conv2d(6, 9, (3, 1), stride=2), nn.Tanh(), nn.AdaptiveAvgPool2d((1, 2)), nn.Flatten(), nn.Dropout(0.2),
        nn.Linear(18, 10),
    )  # fmt: skip


CHAINS = {
    "dense": (lambda: perceptron(64, 20, 12, 10), (64,)),
    "one layer": (lambda: perceptron(64, 10), (64,)),
    "one unit a layer": (lambda: perceptron(64, 1, 1, 10), (64,)),
    "double precision": (lambda: of(torch.float64), (64,)),
    "half precision": (lambda: of(torch.bfloat16), (64,)),
    "convolutions": (convolutions, (1, 8, 8)),
    "lenet5": (LeNet5, (1, 28, 28)),
    "lenet5-caffe": (LeNet5Caffe, (1, 28, 28)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_valid_chain_is_accepted_and_the_global_generator_left_alone(name):
    build, shape = CHAINS[name]
    task = task_of(build, layers(build()), shape)
    before = torch.get_rng_state()
    assert Trainer(task)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_that_fails_on_its_examples_is_not_blamed_on_its_chain():
    with pytest.raises(ValueError, match=r"`build` must make a network that takes .* cannot be multiplied"):
        task_of(lambda: perceptron(63, 10), ("1",))
