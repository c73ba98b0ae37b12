"""Which weights read the columns of a table: networks made by hand, and what is promised of their zeros."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from frontsearch import Task
from frontsearch.selection import InputColumns, used_inputs
from frontsearch.tasks import breast_cancer, digits, input_weights, iris, lasso

COLUMNS = 5
TABLE = np.random.default_rng(0).normal(size=(60, COLUMNS)).astype(np.float32)


def task_of(build, inputs=TABLE, **options):
    splits = {"train": (inputs, np.arange(60) % 2)}
    return Task(**({"name": "t", "splits": splits, "build": build, "penalised": "all"} | options))


class Reading(nn.Module):
    """Two linear layers read the rows and add up; another function may, too."""

    def __init__(self, also=None, size=1.0):
        super().__init__()
        self.hidden, self.direct, self.last = nn.Linear(COLUMNS, 4), nn.Linear(COLUMNS, 2), nn.Linear(4, 2)
        self.size, self.also = nn.Parameter(torch.tensor(size)), also or (lambda rows: 0.0)

    def forward(self, rows):
        return self.direct(rows) + self.last(torch.relu(self.hidden(rows))) + self.size * self.also(rows)


class Reversed(nn.Linear):
    """Its weights belong to the columns in another order."""

    def forward(self, rows):
        return super().forward(rows.flip(1))


class Tied(nn.Module):
    """The weights that read the rows are used once more behind."""

    def __init__(self):
        super().__init__()
        self.encode, self.last = nn.Linear(COLUMNS, 3), nn.Linear(COLUMNS, 2)
        self.again = nn.Linear(COLUMNS, 3)
        self.again.weight = self.encode.weight

    def forward(self, rows):
        decoded = functional.linear(torch.tanh(self.encode(rows)), self.encode.weight.t())
        return self.last(torch.tanh(decoded)) + self.again(decoded).sum(dim=1, keepdim=True)


class Twice(nn.Module):
    """One layer has two names."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(COLUMNS, 2))
        self.first = self.layers[0]

    def forward(self, rows):
        return self.first(rows)


class Keyword(nn.Sequential):
    """Calls its layer with a keyword."""

    def forward(self, rows):
        return self[0](input=rows)


class Doubling(nn.Sequential):
    """Changes its inputs in place before they are read."""

    def forward(self, rows):
        return super().forward(rows.mul_(2.0))


