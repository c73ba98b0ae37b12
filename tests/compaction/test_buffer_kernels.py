"""A buffer may be a kernel, such as fixed random features or a fixed filter: it is cut and counted as any other."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch import Checkpoints, Recipe, Task, Trainer, load_network, search
from frontsearch.compaction import NO_CHANNELS, compact, network_size
from frontsearch.recipe import Pruning, WarmStart, WeightedSum
from frontsearch.training.shrinking import Shrinking


class FixedFeatures(nn.Module):
    """A product with a buffer that lies in memory the other way around."""

    def __init__(self, *, persistent=True):
        super().__init__()
        basis = torch.randn(8, 10, generator=torch.Generator().manual_seed(0)).t()
        self.register_buffer("basis", basis, persistent=persistent)
        self.body = nn.Sequential(nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 3))

    def forward(self, inputs):
        waves = inputs @ self.basis
        return self.body(torch.cat([waves.sin(), waves.cos()], dim=-1))


class FixedFilter(nn.Module):
    """A convolution with one filter for every channel, whose entries may share memory."""

    def __init__(self, *, persistent=True):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3)
        blur = torch.full((1, 1, 3, 3), 1 / 9).expand(4, 1, 3, 3)
        self.register_buffer("blur", blur.clone() if persistent else blur, persistent=persistent)
        self.last = nn.Linear(64, 3)

    def forward(self, inputs):
        return self.last(functional.conv2d(self.first(inputs).relu(), self.blur, groups=len(self.blur)).flatten(1))


class FixedProjection(nn.Module):
    """A linear function between layers whose kernel and bias are buffers."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.first, self.last = nn.Linear(10, 12), nn.Linear(8, 3)
        self.register_buffer("projection", torch.randn(8, 12, generator=generator))
        self.register_buffer("shift", torch.randn(8, generator=generator))

    def forward(self, inputs):
        return self.last(functional.linear(self.first(inputs).relu(), self.projection, self.shift).relu())


NETWORKS = {
    "features": (FixedFeatures, (10,), 10 * 8 + 16 * 12 + 12 * 3),
    "features made anew": (partial(FixedFeatures, persistent=False), (10,), 10 * 8 + 16 * 12 + 12 * 3),
    "filter": (FixedFilter, (1, 8, 8), 36 * 4 * 9 + 16 * 4 * 9 + 64 * 3),
    "filter made anew": (partial(FixedFilter, persistent=False), (1, 8, 8), 36 * 4 * 9 + 16 * 4 * 9 + 64 * 3),
    "projection": (FixedProjection, (10,), 10 * 12 + 12 * 8 + 8 * 3),
}


def task_of(name, **options):
    build, shape, _ = NETWORKS[name]
    inputs = torch.randn(120, *shape, generator=torch.Generator().manual_seed(0))
    return Task(name="buffers", splits={"train": (inputs, inputs.flatten(1)[:, :3].argmax(1))}, build=build, **options)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_counts_in_multiply_adds_and_its_channels_leave(name):
    build, shape, multiply_adds = NETWORKS[name]
    torch.manual_seed(0)
    network, inputs = build().eval(), torch.randn(5, *shape)
    assert network_size(network, inputs).multiply_adds == multiply_adds
    with torch.no_grad():
        last = network.body[0] if name.startswith("features") else network.last
        quarter = last.in_features // 4
        for start in range(0, last.in_features, 8 if name.startswith("features") else last.in_features):
            last.weight[:, start : start + quarter] = 0
    before = copy.deepcopy(dict(network.named_buffers()))
    compaction = compact(network, inputs)
    assert (compaction.unchanged, compaction.unfollowed) == ({}, "")
    torch.testing.assert_close(compaction.network(inputs), network(inputs))
    assert compaction.multiply_adds[0] == multiply_adds
    assert all(torch.equal(before[key], buffer) for key, buffer in network.named_buffers())
    sizes = [sum(buffer.numel() for buffer in each.buffers()) for each in (compaction.network, network)]
    assert sizes[0] == sizes[1] if "anew" in name else sizes[0] < sizes[1]


@pytest.mark.parametrize("name", ["features", "features made anew", "projection"])
def test_a_training_that_leaves_channels_out_is_the_same_as_one_that_does_not(name, tmp_path, monkeypatch):
    calls, move_to = [], Shrinking._move_to
    monkeypatch.setattr(Shrinking, "_move_to", lambda *args, **options: calls.append(1) or move_to(*args, **options))
    descent = WeightedSum(l1_weight=1e-2)
    found = []
    for whole in (False, True):
        checkpoints = Checkpoints(tmp_path / str(whole))
        trainer = Trainer(task_of(name), checkpoints)
        vars(trainer)["stacked"] = None
        assert trainer.channels.kernels
        if whole:
            vars(trainer)["channels"] = NO_CHANNELS
        parent = trainer(Recipe(descent=descent, learning_rate=3e-2, batch_size=16, epochs=60, seed=1))
        pruning = Pruning(threshold=0.05, regrow=False)
        trial = trainer(
            Recipe(descent=descent, batch_size=16, epochs=3, pruning=pruning, start=WarmStart(trial=parent.key))
        )
        found.append((trial, checkpoints.load(trial.key)[0]))
    (short, network), (full, expected) = found
    assert calls
    assert short.objectives == pytest.approx(full.objectives, rel=1e-4)
    buffers = dict(task_of(name).network(0).named_buffers()).keys() & network.keys()
    assert all(torch.equal(network[key], expected[key]) for key in buffers)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("decay", [0.0, 1e-3])
def test_a_search_finds_networks_that_are_exported_and_read_back(name, decay, tmp_path):
    last = "body.2.weight" if name.startswith("features") else "last.weight"
    task = task_of(name, weight_decay=decay, penalised=[last] if decay else "kernels")
    result = search(task, method="path", epochs=30, l1_weights=(1e-3, 0.1), out=tmp_path / "out", quiet=True)
    inputs = task.splits["test"].read().inputs
    for place, point in enumerate(result.front):
        path = tmp_path / f"{place}.safetensors"
        point.export(path)
        read = load_network(NETWORKS[name][0](), path)
        torch.testing.assert_close(read(inputs), point.network()(inputs), rtol=1e-4, atol=1e-4)
