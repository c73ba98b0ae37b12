"""Data that do not fit into memory: read on demand, or mapped from a file, with the same figures bit for bit."""

import os

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset

from frontsearch import Checkpoints, Recipe, Task, Trainer, search
from frontsearch.tasks import ExamplesOnDemand, on_demand
from frontsearch.tasks.on_demand import fits_in_memory
from frontsearch.training import full_gradient

ROWS, COLUMNS, CLASSES = 70, 6, 3
RECIPE = Recipe(epochs=3.0, batch_size=16, learning_rate=0.02)
FORMS = {
    "one input": lambda inputs: inputs,
    "arrays": lambda inputs: inputs.numpy().astype(np.float64),
    "a tuple": lambda inputs: (inputs[..., :2], inputs[..., 2:]),
    "a dictionary": lambda inputs: {"left": inputs[..., :2], "right": inputs[..., 2:]},
}


def table(seed=0):
    targets = torch.arange(ROWS) % CLASSES
    return torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(seed)) + targets[:, None], targets


class Rows(Dataset):
    """A map-style data set that counts what is read."""

    def __init__(self, form="one input", seed=0, noise=0.0):
        self.inputs, self.targets = table(seed)
        self.form, self.noise, self.read = form, noise, []

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, number):
        self.read.append(int(number))
        noise = self.noise * torch.randn(COLUMNS) if self.noise else 0.0
        return FORMS[self.form](self.inputs[number] + noise), int(self.targets[number])


class Network(nn.Module):
    """A network that takes any form of the same inputs, with dropout."""

    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.output = nn.Linear(COLUMNS, 8), nn.Dropout(0.2), nn.Linear(8, CLASSES)

    def forward(self, *parts, **named):
        inputs = torch.cat([*parts, *(named[name] for name in sorted(named))], dim=1)
        return self.output(self.drop(self.hidden(inputs).relu()))


def task(splits, **options):
    return Task(**{"name": "own", "splits": splits, "build": Network} | options)


@pytest.fixture
def no_memory(monkeypatch):
    return lambda: monkeypatch.setattr(on_demand, "MEMORY_SHARE", 0.0)


def datasets(form):
    return {split: Rows(form, seed) for seed, split in enumerate(("train", "validation", "test"))}


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_figures_weights_and_fingerprint_are_the_same_in_memory_and_on_demand(form, drawn, no_memory, tmp_path):
    splits = {"train": Rows(form)} if drawn else datasets(form)
    in_memory = Trainer(task(splits), Checkpoints(tmp_path / "memory"))
    no_memory()
    demanded = Trainer(task(splits), Checkpoints(tmp_path / "demand"))
    assert all(isinstance(each, ExamplesOnDemand) for each in demanded.task.splits.values())
    assert not any(isinstance(each, ExamplesOnDemand) for each in in_memory.task.splits.values())
    assert demanded.task.fingerprint == in_memory.task.fingerprint
    first, second = in_memory(RECIPE), demanded(RECIPE)
    assert first.key == second.key
    assert first.metrics == second.metrics
    states = [trainer.load_checkpoint(first.key) for trainer in (in_memory, demanded)]
    assert all(torch.equal(states[0][part][name], states[1][part][name]) for part in (0, 1) for name in states[0][part])
    gradients = []
    for trainer in (in_memory, demanded):
        network = trainer.task.network(0)
        network.load_state_dict(states[0][0])
        gradients.append(full_gradient(trainer.task, network, trainer.scale)[1])
    assert torch.equal(*gradients)


def test_an_epoch_reads_every_example_once_in_the_order_of_the_recipe(no_memory):
    no_memory()
    splits = datasets("one input")
    own = task(splits)
    trainer = Trainer(own)
    _ = own.fingerprint, trainer.scale, trainer.channels

    def order(seed):
        splits["train"].read.clear()
        trainer(Recipe(epochs=1.0, batch_size=16, seed=seed))
        return splits["train"].read[:ROWS]

    assert sorted(order(1)) == list(range(ROWS))
    assert order(1) == order(1) != order(2)


def test_what_an_item_draws_from_torch_is_seeded_by_the_recipe(no_memory):
    no_memory()
    splits = datasets("one input") | {"train": Rows(noise=1.0)}
    torch.manual_seed(1)
    first = Trainer(task(splits))(RECIPE)
    torch.manual_seed(2)
    again = Trainer(task(splits))
    assert first.key == again(RECIPE).key
    assert first.metrics == again(RECIPE).metrics
    assert first.metrics != Trainer(task(datasets("one input")))(RECIPE).metrics


