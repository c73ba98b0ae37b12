"""What bench reports: sizes of real files, and ratios of times taken in turns."""

import gzip

import pytest
import torch
from torch import nn

from frontsearch import Task
from frontsearch.export import benchmark, exported, measuring


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


def test_sizes_are_those_of_files_and_a_far_smaller_network_is_faster(task, weights, monkeypatch):
    monkeypatch.setattr(measuring, "FORMAT_OF_ENGINE", {"torch": "torch", "onnxruntime": "onnx"})
    found = benchmark(task, weights)
    assert found.missing == {}
    for form, (whole, small) in found.sizes.items():
        contents = [exported(task, weights, form=form, dense=dense, metadata={}).content for dense in (True, False)]
        assert whole - small > 1_000_000
        assert small == pytest.approx(len(contents[1]), rel=0.02)  # names in a graph are not always the same
        assert found.compressed[form][0] == pytest.approx(len(gzip.compress(contents[0])), rel=0.02)
    large = [timing for timing in found.timings if timing.batch == 256]
    assert {timing.engine for timing in large} == {"torch", "onnxruntime"}
    assert all(timing.ratio > 1.5 for timing in large)
    for timing in found.timings:
        assert len(timing.ratios) == 15
        assert min(timing.ratios) <= timing.ratio <= max(timing.ratios)
        assert min(timing.seconds) > 0


def test_an_engine_that_fails_is_named_and_the_others_are_timed(task, weights, monkeypatch):
    monkeypatch.setattr(measuring, "FORMAT_OF_ENGINE", {"none": "torch", "onnxruntime": "onnx"})
    found = benchmark(task, weights)
    assert found.missing == {"none": "KeyError: 'none'"}
    assert {timing.engine for timing in found.timings} == {"onnxruntime"}
