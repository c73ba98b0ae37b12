"""The built-in tasks: sizes of networks, initialisation, fixed splits, fingerprints."""

import dataclasses
import math
import os
import subprocess
import sys
from collections import Counter
from functools import partial

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from frontsearch.errors import UserError
from frontsearch.tasks import Examples, digits, lasso, mnist
from frontsearch.tasks.built_in.data_sets import MNIST
from frontsearch.tasks.built_in.digits import images
from frontsearch.tasks.built_in.idx import parse_idx
from frontsearch.tasks.built_in.idx_task import NETWORKS
from frontsearch.tasks.fetching import fetch
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, all_kernels, dense_kernels, perceptron

SPLITS = ("train", "validation", "test")


def count(network, names=None):
    return sum(p.numel() for name, p in network.named_parameters() if names is None or name in names)


@pytest.mark.parametrize(
    ("name", "parameters", "dense", "kernels"),
    [
        ("lenet5", 60_074, 58_920, 58_920 + 6 * 9 + 16 * 6 * 9),
        ("lenet5-caffe", 431_080, 405_000, 430_500),
        ("lenet300", 266_610, 266_200, 266_200),
    ],
)
def test_the_networks_of_mnist_have_the_published_sizes(name, parameters, dense, kernels):
    network = NETWORKS[name]()
    assert count(network) == parameters
    assert count(network, dense_kernels(network)) == dense
    assert count(network, all_kernels(network)) == kernels
    assert network(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_lenet5_matches_the_same_network_built_from_torch_layers():
    network = LeNet5()
    images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    layers = nn.Sequential(
        network.conv1, nn.ReLU(), nn.AvgPool2d(2), network.conv2, nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        network.dense1, nn.ReLU(), network.dense2, nn.ReLU(), network.dense3,
    )  # fmt: skip
    torch.testing.assert_close(network(images), layers(images))
    shapes = [tuple(getattr(network, f"dense{number}").weight.shape) for number in (1, 2, 3)]
    assert shapes == [(120, 400), (84, 120), (10, 84)]


def test_lenet5_caffe_matches_the_same_network_built_from_torch_layers():
    network = LeNet5Caffe()
    images = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    layers = nn.Sequential(
        network.conv1, nn.ReLU(), nn.MaxPool2d(2), network.conv2, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        network.dense1, nn.ReLU(), network.dense2,
    )  # fmt: skip
    torch.testing.assert_close(network(images), layers(images))
    shapes = [tuple(part.weight.shape) for part in (network.conv1, network.conv2, network.dense1, network.dense2)]
    assert shapes == [(20, 1, 5, 5), (50, 20, 5, 5), (500, 800), (10, 500)]


@pytest.mark.parametrize(
    "build", [LeNet5, LeNet5Caffe, lambda: perceptron(784, 300, 100, 10), lambda: perceptron(64, 10)]
)
def test_kernels_are_uniform_glorot_and_biases_zero(build):
    torch.manual_seed(0)
    for name, parameter in build().named_parameters():
        if name.endswith("bias"):
            assert not parameter.any()
            continue
        outputs, inputs, *window = parameter.shape
        bound = math.sqrt(6 / ((inputs + outputs) * math.prod(window)))
        assert 0.85 * bound < float(parameter.detach().abs().max()) <= bound
        if parameter.numel() > 500:  # a uniform draw has this deviation, to several of its standard errors
            assert float(parameter.detach().std()) == pytest.approx(bound / math.sqrt(3), rel=0.1)


def rows_of(examples):
    """The examples as a multiset."""
    inputs = np.ascontiguousarray(examples.inputs.numpy())
    return Counter((row.tobytes(), int(target)) for row, target in zip(inputs, examples.targets, strict=True))


def together(task, splits):
    return sum((rows_of(task.splits[split]) for split in splits), Counter())


def assert_stratified(part, whole):
    """Every class has its share of ``part``, to within one example."""
    present = torch.bincount(part, minlength=10)
    share = torch.bincount(whole, minlength=10) * len(part) / len(whole)
    assert ((present - share).abs() <= 1).all()


@pytest.fixture(scope="module")
def files():
    try:
        return fetch(MNIST)
    except UserError as error:
        pytest.skip(f"MNIST cannot be had here: {error}")


@pytest.fixture(scope="module")
def mnist_task(files):
    return mnist()


def test_mnist_is_split_into_fixed_disjoint_stratified_parts(mnist_task, files):
    splits = mnist_task.splits
    assert [len(splits[split].targets) for split in SPLITS] == [55_000, 5_000, 10_000]
    assert {split: tuple(splits[split].inputs.shape[1:]) for split in SPLITS} == dict.fromkeys(SPLITS, (1, 28, 28))
    images = torch.tensor(parse_idx(files["train-images-idx3-ubyte"])).unsqueeze(1).float() / 255
    shown = Examples(images, torch.tensor(parse_idx(files["train-labels-idx1-ubyte"])))
    # All rows once, so no row is in both parts.
    assert together(mnist_task, ("train", "validation")) == rows_of(shown)
    assert_stratified(splits["validation"].targets, shown.targets)
    tested = torch.tensor(parse_idx(files["t10k-images-idx3-ubyte"])).unsqueeze(1).float() / 255
    assert torch.equal(splits["test"].inputs, tested)
    assert torch.equal(splits["test"].targets, torch.tensor(parse_idx(files["t10k-labels-idx1-ubyte"])).long())
    assert splits["train"].inputs.min() == 0
    assert splits["train"].inputs.max() == 1
    assert mnist_task.normalisation == ((0.0,), (255.0,))
    assert mnist_task.class_names == tuple("0123456789")


def test_mnist_is_the_same_at_every_call_and_changes_with_its_options(mnist_task):
    again = mnist()
    for split in SPLITS:
        for one, other in zip(mnist_task.splits[split], again.splits[split], strict=True):
            assert torch.equal(one, other)
    assert again.fingerprint == mnist_task.fingerprint == "eb14a892c83079f6"  # as in ledgers of earlier versions
    other = mnist(network="lenet300", penalised="kernels", objective="train")
    assert count(other.network(0)) == 266_610
    assert count(other.network(0), other.penalised) == 266_200
    assert other.fingerprint != mnist_task.fingerprint


def test_mnist_training_metrics_use_a_random_sample_unless_they_are_the_objective(mnist_task):
    shown = mnist_task.metric_examples("train")
    assert len(shown.targets) == 5_000
    assert torch.equal(shown.inputs, mnist_task.splits["train"].inputs[:5_000])
    assert torch.equal(shown.targets, mnist_task.splits["train"].targets[:5_000])
    shares = torch.bincount(shown.targets, minlength=10) / 5_000
    everyone = torch.bincount(mnist_task.splits["train"].targets, minlength=10) / 55_000
    assert (shares - everyone).abs().max() < 0.02
    for split in ("validation", "test"):
        assert mnist_task.metric_examples(split) is mnist_task.splits[split]
    objective = dataclasses.replace(mnist_task, objective_split="train")
    assert objective.metric_examples("train") is objective.splits["train"]


def test_only_the_weights_of_dense_layers_of_lenet5_are_penalised(mnist_task):
    assert mnist_task.penalised == {"dense1.weight", "dense2.weight", "dense3.weight"}
    assert count(mnist_task.network(0), mnist_task.penalised) == 58_920


@pytest.mark.parametrize("network", ["linear", "mlp"])
def test_digits_are_split_into_fixed_disjoint_stratified_parts(network):
    task, again = digits(network=network), digits(network=network)
    assert [len(task.splits[split].targets) for split in SPLITS] == [1_197, 300, 300]
    inputs, targets = load_digits(return_X_y=True)
    everything = Examples(torch.tensor(inputs, dtype=torch.float32) / 16, torch.tensor(targets))
    assert together(task, SPLITS) == rows_of(everything)
    for split in SPLITS:
        assert_stratified(task.splits[split].targets, everything.targets)
        assert torch.equal(task.splits[split].inputs, again.splits[split].inputs)
        assert task.metric_examples(split) is task.splits[split]


def test_digits_networks():
    linear, mlp = digits(network="linear"), digits()
    assert count(linear.network(0)) == 650
    assert count(linear.network(0), linear.penalised) == 640
    assert count(mlp.network(0)) == 64 * 32 + 32 + 32 * 10 + 10
    assert count(mlp.network(0), mlp.penalised) == 2_368


def test_a_network_depends_on_its_seed_only_and_leaves_the_global_generator_alone():
    task = digits()
    torch.manual_seed(4)
    state = torch.get_rng_state()
    one, same, other = (nn.utils.parameters_to_vector(task.network(seed).parameters()) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_the_loss_of_the_lasso_is_half_a_squared_distance():
    task = lasso()
    network = task.network(0)
    inputs, targets = task.splits["train"]
    theta = network.theta.detach()
    expected = 0.5 * float((theta - targets[0]).square().sum())
    assert float(task.loss(network(inputs), targets).detach()) == pytest.approx(expected)
    assert task.metrics == {}
    assert task.penalised == {"theta"}


def test_fingerprints_change_with_everything_that_changes_a_training():
    task = digits()
    inputs, targets = task.splits["train"]
    nudged = inputs.clone()
    nudged[7, 20] += 1 / 16
    swapped = {**task.splits, "validation": task.splits["test"], "test": task.splits["validation"]}
    others = [
        digits(network="linear"),
        digits(objective="train"),
        digits(objective="test"),
        lasso(),
        dataclasses.replace(task, penalised=frozenset({"1.weight"})),
        dataclasses.replace(task, penalised=task.penalised | {"1.bias"}),
        dataclasses.replace(task, name="other"),
        dataclasses.replace(task, loss=nn.functional.multi_margin_loss),
        dataclasses.replace(task, metrics={}),
        dataclasses.replace(task, train_metric_examples=100),
        dataclasses.replace(task, splits={**task.splits, "train": Examples(nudged, targets)}),
        dataclasses.replace(task, splits={**task.splits, "train": Examples(inputs, targets.flip(0))}),
        dataclasses.replace(task, splits=swapped),
        dataclasses.replace(task, build=lambda: perceptron(64, 32, 32, 10)),
        dataclasses.replace(task, build=lambda: nn.Sequential(*perceptron(64, 32, 10), nn.Identity())),
    ]
    assert len({each.fingerprint for each in (task, *others)}) == len(others) + 1
    assert digits().fingerprint == task.fingerprint == task.to("cpu").fingerprint


class Masked(nn.Module):
    """A dense layer behind a buffer that multiplies the inputs."""

    def __init__(self, factor):
        super().__init__()
        self.register_buffer("mask", torch.full((64,), factor))
        self.output = nn.Linear(64, 10)

    def forward(self, inputs):
        return self.output(self.mask * inputs)


@dataclasses.dataclass
class Smoothed:
    """A loss with an option."""

    smoothing: float

    def __call__(self, outputs, targets):
        return nn.functional.cross_entropy(outputs, targets, label_smoothing=self.smoothing)


def test_fingerprints_change_with_buffers():
    masked = [
        dataclasses.replace(digits(), build=partial(Masked, factor), penalised={"output.weight"})
        for factor in (1.0, 0.5, 1.0)
    ]
    one, half, again = (task.fingerprint for task in masked)
    assert one == again != half


LOSSES = {
    "keywords": lambda smoothing: partial(nn.functional.cross_entropy, label_smoothing=smoothing),
    "a module": lambda smoothing: nn.CrossEntropyLoss(label_smoothing=smoothing),
    "a module in a partial": lambda smoothing: partial(nn.CrossEntropyLoss(label_smoothing=smoothing)),
    "a module's buffer": lambda smoothing: nn.CrossEntropyLoss(weight=torch.full((10,), smoothing)),
    "an object of one's own": Smoothed,
}


@pytest.mark.parametrize("name", LOSSES)
def test_fingerprints_change_with_the_options_of_the_loss(name):
    tasks = [dataclasses.replace(digits(), loss=LOSSES[name](smoothing)) for smoothing in (0.0, 0.25, 0.0)]
    none, some, again = (task.fingerprint for task in tasks)
    assert none == again != some


def test_a_network_of_any_dtype_has_a_fingerprint():
    task = digits(network="linear")
    build = lambda: perceptron(64, 10).bfloat16()  # noqa: E731
    splits = {split: (inputs.bfloat16(), targets) for split, (inputs, targets) in task.splits.items()}
    assert len(dataclasses.replace(task, build=build, splits=splits).fingerprint) == 16


SCRIPT = "from frontsearch.tasks import digits, lasso; print(digits().fingerprint, digits(network='linear').fingerprint"


def test_fingerprints_are_the_same_in_another_process():
    script = f"{SCRIPT}, digits(objective='train').fingerprint, lasso().fingerprint)"
    answer = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
        capture_output=True,
        text=True,
    )
    tasks = (digits(), digits(network="linear"), digits(objective="train"), lasso())
    assert answer.stdout.split() == [task.fingerprint for task in tasks]
    assert all(len(task.fingerprint) == 16 for task in tasks)


def frozen():
    network = perceptron(64, 32, 10)
    network[1].weight.requires_grad_(requires_grad=False)
    return network


def only_biases():
    network = perceptron(64, 32, 10)
    network[1].weight.requires_grad_(requires_grad=False)
    network[3].weight.requires_grad_(requires_grad=False)
    return network


EMPTY = Examples(torch.zeros(0, 64), torch.zeros(0, dtype=torch.long))
UNEVEN = Examples(torch.zeros(2, 64), torch.zeros(3, dtype=torch.long))


WRONG = {
    "no training split": (
        lambda task: {"splits": {split: task.splits[split] for split in SPLITS[1:]}},
        "`splits` must be a mapping of train and, if you have them, validation and test; found ['validation', 'test'].",
    ),
    "a fourth split": (
        lambda task: {"splits": {**task.splits, "own": task.splits["test"]}},
        (
            "`splits` must be a mapping of train and, if you have them, validation and test; "
            "found ['train', 'validation', 'test', 'own']."
        ),
    ),
    "splits by position": (
        lambda task: {"splits": tuple(task.splits.values())},
        "`splits` must be a mapping of train and, if you have them, validation and test; found 'tuple'.",
    ),
    "a split of no examples": (
        lambda task: {"splits": {**task.splits, "test": EMPTY}},
        "`splits['test']` must be as many inputs as targets, at least one of each; found {'inputs': 0, 'targets': 0}.",
    ),
    "a target too many": (
        lambda task: {"splits": {**task.splits, "train": UNEVEN}},
        "`splits['train']` must be as many inputs as targets, at least one of each; found {'inputs': 2, 'targets': 3}.",
    ),
    "a split of inputs alone": (
        lambda task: {"splits": {**task.splits, "train": task.splits["train"].inputs}},
        (
            "`splits['train']` must be a pair of inputs and targets (tensors, arrays, a tuple or dictionary of them) "
            "or a torch Dataset of such pairs; found Tensor."
        ),
    ),
    "metrics on no examples": (
        lambda task: {"train_metric_examples": 0},
        "`train_metric_examples` must be a whole number, at least 1, or None; found 0.",
    ),
    "metrics on half an example": (
        lambda task: {"train_metric_examples": 1.5},
        "`train_metric_examples` must be a whole number, at least 1, or None; found 1.5.",
    ),
    "an unknown objective": (
        lambda task: {"objective_split": "valid"},
        "`objective_split` must be one of train, validation, test; found 'valid'.",
    ),
    "a misspelt name": (
        lambda task: {"penalised": {"1.wieght"}},
        (
            "`penalised` names no parameter with '1.wieght': did you mean '1.weight'? "
            "Choose from 1.bias, 1.weight, 3.bias, 3.weight."
        ),
    ),
    "nothing penalised": (
        lambda task: {"penalised": []},
        (
            "`penalised` must be a choice of at least one parameter that is trained; "
            "found 'none of 1.bias, 1.weight, 3.bias, 3.weight'."
        ),
    ),
    "no kernels": (
        lambda task: {"build": only_biases, "penalised": "kernels"},
        (
            "`penalised` must be a choice of at least one parameter that is trained: 'kernels', the default, takes the "
            "weights of linear, bilinear, convolution, recurrent and attention layers, of which this network trains "
            "none, and 'all', names, patterns or a function take others; found 'none of 1.bias, 3.bias'."
        ),
    ),
    "no dense kernels": (
        lambda task: {"build": only_biases, "penalised": "dense"},
        (
            "`penalised` must be a choice of at least one parameter that is trained: 'dense' takes the weights of "
            "linear and attention layers, of which this network trains none, and 'all', names, patterns or a function "
            "take others; found 'none of 1.bias, 3.bias'."
        ),
    ),
    "numbers for names": (
        lambda task: {"penalised": {1}},
        "`penalised` must be a rule (kernels, dense, all), names, patterns or a function; found {1}.",
    ),
    "nothing for a set": (
        lambda task: {"penalised": None},
        "`penalised` must be a rule (kernels, dense, all), names, patterns or a function; found None.",
    ),
    "a frozen parameter": (
        lambda task: {"build": frozen},
        "`penalised` must be parameters that require a gradient; found '1.weight'.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_invalid_task_is_refused_in_one_sentence(name):
    changes, sentence = WRONG[name]
    task = digits()
    with pytest.raises(ValueError, match=r"\.$") as raised:
        dataclasses.replace(task, **changes(task))
    assert str(raised.value) == sentence


def test_the_smallest_valid_task_is_accepted():
    task = digits()
    two = {split: examples.rows(torch.tensor([0, 1])) for split, examples in task.splits.items()}
    own = dataclasses.replace(task, splits=two, train_metric_examples=1)
    assert len(own.metric_examples("train").targets) == 1
    # A parameter that is frozen without being penalised stays as it is.
    assert dataclasses.replace(task, build=frozen, penalised={"3.weight"}).penalised == {"3.weight"}


def test_checking_a_task_builds_two_networks_only():
    built = []
    dataclasses.replace(digits(), build=lambda: built.append(perceptron(64, 32, 10)) or built[-1])
    assert len(built) == 2


@pytest.mark.parametrize("has_file", [True, False])
def test_digits_are_those_of_scikit_learn(monkeypatch, has_file):
    if not has_file:
        monkeypatch.setattr(sys.modules[images.__module__], "find_spec", lambda _: None)
    for found, expected in zip(images(), load_digits(return_X_y=True), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