def test_a_study_with_two_jobs_reads_on_demand_as_one_with_one_job(no_memory, tmp_path):
    no_memory()
    options = {
        "method": "random", "epochs": 6, "quiet": True, "l1_weights": (1e-3, 1e-1), "training": Recipe(epochs=3.0),
        "reference_point": (2.0, 50.0), "space": None,
    }  # fmt: skip
    own = task({"train": Subset(Rows(), range(60))})
    one, two = (search(own, jobs=jobs, out=tmp_path / str(jobs), **options) for jobs in (1, 2))
    assert [point.objectives for point in one.front] == [point.objectives for point in two.front]


@pytest.mark.parametrize("writable", [True, False])
def test_an_array_mapped_from_a_file_stays_mapped(writable, tmp_path):
    inputs, targets = table()
    np.save(tmp_path / "inputs.npy", inputs.numpy())
    mapped = np.load(tmp_path / "inputs.npy", mmap_mode="r+" if writable else "r")
    own = task(dict.fromkeys(("train", "validation", "test"), (mapped, targets)))
    assert own.splits["train"].inputs.data_ptr() == mapped.ctypes.data
    plain = task(dict.fromkeys(("train", "validation", "test"), (inputs, targets)))
    assert Trainer(own)(RECIPE).metrics == Trainer(plain)(RECIPE).metrics
    assert own.fingerprint == plain.fingerprint
    assert np.array_equal(mapped, inputs.numpy())


def test_a_tensor_mapped_from_a_file_stays_mapped(tmp_path):
    inputs, targets = table()
    inputs.numpy().tofile(tmp_path / "inputs")
    mapped = torch.from_file(str(tmp_path / "inputs"), size=inputs.numel()).view(ROWS, COLUMNS)
    own = task(dict.fromkeys(("train", "validation", "test"), (mapped, targets)))
    assert own.splits["train"].inputs.data_ptr() == mapped.data_ptr()


def test_splits_drawn_from_a_mapped_array_that_is_too_large_are_no_copies(no_memory, tmp_path):
    inputs, targets = table()
    np.save(tmp_path / "inputs.npy", inputs.numpy())
    mapped = np.load(tmp_path / "inputs.npy", mmap_mode="r")
    plain = Trainer(task({"train": (inputs, targets)}))
    no_memory()
    own = Trainer(task({"train": (mapped, targets)}))
    assert all(each.source.inputs.data_ptr() == mapped.ctypes.data for each in own.task.splits.values())
    assert own(RECIPE).metrics == plain(RECIPE).metrics
    assert own.task.fingerprint == plain.task.fingerprint


