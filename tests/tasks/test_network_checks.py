"""What ``build`` must return: one sentence before the first step, not an error after the last."""

import warnings

import pytest
import torch
from torch import nn

from frontsearch import Task
from frontsearch.errors import UserError
from frontsearch.tasks import Examples

EXAMPLES = Examples(torch.ones(4, 3), torch.arange(4) % 2)


class Extra(nn.Module):
    """A network with extra state."""

    def __init__(self, state):
        super().__init__()
        self.output, self.state = nn.Linear(3, 2), state

    def forward(self, inputs):
        return self.output(inputs)

    def get_extra_state(self):
        return self.state

    def set_extra_state(self, state):
        self.state = state


def task(build, penalised="weight"):
    splits = dict.fromkeys(("train", "validation", "test"), EXAMPLES)
    return Task(name="own", splits=splits, build=build, penalised=frozenset({penalised}))


def script():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a DeprecationWarning, from torch 2.14 on a FutureWarning
        return torch.jit.script(nn.Linear(3, 2))


def nowhere():
    network = nn.Linear(3, 2)
    nn.init.constant_(network.bias, torch.nan)
    return network


REFUSED = {
    "a network": (nn.Linear(3, 2), "that returns an untrained network, .*; found 'a Linear'"),
    "arguments": (nn.Linear, "when called without arguments; it raised TypeError: .*missing 2 required"),
    "another type": (lambda: [nn.Linear(3, 2)], r"returns a `torch\.nn\.Module`; found 'list'"),
    "lazy layers": (lambda: nn.LazyLinear(2), r"shapes and values: .*`nn\.LazyLinear`; found \['weight', 'bias'\]"),
    "no values": (lambda: nn.Linear(3, 2, device="meta"), r"shapes and values: .*; found \['weight', 'bias'\]"),
    "no parameters": (nn.Flatten, "a network with parameters that require a gradient; found 'Flatten'"),
    "NaN": (nowhere, r"whose weights are finite, neither NaN nor infinite; found \['bias'\]"),
    "a script": (
        script,
        r"plain `torch\.nn\.Module`, .*; found 'Recursive",
    ),
    "extra state": (lambda: Extra({"a": 1}), r"state is tensors, .*; found \['_extra_state, a dict'\]"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_that_cannot_be_trained_and_kept_is_refused(name):
    build, sentence = REFUSED[name]
    with pytest.raises(ValueError, match=f"^`build` must be a function .*{sentence}"):
        task(build)


def test_a_mistake_of_which_build_itself_tells_stays():
    def build():
        raise UserError("The file is missing.")

    with pytest.raises(UserError, match=r"^The file is missing\.$"):
        task(build)


def test_lazy_layers_that_have_seen_an_example_and_extra_state_of_tensors_are_fine():
    def build():
        network = nn.LazyLinear(2)
        network(torch.ones(1, 3))
        return network

    assert task(build).network(0)(EXAMPLES.inputs).shape == (4, 2)
    assert task(lambda: Extra(torch.ones(2)), "output.weight").network(0).state is not None


GIVEN = {
    "a function": (
        nn.Linear,
        r"must be a `torch\.nn\.Module`; a function that makes one is a task's `build`; found",
    ),
    "NaN": (nowhere(), r"must be a network whose weights are finite, .*; found \['bias'\]\.$"),
    "half precision": (
        nn.Linear(3, 2).half(),
        r"must be a network that takes the train inputs, .* Its weights are float16, the inputs float32: convert",
    ),
    "a script": (
        script(),
        r"must be a plain `torch\.nn\.Module`, such as the one that was",
    ),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_network_that_was_given_is_called_so(name):
    network, sentence = GIVEN[name]
    with pytest.raises(ValueError, match=f"^`network` {sentence}"):
        Task(name="own", splits={"train": EXAMPLES, "validation": EXAMPLES, "test": EXAMPLES}, network=network)
