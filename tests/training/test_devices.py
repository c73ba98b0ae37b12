"""Trainings on a GPU: nothing mixes its memory with the CPU's, and nothing has double precision, as on Apple's."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from simulated_gpu import GPU, SimulatedGpu
from torch import nn
from torch.nn import functional

from frontsearch import Metric, Recipe, Task, Trainer, search
from frontsearch.compaction import compact, network_size
from frontsearch.folder import Curves
from frontsearch.names import OPTIMISERS
from frontsearch.recipe import MultiGradient, Pruning, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import digits, iris, option_of
from frontsearch.tasks.networks import all_kernels
from frontsearch.training import (
    Checkpoints,
    chance_metrics,
    default_l1_weights,
    default_reference_point,
    network_certificate,
)
from frontsearch.workers import devices

UNFIT = {"madam", "mrmsprop", "mpg", "mpg-log"}  # for weighted sums


@pytest.fixture
def gpu():
    torch.use_deterministic_algorithms(mode=True)
    with SimulatedGpu() as found:
        yield found
    torch.use_deterministic_algorithms(mode=False)


class Images(nn.Module):
    """Convolutions with BatchNorms and a residual connection on images of digits."""

    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.inner, self.inner_norm = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 10)

    def forward(self, rows):
        features = torch.relu(self.norm(self.stem(rows.view(-1, 1, 8, 8))))
        return self.head(torch.relu(features + self.inner_norm(self.inner(features))).mean((2, 3)))


TASKS = {
    "digits": digits,
    "iris": iris,
    "images": lambda: replace(digits(), build=Images, penalised=all_kernels(Images())),
}


def on_device(name, **changes):
    return replace(TASKS[name](), **changes).to(GPU)


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=1e-2), "pruning": Pruning(threshold=1e-2, regrow=False), "epochs": 2}
    return Recipe(**{**standard, **changes})


@pytest.mark.parametrize("complexity", ["l1", "group-l1"])
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("side_by_side", [True, False])
def test_trainings_and_their_figures(name, complexity, side_by_side, gpu, tmp_path):
    task = on_device(name, complexity=complexity)
    assert gpu.has(task.splits["train"].inputs)
    trainer = Trainer(task, Checkpoints(tmp_path), Curves(tmp_path))
    if not side_by_side:
        vars(trainer)["stacked"] = None
    parent = trainer(recipe())
    warm = recipe(start=WarmStart(trial=parent.key, optimiser=True), pruning=Pruning(sparsity=0.9, regrow=False))
    assert trainer(warm).metrics["sparsity"] >= 0.89
    assert gpu.has(task.splits["train"].inputs)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_optimisers(optimiser, gpu):
    descent = MultiGradient(l1_scale=1.0) if optimiser in UNFIT else WeightedSum(l1_weight=1e-2)
    assert Trainer(on_device("digits"))(recipe(optimiser=optimiser, descent=descent, learning_rate=1e-3)).objectives


@pytest.mark.parametrize("complexity", ["l1", "group-l1"])
@pytest.mark.parametrize("name", TASKS)
def test_what_a_study_asks_of_a_task(name, complexity, gpu):
    task = on_device(name, complexity=complexity)
    network = task.network(0).to(task.device)
    assert network_certificate(task, network, canonical_scale(task), l1_weight=1e-2) > 0
    assert default_l1_weights(task, default_reference_point(task))
    assert chance_metrics(task)[0] > 0
    inputs = task.splits["test"].inputs[:4]
    assert compact(network.eval(), inputs).multiply_adds == (network_size(network, inputs).multiply_adds,) * 2


class Dataset(torch.utils.data.Dataset):
    """Examples that are read on demand, on the CPU."""

    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, place):
        return self.inputs[place], self.targets[place]


class Shifted(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("shift", torch.ones(64))

    def forward(self, inputs):
        return inputs + self.shift


def accuracy(outputs, targets):
    return float((outputs.numpy().argmax(1) == targets.numpy()).mean())


WITH_TENSORS = {
    "a loss with weights of classes": {"loss": nn.CrossEntropyLoss(weight=torch.rand(10))},
    "a partial loss": {"loss": partial(functional.cross_entropy, weight=torch.rand(10))},
    "a transform": {"transform": Shifted()},
    "a metric of NumPy's": {"metrics": {"accuracy": Metric(function=accuracy, maximise=True)}},
}


@pytest.mark.parametrize("changes", WITH_TENSORS.values(), ids=WITH_TENSORS)
def test_what_a_task_brings_is_where_it_is_needed(changes, gpu):
    task = on_device("digits", **changes)
    assert gpu.has(task.splits["train"].inputs)
    assert Trainer(task)(recipe(epochs=1)).objectives


@pytest.mark.parametrize(
    "loss",
    [nn.CrossEntropyLoss(weight=torch.rand(10)), partial(functional.cross_entropy, weight=torch.rand(10))],
    ids=["module", "partial"],
)
def test_the_users_own_loss_stays_where_it_is(loss, gpu):
    task = replace(digits(), loss=loss)
    assert task.loss is loss
    assert gpu.has(option_of(task.to(GPU).loss, "weight", None))
    assert not gpu.has(option_of(loss, "weight", None))


def test_examples_on_demand(gpu):
    splits = {split: Dataset(part.inputs, part.targets) for split, part in digits().splits.items()}
    task = Task(name="on demand", splits=splits, build=digits().build).to(GPU)
    assert Trainer(task)(recipe(epochs=0.5)).objectives
    assert gpu.has(next(task.splits["train"].pieces(4)).inputs)


@pytest.mark.parametrize("method", ["path", "gmp", "smgd", "inheritance"])
def test_a_search(method, gpu, monkeypatch):
    monkeypatch.setattr("frontsearch.study.session.device_of", lambda _: str(GPU))
    result = search(digits(), method=method, epochs=8, quiet=True)
    network = result.pick(knee="chord").network(compact=True)
    assert not any(map(gpu.has, network.parameters()))


@pytest.mark.usefixtures("gpu")
def test_a_network_with_operations_that_are_not_deterministic(monkeypatch):
    def build():
        layers = nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4)
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64, 10))

    task = replace(digits(), build=build, penalised=all_kernels(build()))
    with pytest.raises(ValueError, match="deterministic"):
        task.to(GPU)
    monkeypatch.setattr("frontsearch.study.session.device_of", lambda _: str(GPU))
    assert search(task, method="random", epochs=2, quiet=True).front


def test_the_device_that_is_chosen_has_doubles(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (devices.device_of("auto"), devices.device_of("mps")) == ("cpu", "mps")
