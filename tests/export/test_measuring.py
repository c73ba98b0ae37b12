"""What bench reports: sizes of real files, and ratios of times taken in turns."""

import gzip
from importlib.metadata import version
from itertools import groupby

import pytest
import torch
from torch import nn

from frontsearch import Task
from frontsearch.export import benchmark, exported, measuring
from frontsearch.export.processes import Setting
from frontsearch.folder import Timing


def network():
    return nn.Sequential(nn.Linear(40, 600), nn.ReLU(), nn.Linear(600, 600), nn.ReLU(), nn.Linear(600, 3))


@pytest.fixture(scope="module")
def task():
    inputs = torch.rand(60, 40, generator=torch.Generator().manual_seed(0))
    return Task(name="wide", splits={"train": (inputs, torch.arange(60) % 3)}, build=network)


@pytest.fixture(scope="module")
def weights(task):
    """A state dict with 24 of 600 units alive in each hidden layer."""
    state = task.network(0).state_dict()
    for name in ("0.weight", "2.weight"):
        state[name][24:] = 0
    for name in ("2.weight", "4.weight"):
        state[name][:, 24:] = 0
    return state


@pytest.fixture(scope="module")
def sparse_weights(task):
    """A state dict with one of 50 weights left between the hidden layers, and all units alive."""
    state, generator = task.network(0).state_dict(), torch.Generator().manual_seed(1)
    state["2.weight"][torch.rand(600, 600, generator=generator) > 0.02] = 0
    return state


def measured(task, weights, *engines, monkeypatch):
    formats = {"torch": "torch", "torch.compile": "torch", "onnxruntime": "onnx", "none": "torch"}
    monkeypatch.setattr(measuring, "FORMAT_OF_ENGINE", {engine: formats[engine] for engine in engines})
    return benchmark(task, weights, checkpoint="abc")[0]


def test_sizes_are_those_of_files_and_a_far_smaller_network_is_faster(task, weights, monkeypatch):
    found = measured(task, weights, "torch", "onnxruntime", monkeypatch=monkeypatch)
    assert found.checkpoint == "abc"
    assert f"torch {version('torch')}" in found.machine
    for form, ((whole, small), zipped) in found.sizes.items():
        contents = [exported(task, weights, form=form, dense=dense, metadata={}).content for dense in (True, False)]
        assert whole - small > 1_000_000
        assert small == pytest.approx(len(contents[1]), rel=0.02)  # names in a graph are not always the same
        assert zipped[0] == pytest.approx(len(gzip.compress(contents[0])), rel=0.02)
    untrained = exported(task, task.network(0).state_dict(), form="safetensors", dense=True, metadata={}).content
    assert found.untrained["safetensors"] == pytest.approx((len(untrained), len(gzip.compress(untrained))), rel=0.02)
    assert found.untrained.keys() == found.sizes.keys()
    assert all(found.untrained[form][1] > 3 * found.sizes[form][1][0] for form in found.sizes)
    large = [timing for timing in found.timings if timing.batch == 256 and "CSR" not in timing.engine]
    assert {timing.engine for timing in large} == {"torch", "onnxruntime"}
    assert all(timing.ratio > 1.5 for timing in large)
    for timing in found.timings:
        assert [len(rounds) for rounds in timing.rounds] == [15, 15]
        assert min(timing.ratios) <= timing.ratio <= max(timing.ratios)
        assert min(timing.seconds) > 0
    whole, small = found.parameters
    assert (whole, small) == (sum(part.numel() for part in weights.values()), 24 * 41 + 24 * 25 + 3 * 25)


def test_sparse_kernels_have_rows_where_they_are_faster_than_the_dense_ones(task, sparse_weights, monkeypatch):
    found = measured(task, sparse_weights, "torch", monkeypatch=monkeypatch)
    dense = {(timing.threads, timing.batch): timing for timing in found.timings if timing.engine == "torch"}
    sparse = [timing for timing in found.timings if timing.engine == "torch CSR"]
    assert any(timing.batch == 256 and timing.ratio > 1.2 for timing in sparse)
    assert all(timing.rounds[0] == dense[timing.threads, timing.batch].rounds[0] for timing in sparse)
    runs = [engine for engine, _ in groupby(found.timings, key=lambda timing: timing.engine)]
    assert len(runs) == len(set(runs))


def test_sparse_kernels_that_are_never_faster_are_named_in_one_sentence():
    timing = Timing(engine="torch", threads=1, batch=1, rounds=((2.0,) * 15, (1.0,) * 15))
    setting = Setting(1, 1, {"whole": (2.0,), "small": (1.0,), "torch CSR": (1.2,), "scipy CSR": (0.5,)}, {})
    (dense, faster) = measuring._timings_of("torch", setting)
    assert (dense.engine, dense.ratio, faster.engine, faster.ratio) == ("torch", 2.0, "scipy CSR", 4.0)
    assert list(measuring._slow_kernels([timing], {})) == [
        "torch CSR and scipy CSR kernels of the smaller network's linear layers were timed and are not faster here."
    ]
    assert list(measuring._slow_kernels([timing, faster], {"torch CSR": "it fails"})) == []


def test_an_engine_that_fails_is_named_and_the_others_are_timed(task, weights, monkeypatch):
    found = measured(task, weights, "none", "onnxruntime", monkeypatch=monkeypatch)
    assert found.notes == ("none was not timed: KeyError: 'none'",)
    assert {timing.engine for timing in found.timings} == {"onnxruntime"}


def test_what_has_no_zeros_left_has_no_sparse_kernels():
    reason = "no linear layer of the smaller network has zeros."
    notes = list(measuring._reasons({"torch CSR": reason, "scipy CSR": reason, "onnxruntime": "it is missing."}))
    assert notes == [f"torch CSR and scipy CSR were not timed: {reason}", "onnxruntime was not timed: it is missing."]
