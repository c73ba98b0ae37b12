"""Fingerprints of one's own tasks: two that differ never share one, and one task has the same in every process."""

import os
import pickle
import subprocess
import sys
import threading
import time
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from frontsearch import Checkpoints, Examples, Recipe, Task, Trainer
from frontsearch.tasks import breast_cancer, digits, iris, lasso
from frontsearch.tasks.built_in.idx_task import NETWORKS as NETWORKS_OF_MNIST
from frontsearch.tasks.fingerprints import contents, network_name
from frontsearch.tasks.metrics import misclassified

INPUTS = torch.arange(60.0).reshape(20, 3) / 60
EXAMPLES = Examples(INPUTS, torch.arange(20) % 2)
SCALE = 1.0


class Net(nn.Module):
    """A linear network with an activation and options that its ``repr`` does not show."""

    def __init__(self, activation=torch.relu, **options):
        super().__init__()
        self.output, self.activation = nn.Linear(3, 2), activation
        vars(self).update(options)

    def forward(self, inputs):
        return self.activation(self.output(inputs))


class Doubled(Net):
    """The same, with another ``forward``."""

    def forward(self, inputs):
        return 2 * super().forward(inputs)


Doubled.__qualname__ = Net.__qualname__


class Weighted:
    """A loss with an option."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, outputs, targets):
        return self.factor * functional.cross_entropy(outputs, targets)

    def method(self, outputs, targets):
        return self(outputs, targets)


class First(nn.Module):
    """The first output of a layer that is given its input several times."""

    def __init__(self, layer, *, times=1):
        super().__init__()
        self.layer, self.times = layer, times

    def forward(self, inputs):
        outputs = self.layer(*[inputs[:, None]] * self.times)
        return (outputs[0] if isinstance(outputs, tuple) else outputs)[:, 0]


def task(*, loss=functional.cross_entropy, build=Net, **fields):
    if "error" in fields:
        fields["metrics"] = {"error": fields.pop("error")}
    names = frozenset(name for name, weight in build().named_parameters() if weight.ndim > 1)
    splits = dict.fromkeys(("train", "validation", "test"), EXAMPLES)
    return Task(name="own", splits=splits, build=build, loss=loss, penalised=names, **fields)


def capturing(value):
    return lambda outputs, targets: (value, outputs.mean())[1]


def capturing_twice(value):
    inner = capturing(value)
    return lambda outputs, targets: inner(outputs, targets) + 0


def weighting(*weights):
    weight = torch.tensor(weights)
    return lambda outputs, targets: functional.cross_entropy(outputs, targets, weight=weight)


def by_default(value):
    def loss(outputs, targets, factor=value):
        return factor * functional.cross_entropy(outputs, targets)

    return loss


def by_keyword_only(value):
    def loss(outputs, targets, *, factor=value):
        return factor * functional.cross_entropy(outputs, targets)

    return loss


def by_global(value):
    text = "def loss(outputs, targets):\n    return (lambda: SCALE)() * cross_entropy(outputs, targets)"
    names = {"SCALE": value, "cross_entropy": functional.cross_entropy}
    exec(text, names)  # noqa: S102 - as in a notebook, without a source file
    return names["loss"]


def by_class_attribute(value):
    return type("Loss", (Weighted,), {"bias": value})(1.0)


def hooked(function):
    network = Net()
    network.output.register_forward_hook(function)
    return network


def frozen(network, *, bias):
    network.get_parameter("output.bias" if isinstance(network, Net) else "bias").requires_grad_(bias)
    return network


def hooked_linear():
    network = nn.Linear(3, 2)
    network.register_forward_hook(lambda *given: given[2] * 2)
    return network


def replaced():
    network = nn.Linear(3, 2)
    network.forward = partial(functional.linear, weight=network.weight)
    return network


def masked(factor):
    network = nn.Linear(3, 2)
    network.weight.register_hook(lambda gradient: gradient * factor)
    return network


LOSSES = {
    "a captured number": (capturing(1.0), capturing(2.0)),
    "an int and a float": (capturing(1), capturing(1.0)),
    "a closure of a closure": (capturing_twice(1.0), capturing_twice(2.0)),
    "a captured tensor": (weighting(1.0, 10.0), weighting(10.0, 1.0)),
    "a captured array": (capturing(np.ones(2)), capturing(np.arange(2))),
    "a captured set": (capturing({"a"}), capturing({"b"})),
    "a default": (by_default(1.0), by_default(2.0)),
    "a keyword's default": (by_keyword_only(1.0), by_keyword_only(2.0)),
    "a global constant": (by_global(1.0), by_global(2.0)),
    "the body of a lambda": (lambda outputs, targets: outputs.max(), lambda outputs, targets: outputs.mean()),
    "a constant in a body": (lambda outputs, targets: outputs.mean() * 2, lambda outputs, targets: outputs.mean() * 3),
    "a partial's keyword": (partial(by_default(1.0), factor=1.0), partial(by_default(1.0), factor=2.0)),
    "an attribute": (Weighted(1.0), Weighted(2.0)),
    "an attribute of a method's object": (Weighted(1.0).method, Weighted(2.0).method),
    "an attribute of a class": (by_class_attribute(1.0), by_class_attribute(2.0)),
    "two functions of torch of one name": (capturing(functional.max_pool1d), capturing(functional.max_pool2d)),
    "an option of a criterion": (nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.1)),
}
NETWORKS = {
    "an activation": (Net, partial(Net, torch.tanh)),
    "a lambda as activation": (lambda: Net(lambda x: x.relu()), lambda: Net(lambda x: x.tanh())),
    "a number that repr does not show": (partial(Net, rate=0.1), partial(Net, rate=0.2)),
    "a layer that is not registered": (lambda: Net(side=[nn.Dropout(0.1)]), lambda: Net(side=[nn.Dropout(0.2)])),
    "forward of a subclass": (Net, Doubled),
    "an option of torch's that repr does not show": (
        lambda: nn.TransformerEncoderLayer(3, 1, 2, activation="relu"),
        lambda: nn.TransformerEncoderLayer(3, 1, 2, activation="gelu"),
    ),
    "a hook": (lambda: hooked(lambda *given: None), lambda: hooked(lambda *given: given[2] * 2)),
    "a hook of a weight": (lambda: masked(1.0), lambda: masked(0.0)),
    "a hook of torch's layer": (lambda: nn.Linear(3, 2), hooked_linear),
    "a frozen bias": (lambda: frozen(Net(), bias=True), lambda: frozen(Net(), bias=False)),
    "a frozen bias of torch's layer": (lambda: nn.Linear(3, 2), lambda: frozen(nn.Linear(3, 2), bias=False)),
    "a replaced forward": (lambda: nn.Linear(3, 2), replaced),
    "a parametrisation": (
        lambda: parametrizations.orthogonal(nn.Linear(3, 3), orthogonal_map="cayley", use_trivialization=False),
        lambda: parametrizations.orthogonal(nn.Linear(3, 3), orthogonal_map="matrix_exp", use_trivialization=False),
    ),
}


@pytest.mark.parametrize("pair", LOSSES.values(), ids=LOSSES)
def test_tasks_whose_losses_differ_differ(pair):
    one, other, again = (task(loss=loss).fingerprint for loss in (*pair, pair[0]))
    assert one == again != other


@pytest.mark.parametrize("pair", LOSSES.values(), ids=LOSSES)
def test_tasks_whose_errors_differ_differ(pair):
    one, other = (task(error=error).fingerprint for error in pair)
    assert one != other


@pytest.mark.parametrize("pair", NETWORKS.values(), ids=NETWORKS)
def test_tasks_whose_networks_differ_differ(pair):
    one, other, again = (task(build=build).fingerprint for build in (*pair, pair[0]))
    assert one == again != other


def test_trainings_of_tasks_that_differ_keep_their_own_checkpoints(tmp_path):
    checkpoints = Checkpoints(str(tmp_path))
    tasks = [task(loss=weighting(*weights)) for weights in ((1.0, 10.0), (10.0, 1.0))]
    first = Trainer(tasks[0], checkpoints=checkpoints)(Recipe(epochs=1))
    kept = checkpoints.load(first.key)[0]["output.bias"].clone()
    second = Trainer(tasks[1], checkpoints=checkpoints)(Recipe(epochs=1))
    assert first.key != second.key
    assert torch.equal(checkpoints.load(first.key)[0]["output.bias"], kept)


SCRIPT = '''
"""A task of one's own, run as a script or imported."""
import enum, logging, torch
from random import random
from numpy.random import rand
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from torch import nn
from torch.nn import functional
from frontsearch import Examples, Task
import own_parts