class Padded(nn.Module):
    """A transformer with padding behind its first layer, for which torch makes nested tensors in evaluation."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
        self.first, self.encoder, self.last = nn.Linear(COLUMNS, 12), nn.TransformerEncoder(layer, 2), nn.Linear(4, 2)

    def forward(self, rows):
        places = self.first(rows).unflatten(1, (3, 4))
        padding = torch.tensor([[False, False, True]]).expand(len(rows), 3)
        return self.last(self.encoder(places, src_key_padding_mask=padding)[:, 0])


class OnlySmallBatches(nn.Linear):
    """Fails for what is looked at, and not for what a task is tried with."""

    def forward(self, rows):
        if len(rows) > 32:
            raise MemoryError
        return super().forward(rows)


class Noisy(nn.Sequential):
    """Its outputs are never the same, in evaluation either."""

    def forward(self, rows):
        return super().forward(rows) + torch.randn(1)


def perceptron():
    return nn.Sequential(nn.Flatten(), nn.Linear(COLUMNS, 5), nn.ReLU(), nn.Linear(5, 2))


def normalised():
    return nn.Sequential(nn.Linear(COLUMNS, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))


def in_double_precision():
    return nn.Sequential(nn.Linear(COLUMNS, 2).double())


KNOWN = {
    "a linear layer": (lambda: nn.Linear(COLUMNS, 2), ["weight"]),
    "a perceptron": (
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(COLUMNS, 5), nn.ReLU(), nn.Linear(5, 2)),
        ["1.weight"],
    ),
    "two layers": (Reading, ["hidden.weight", "direct.weight"]),
    "a layer of two names": (Twice, ["layers.0.weight"]),
    "tied weights": (Tied, ["encode.weight"]),
    "a network for several GPUs": (lambda: nn.DataParallel(nn.Linear(COLUMNS, 2)), ["module.weight"]),
    "a transformer with padding behind": (Padded, ["first.weight"]),
    "a normalisation behind": (
        lambda: nn.Sequential(nn.Linear(COLUMNS, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)),
        ["0.weight"],
    ),
}
UNKNOWN = {
    "a normalisation before": lambda: nn.Sequential(nn.BatchNorm1d(COLUMNS), nn.Linear(COLUMNS, 2)),
    "a mean besides": lambda: Reading(lambda rows: rows.mean(dim=1, keepdim=True)),
    "an even function besides": lambda: Reading(lambda rows: rows.norm(dim=1, keepdim=True)),
    "one that begins at zero": lambda: Reading(lambda rows: rows[:, :2], size=0.0),
    "a single column besides": lambda: Reading(lambda rows: rows[:, 3:4]),
    "columns in another order": lambda: Reversed(COLUMNS, 2),
    "inputs that it changes": lambda: Doubling(nn.Linear(COLUMNS, 2)),
    "a keyword": lambda: Keyword(nn.Linear(COLUMNS, 2)),
    "noise": lambda: Noisy(nn.Linear(COLUMNS, 2)),
    "a parametrised weight": lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(COLUMNS, 2))),
    "a parametrised weight besides": lambda: Reading(parametrizations.weight_norm(nn.Linear(COLUMNS, 2))),
    "a network that fails": lambda: OnlySmallBatches(COLUMNS, 2),
    "a convolution": lambda: nn.Sequential(nn.Unflatten(1, (1, -1)), nn.Conv1d(1, 2, COLUMNS), nn.Flatten()),
}


@pytest.mark.filterwarnings("ignore:.*nested tensors")
@pytest.mark.parametrize("name", KNOWN)
def test_the_linear_layers_that_are_called_with_the_inputs_read_them(name):
    build, names = KNOWN[name]
    assert list(input_weights(task_of(build))) == names


@pytest.mark.parametrize("name", [name for name in UNKNOWN if name != "noise"])
def test_nothing_is_claimed_if_anything_else_reads_the_inputs(name):
    assert input_weights(task_of(UNKNOWN[name])) == ()


def test_nothing_is_claimed_of_outputs_that_are_never_the_same():
    task = task_of(KNOWN["a linear layer"][0])
    object.__setattr__(task, "network", lambda seed: UNKNOWN["noise"]())  # a task would refuse it
    assert input_weights(task) == ()


def test_a_network_of_another_precision_is_read_as_well():
    task = task_of(in_double_precision, inputs=torch.randn(60, COLUMNS, dtype=torch.float64))
    assert input_weights(task) == ("0.weight",)


class Counts(nn.Linear):
    """Reads whole numbers."""

    def forward(self, rows):
        return super().forward(rows.float())


def test_a_table_of_whole_numbers_is_read_as_well():
    assert input_weights(task_of(lambda: Counts(COLUMNS, 2), (10 * TABLE).astype(int))) == ("weight",)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(COLUMNS, 2), nn.Linear(COLUMNS, 2)

    def forward(self, left, right):
        return self.left(left) + self.right(right)


NO_TABLES = {
    "two tables": lambda: task_of(Pair, inputs=(TABLE, TABLE)),
    "three dimensions": lambda: task_of(lambda: nn.Sequential(nn.Linear(COLUMNS, 2), nn.Flatten()), TABLE[:, None]),
    "numbers of words": lambda: task_of(
        lambda: nn.Sequential(nn.Embedding(9, 1), nn.Flatten(), nn.Linear(COLUMNS, 2)), (TABLE > 0).astype(int)
    ),
    "images": digits,
    "no layer": lasso,
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_nothing_is_claimed_if_the_inputs_are_no_table(name):
    assert input_weights(NO_TABLES[name]()) == ()


def test_the_built_in_tables_are_read_by_their_first_layer():
    assert {input_weights(task) for task in (breast_cancer(), iris(), iris(network="linear"))} == {("1.weight",)}


def test_looking_leaves_torchs_generator_and_a_trained_network_as_they_are():
    trained = Reading()
    task = task_of(None, network=trained)
    weights, state = {name: each.clone() for name, each in trained.state_dict().items()}, torch.get_rng_state()
    assert input_weights(task) == ("hidden.weight", "direct.weight")
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(each, weights[name]) for name, each in trained.state_dict().items())


MASKS = st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS)


@settings(max_examples=30, deadline=None)
@given(hidden=MASKS, direct=MASKS)
def test_outputs_depend_on_used_columns_and_on_no_others(hidden, direct):
    network = Reading()
    with torch.no_grad():
        network.hidden.weight[:, ~torch.tensor(hidden)] = 0.0
        network.direct.weight[:, ~torch.tensor(direct)] = 0.0
        network.hidden.bias += 10.0  # every unit is on
        columns = InputColumns(weights=input_weights(task_of(Reading)))
        used = used_inputs({name: each.numpy() for name, each in network.state_dict().items()}, columns)
        assert list(used.support) == [one or other for one, other in zip(hidden, direct, strict=True)]
        assert list(used.names) == [f"x{number}" for number in np.flatnonzero(used.support)]
        rows = torch.randn(20, COLUMNS)
        before = network(rows)
        for column, depends in enumerate(used.support):
            others = rows.clone()
            others[:, column] += torch.rand(20) + 0.1
            assert torch.equal(network(others), before) != depends
