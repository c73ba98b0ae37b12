"""Numbers that are in no tensor are read in the precision of the network."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import Dataset, IterableDataset

from frontsearch import Task, search
from frontsearch.tasks import on_demand

ROWS, COLUMNS = 60, 4
INPUTS = np.random.default_rng(0).normal(size=(ROWS, COLUMNS))
TARGETS = INPUTS @ np.arange(1.0, COLUMNS + 1)[:, None]


class Items(Dataset):
    """Pairs of arrays of double precision."""

    def __len__(self):
        return ROWS

    def __getitem__(self, number):
        return INPUTS[number], TARGETS[number]


class Stream(IterableDataset):
    """The same pairs one after the other."""

    def __iter__(self):
        return zip(INPUTS, TARGETS, strict=True)


FORMS = {
    "arrays": lambda: (INPUTS, TARGETS),
    "tables": lambda: (pd.DataFrame(INPUTS), pd.DataFrame(TARGETS)),
    "items": Items,
    "a stream": Stream,
}
DOUBLE = torch.float64


def linear():
    return nn.Sequential(nn.Linear(COLUMNS, 3), nn.Linear(3, 1))


def mixed():
    network = linear()
    network[1].double()
    network[0].register_forward_hook(lambda _, __, outputs: outputs.double())
    return network


def task(build, found):
    return Task(name="precision", splits={"train": found}, build=build, loss=functional.mse_loss)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("build", "dtype"), [(linear, torch.float32), (lambda: linear().double(), DOUBLE), (mixed, torch.float32)]
)
def test_arrays_have_the_dtype_of_the_network_if_all_of_it_is_float64(form, build, dtype):
    train = task(build, FORMS[form]()).splits["train"]
    assert (train.inputs.dtype, train.targets.dtype) == (dtype, dtype)
    rows = [int(np.abs(INPUTS - row.numpy()).sum(1).argmin()) for row in train.inputs]
    assert torch.equal(train.inputs, torch.as_tensor(INPUTS[rows]).to(dtype))  # no digits are lost on the way


def test_a_dataset_read_on_demand_too(monkeypatch):
    monkeypatch.setattr(on_demand, "MEMORY_SHARE", 0.0)
    train = task(lambda: linear().double(), Items()).splits["train"]
    assert isinstance(train, on_demand.ExamplesOnDemand)
    assert {dtype for _, dtype in train.forms.values()} == {DOUBLE}


def test_tensors_stay_and_a_search_runs():
    with pytest.raises(ValueError, match=r"Its weights are float64, the inputs float32: convert one of them"):
        task(lambda: linear().double(), (torch.tensor(INPUTS).float(), torch.tensor(TARGETS)))
    found = search(task(lambda: linear().double(), (INPUTS, TARGETS)), epochs=10, method="path", quiet=True)
    assert {each.dtype for each in found.front[0].network().parameters()} == {DOUBLE}