def test_a_quarter_of_the_memory_is_the_limit():
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert fits_in_memory(memory // 4)
    assert not fits_in_memory(memory // 4 + 4096)


class Stream(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


def test_a_stream_is_read_into_memory():
    inputs, targets = table()
    stream = Stream(list(zip(inputs, targets, strict=True)))
    assert task({"train": stream}).fingerprint == task({"train": (inputs, targets)}).fingerprint


def test_arrays_and_numbers_in_items_become_tensors_as_whole_arrays_do():
    inputs, targets = table()
    numbers = Stream([(row.double().numpy(), float(target)) for row, target in zip(inputs, targets, strict=True)])
    options = {"build": lambda: nn.Sequential(nn.Linear(COLUMNS, 1), nn.Flatten(0)), "loss": nn.MSELoss()}
    own = task({"train": numbers}, **options)
    assert (
        own.fingerprint == task({"train": (inputs.double().numpy(), targets.double().numpy())}, **options).fingerprint
    )
    assert own.splits["train"].targets.dtype is torch.float32


ROW = torch.ones(COLUMNS)
SEVERAL = "found several targets; make them columns of one, which `loss` takes apart again."
WRONG = {
    "dictionaries": ([{"inputs": ROW, "labels": 1}], "items that are each a dict with the keys inputs, labels: wrap"),
    "inputs alone": ([ROW], "items that are each a Tensor: wrap the Dataset in one whose items are (inputs, targets)."),
    "triples": ([(ROW, ROW, 1)], "items that are each a tuple of 3: wrap the Dataset"),
    "texts": ([(ROW, "a")], "found an array of <U1; encode them as numbers."),
    "several targets": ([(ROW, (ROW, 1))], SEVERAL),
    "targets by name": ([(ROW, {"sort": 1})], SEVERAL),
    "rows of several lengths": ([(ROW, 1), (ROW[:2], 0)], "found stack expects each tensor to be equal size"),
    "nothing": ([], "found no items at all."),
}


class Items(Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, number):
        return self.items[number]


@pytest.mark.parametrize("kind", [Items, Stream])
@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize("name", WRONG)
def test_items_of_another_form_are_refused_with_the_form_wanted(name, share, kind, monkeypatch):
    monkeypatch.setattr(on_demand, "MEMORY_SHARE", share)
    items, sentence = WRONG[name]
    with pytest.raises(ValueError, match=r"^`splits\['train'\]` must be a pair of inputs and targets .*\.$") as raised:
        task({"train": kind(items)})
    assert sentence in str(raised.value)


@pytest.mark.parametrize("targets", [(torch.ones(9), torch.ones(9, 2)), {"sort": torch.ones(9)}], ids=["tuple", "dict"])
def test_several_targets_are_refused_with_what_to_do(targets):
    with pytest.raises(ValueError, match=SEVERAL):
        task({"train": (torch.ones(9, COLUMNS), targets)})


def test_a_data_loader_is_refused_with_what_to_give_instead():
    loader = DataLoader(Items([(ROW, 1)]))
    with pytest.raises(ValueError, match=r"found DataLoader; give its `dataset`, as batches are made here\.$"):
        task({"train": loader})


def test_nan_is_found_on_demand_too(no_memory):
    no_memory()
    rows = Rows()
    rows.inputs[-1, 0] = float("nan")
    with pytest.raises(ValueError, match=r"^`splits\['train'\].inputs` must be finite numbers; .*found 'NaN or"):
        task({"train": rows})


def test_tables_of_pandas_work_like_arrays():
    pandas = pytest.importorskip("pandas")
    inputs, targets = table()
    frame = pandas.DataFrame(inputs.double().numpy()).assign(flag=targets.numpy() > 0)
    column = pandas.Series(targets.numpy())
    own = task({"train": (frame, column)}, build=lambda: nn.Linear(COLUMNS + 1, CLASSES))
    plain = torch.cat([inputs, (targets > 0)[:, None]], dim=1)
    assert (
        own.fingerprint == task({"train": (plain, targets)}, build=lambda: nn.Linear(COLUMNS + 1, CLASSES)).fingerprint
    )
    with pytest.raises(ValueError, match="found the columns town, which are no numbers: encode or drop them"):
        task({"train": (frame.assign(town="a"), column)})
    with pytest.raises(ValueError, match="encode them as numbers"):
        task({"train": (frame, column.astype(str))})
    with pytest.raises(ValueError, match=r"must be a pair of inputs and targets .*; found DataFrame"):
        task({"train": frame})
    with pytest.raises(ValueError, match="found 'NaN or infinity'"):
        task({"train": (frame.assign(gap=pandas.array([None] + [1] * (ROWS - 1), dtype="Int64")), column)})


def test_a_table_of_truth_values_is_one_of_floats():
    pandas = pytest.importorskip("pandas")
    inputs, targets = table()
    own = task({"train": (pandas.DataFrame(inputs.numpy() > 0), targets)})
    assert own.fingerprint == task({"train": ((inputs > 0).float(), targets)}).fingerprint


@pytest.mark.parametrize("kind", ["numpy", "torch"])
def test_whole_numbers_for_a_network_of_floats_are_refused_with_the_remedy(kind):
    inputs, targets = (10 * table()[0]).long(), table()[1]
    with pytest.raises(ValueError, match=r"int64; .* Give floats, such as `table\.astype\(float\)`\.$"):
        task({"train": (inputs if kind == "torch" else inputs.numpy(), targets)})


def embedding():
    return nn.Sequential(nn.Embedding(9, 2), nn.Flatten())


def test_whole_numbers_that_are_no_remedy_as_floats_are_refused_without_one():
    inputs, targets = torch.full((ROWS, COLUMNS), 99), table()[1]
    with pytest.raises(ValueError, match=r"its forward pass raised IndexError: .*\.$") as raised:
        task({"train": (inputs, targets)}, build=embedding, penalised="all")
    assert "Give floats" not in str(raised.value)


def test_sparse_matrices_and_categories_are_refused_with_the_remedy():
    sparse, pandas = pytest.importorskip("scipy.sparse"), pytest.importorskip("pandas")
    inputs, targets = table()
    with pytest.raises(ValueError, match=r"found a sparse csr_matrix; make it dense by `\.toarray\(\)`\.$"):
        task({"train": (sparse.csr_matrix(inputs.numpy()), targets)})
    labels = pandas.Series([f"class {target}" for target in targets.tolist()], dtype="category")
    with pytest.raises(ValueError, match=r"encode them as numbers, such as by `\.cat\.codes`\.$"):
        task({"train": (inputs, labels)})
    assert task({"train": (inputs, labels.cat.codes)}).fingerprint == task({"train": (inputs, targets)}).fingerprint