log = logging.getLogger(__name__)
Kind = enum.Enum("Kind", ["PLAIN", "ODD"])

@dataclass(frozen=True, slots=True)
class Options:
    names: frozenset
    kind: Kind = Kind.ODD

@singledispatch
def dispatched(value): return value

@lru_cache
def cached(): return 2.0

@torch.no_grad()
def report(outputs): log.debug("%s in %s", outputs, __file__)

class Net(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.output, self.options = nn.Linear(3, 2), options
        self.output.register_forward_hook(lambda *given: report(given[2]))
    def noise(self): return random() + rand()
    def extra_repr(self): return repr(self.forward)
    def forward(self, inputs): return dispatched(self.output(inputs)) * cached() * own_parts.SCALE

def loss(outputs, targets):
    from own_parts import factor
    return factor(2.0) * functional.cross_entropy(outputs, targets)

def make():
    examples = Examples(torch.ones(4, 3), torch.arange(4) % 2)
    return Task(
        name="own", splits=dict.fromkeys(("train", "validation", "test"), examples), loss=loss,
        build=lambda: Net(Options(frozenset("abcdefgh"))), penalised=frozenset({"output.weight"}),
    )

if __name__ == "__main__":
    print(make().fingerprint)
'''
PARTS = "SCALE = 1.0\n\ndef factor(value): return value * SCALE\n"


@pytest.fixture
def printed(tmp_path):
    """Prints the fingerprint of the script, edited and begun as told, from a folder of that name."""

    def run(folder, *command, seed="0", script=SCRIPT, parts=PARTS):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "own_task.py").write_text(script)
        (tmp_path / folder / "own_parts.py").write_text(parts)
        path = os.pathsep.join(filter(None, [str(tmp_path / folder), os.environ.get("PYTHONPATH", "")]))
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        words = [sys.executable, *(command or (str(tmp_path / folder / "own_task.py"),))]
        answer = subprocess.run(words, env=environment, check=True, capture_output=True, text=True, cwd=tmp_path)
        return answer.stdout.strip()

    return run


def test_a_script_an_import_and_another_process_agree(printed):
    alone = printed("one")
    assert len(alone) == 16
    assert printed("two", seed="12345") == alone
    assert printed("three", "-c", "import own_task; print(own_task.make().fingerprint)") == alone
    commented = SCRIPT.replace("def loss(outputs, targets):", '# why\n\ndef loss(outputs, targets):\n    """What."""')
    assert printed("four", script=commented) == alone


def test_what_a_function_uses_of_the_users_other_modules_counts(printed):
    alone = printed("one")
    assert printed("two", parts=PARTS.replace("value * SCALE", "value + SCALE")) != alone
    assert printed("three", parts=PARTS.replace("1.0", "2.0")) != alone
    assert printed("four", parts=PARTS + "UNUSED = 3\n") == alone


def test_a_pickled_task_keeps_its_fingerprint():
    original = task(loss=Weighted(2.0).method, build=partial(Net, torch.tanh, rate=0.5, names={"a", "b"}))
    assert pickle.loads(pickle.dumps(original)).fingerprint == original.fingerprint  # noqa: S301


HIDDEN = {
    "loss": lambda: {"loss": capturing(threading.Lock())},
    "error": lambda: {"error": capturing(threading.RLock())},
    "build": lambda: {"build": partial(Net, source=(number for number in range(3)))},
}


@pytest.mark.parametrize("part", HIDDEN)
def test_what_cannot_be_read_needs_a_version(part):
    fields = HIDDEN[part]()
    with pytest.raises(ValueError, match=rf"^`{part}` must consist of .* found an object of the type .*: give the"):
        _ = task(**fields).fingerprint
    one, other, again = (task(**fields, version=version).fingerprint for version in ("1", 2, 1))
    assert one == again != other


def test_a_version_makes_another_task():
    assert len({task(version=version).fingerprint for version in (None, "a", "b")}) == 3
    with pytest.raises(ValueError, match=r"^`version` must be a short text, a number or None; found \["):
        task(version=["a"])


ORDINARY = {
    "an LSTM": lambda: First(nn.LSTM(3, 2)),
    "a transformer": lambda: First(nn.TransformerEncoderLayer(3, 1, 8, batch_first=True)),
    "a spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(3, 2)),
    "a compiled network": lambda: torch.compile(Net(), backend="eager"),
    "a traced network": lambda: torch.fx.symbolic_trace(Net()),
    "a network on several devices": lambda: nn.DataParallel(Net()),
    "a generator": lambda: Net(generator=torch.Generator(), sampler=np.random.default_rng(0)),
    "a sparse tensor": lambda: Net(adjacency=torch.eye(3).to_sparse()),
    "a distribution": lambda: Net(prior=torch.distributions.Normal(0.0, 1.0), eps=torch.finfo(torch.float32)),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_networks_need_no_version(name):
    one, again = (task(build=ORDINARY[name]).fingerprint for _ in range(2))
    assert one == again


def test_a_network_of_many_layers_is_described_at_once():
    build = lambda: nn.Sequential(*(Net(torch.tanh, rate=rate) for rate in range(100)))  # noqa: E731
    network = build()
    begun = time.process_time()
    contents(version=None, build=network)
    assert time.process_time() - begun < 0.5


# Ledgers of earlier versions are keyed by these.
EARLIER = {
    "2cbb545b302b57a9": lasso,
    "8c1048097d22e4a2": partial(iris, network="linear", objective="train"),
    "52e1fcb103ef0e94": partial(iris, network="linear"),
    "1a21d3d9b53806e2": partial(iris, objective="train"),
    "ad2c37a97f1cd4c6": iris,
    "e43099acbcb46770": partial(breast_cancer, objective="train"),
    "9ed1305938d81a76": breast_cancer,
    "0b215f3fe7082d59": partial(digits, network="linear", objective="train"),
    "1acdd821956e07d7": partial(digits, network="linear"),
    "c8361f190c41bd8a": partial(digits, objective="train"),
    "9a0118dc4ffaa0c8": digits,
}


@pytest.mark.parametrize("fingerprint", EARLIER)
def test_built_in_tasks_keep_the_fingerprints_of_earlier_versions(fingerprint):
    assert EARLIER[fingerprint]().fingerprint == fingerprint


def test_tasks_of_torch_alone_keep_the_fingerprints_of_earlier_versions():
    build = lambda: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Dropout(0.25), nn.Linear(4, 2))  # noqa: E731
    assert (
        task(build=build, loss=partial(functional.cross_entropy, label_smoothing=0.1)).fingerprint == "360061ad9d11e513"
    )
    assert task(build=build, loss=nn.CrossEntropyLoss(label_smoothing=0.1)).fingerprint == "a8c519d458bde19e"


SHOWN = {
    "torch's layers": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(), nn.Flatten()),
    **NETWORKS_OF_MNIST,
}


@pytest.mark.parametrize("name", SHOWN)
def test_networks_that_repr_describes_need_no_further_description(name):
    network = SHOWN[name]()
    assert contents(version=None, build=network, loss=functional.cross_entropy, error=misclassified) == {}
    assert network_name(network) == str(network)
