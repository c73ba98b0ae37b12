"""A training takes no number in double precision from its device, as Apple's GPUs have none."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from frontsearch import Recipe, Trainer
from frontsearch.compaction import compact, network_size
from frontsearch.folder import Curves
from frontsearch.names import OPTIMISERS
from frontsearch.recipe import MultiGradient, Pruning, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import digits, iris
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


class Device:
    """Which memory stands for that of a GPU: what ``to`` brings there, and what is computed from it."""

    def __init__(self):
        self._stored = {}

    def has(self, values):
        return any(_address(part) in self._stored for part in _tensors(values))

    def add(self, values):
        for part in _tensors(values):
            if part.numel():
                self._stored[_address(part)] = part.untyped_storage()  # kept, so that no other memory gets its place
        return values


def _tensors(values):
    return [part for part in tree_iter(values) if isinstance(part, Tensor)]


def _address(tensor):
    return tensor.untyped_storage().data_ptr()


class Moves(TorchFunctionMode):
    """Copies tensors to the device, and from it."""

    def __init__(self, device):
        super().__init__()
        self.device = device

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        name = getattr(function, "__name__", "")
        if name == "to" and isinstance(args[1], torch.device):
            return self.device.add(result.detach().clone())
        return torch.from_numpy(result.detach().numpy().copy()) if name == "cpu" else result


class NoDoubles(TorchDispatchMode):
    """Refuses double precision there, with torch's own exception."""

    def __init__(self, device):
        super().__init__()
        self.device = device

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if self.device.has((args, kwargs)):
            self.device.add(result)
            if any(part.dtype == torch.float64 for part in _tensors(result)):
                raise TypeError(f"{function} makes a tensor of dtype float64, which the device does not have.")
        return result


@pytest.fixture
def device():
    device = Device()
    with Moves(device), NoDoubles(device):
        yield device


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
    return replace(TASKS[name](), **changes).to(torch.device("cpu"))


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=1e-2), "pruning": Pruning(threshold=1e-2, regrow=False), "epochs": 2}
    return Recipe(**{**standard, **changes})


@pytest.mark.parametrize("complexity", ["l1", "group-l1"])
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("side_by_side", [True, False])
def test_trainings_and_their_figures(name, complexity, side_by_side, device, tmp_path):
    task = on_device(name, complexity=complexity)
    assert device.has(task.splits["train"].inputs)
    trainer = Trainer(task, Checkpoints(tmp_path), Curves(tmp_path))
    if not side_by_side:
        vars(trainer)["stacked"] = None
    parent = trainer(recipe())
    warm = recipe(start=WarmStart(trial=parent.key, optimiser=True), pruning=Pruning(sparsity=0.9, regrow=False))
    assert trainer(warm).metrics["sparsity"] >= 0.89
    assert device.has(task.splits["train"].inputs)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_optimisers(optimiser, device):
    descent = MultiGradient(l1_scale=1.0) if optimiser in UNFIT else WeightedSum(l1_weight=1e-2)
    assert Trainer(on_device("digits"))(recipe(optimiser=optimiser, descent=descent, learning_rate=1e-3)).objectives


@pytest.mark.parametrize("complexity", ["l1", "group-l1"])
@pytest.mark.parametrize("name", TASKS)
def test_what_a_study_asks_of_a_task(name, complexity, device):
    task = on_device(name, complexity=complexity)
    network = task.network(0).to(task.device)
    assert network_certificate(task, network, canonical_scale(task), l1_weight=1e-2) > 0
    assert default_l1_weights(task, default_reference_point(task))
    assert chance_metrics(task)[0] > 0
    inputs = task.splits["test"].inputs[:4]
    assert compact(network.eval(), inputs).multiply_adds == (network_size(network, inputs).multiply_adds,) * 2


def test_the_device_that_is_chosen_has_doubles(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert (devices.device_of("auto"), devices.device_of("mps")) == ("cpu", "mps")
