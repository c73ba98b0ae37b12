"""With group l1 whole units and inputs die, trainings leave them out, and nothing else changes."""

import pytest
import torch
from torch import nn

from frontsearch import Recipe, Task, Trainer
from frontsearch.compaction import compact
from frontsearch.recipe import Pruning, WeightedSum
from frontsearch.tasks.networks import perceptron
from frontsearch.training import Checkpoints
from frontsearch.training.shrinking import Shrinking

ROWS = 600


class Residual(nn.Module):
    """A convolutional network with BatchNorms, a residual connection and an image of which one channel is noise."""

    def __init__(self):
        super().__init__()
        self.stem, self.stem_norm = nn.Conv2d(2, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.first, self.first_norm = nn.Conv2d(8, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12)
        self.second, self.second_norm = nn.Conv2d(12, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 4)

    def forward(self, images):
        features = torch.relu(self.stem_norm(self.stem(images)))
        inner = torch.relu(self.first_norm(self.first(features)))
        return self.head(torch.relu(features + self.second_norm(self.second(inner))).mean((2, 3)))


class Siamese(nn.Module):
    """Compares two rows by one encoder."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(16, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU())
        self.head = nn.Linear(12, 4)

    def forward(self, pairs):
        return self.head(self.encoder(pairs[:, 0]) - self.encoder(pairs[:, 1]))


def dense_task():
    """Eight classes given by the signs of three of 64 columns."""
    inputs = torch.randn(ROWS, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = (inputs[:, :3] > 0).long() @ torch.tensor([1, 2, 4])
    return task_of(inputs, targets, lambda: perceptron(64, 24, 16, 8).double())


def image_task():
    """Four classes: which quarter of the first channel is bright."""
    generator = torch.Generator().manual_seed(0)
    targets = torch.randint(0, 4, (ROWS,), generator=generator)
    images = torch.randn(ROWS, 2, 6, 6, generator=generator, dtype=torch.float64)
    for quarter in range(4):
        row, column = 3 * (quarter // 2), 3 * (quarter % 2)
        images[targets == quarter, 0, row : row + 3, column : column + 3] += 1.5
    return task_of(images, targets, lambda: Residual().double())


def pair_task():
    """Four classes: which of two rows is larger in each of the first two columns; the others are noise."""
    pairs = torch.randn(ROWS, 2, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = (pairs[:, 0, :2] > pairs[:, 1, :2]).long() @ torch.tensor([1, 2])
    return task_of(pairs, targets, lambda: Siamese().double())


def task_of(inputs, targets, build):
    return Task(name="groups", splits={"train": (inputs, targets)}, build=build, complexity="group-l1")


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=5e-3), "optimiser": "prox-adam", "learning_rate": 1e-2}
    pruning = Pruning(threshold=1e-4, regrow=False)
    return Recipe(**{**standard, "pruning": pruning, "batch_size": 50, "epochs": 60.0, "seed": 1, **changes})


@pytest.mark.parametrize("make", [dense_task, image_task, pair_task])
@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd"])
def test_leaving_out_dead_units_does_not_change_a_training(make, optimiser, tmp_path, monkeypatch):
    task, calls, move_to = make(), [], Shrinking._move_to
    monkeypatch.setattr(Shrinking, "_move_to", lambda *args, **options: calls.append(1) or move_to(*args, **options))
    given = recipe(optimiser=optimiser, learning_rate=1e-2 if optimiser == "prox-adam" else 0.1)
    short = Trainer(task, Checkpoints(tmp_path / "short"))(given)
    assert calls
    monkeypatch.setattr("frontsearch.training.shrinking.MAX_COMPACT_SHARE", 0.0)
    whole = Trainer(task, Checkpoints(tmp_path / "whole"))(given)
    assert short.objectives == pytest.approx(whole.objectives, rel=1e-6)
    assert short.metrics == pytest.approx(whole.metrics, rel=1e-6, nan_ok=True)


def test_the_noise_is_left_out_and_nothing_computes_what_nothing_takes(tmp_path):
    task = dense_task()
    trial = Trainer(task, Checkpoints(tmp_path))(recipe(epochs=120.0))
    assert trial.metrics["validation_error"] < 0.1
    weights = Checkpoints(tmp_path).load(trial.key)[0]
    first, second, third = (weights[f"{layer}.weight"] for layer in (1, 3, 5))
    used = set(first.any(0).nonzero()[:, 0].tolist())
    assert {0, 1, 2} <= used
    assert len(used) < 20
    for incoming, outgoing in ((first, second), (second, third)):
        assert 0 < int(outgoing.any(0).sum()) < len(incoming)
        assert not incoming[~outgoing.any(0)].any()


@pytest.mark.parametrize("make", [dense_task, image_task, pair_task])
def test_units_and_multiply_adds_are_those_that_compaction_leaves(make, tmp_path):
    task = make()
    trial = Trainer(task, Checkpoints(tmp_path))(recipe())
    network = task.network(0)
    network.load_state_dict(Checkpoints(tmp_path).load(trial.key)[0])
    left = compact(network.eval(), task.splits["test"].inputs[:4])
    assert (
        trial.metrics["units"]
        == sum(layer.units[1] for layer in left.layers)
        < sum(layer.units[0] for layer in left.layers)
    )
    assert trial.metrics["multiply_adds"] == left.multiply_adds[1] < left.multiply_adds[0]


def test_weights_and_biases_of_batch_norms_are_penalised_with_their_channels():
    task = image_task()
    groups = Trainer(task).scale.groups
    assert {"stem_norm.weight", "stem_norm.bias", "first_norm.bias"} < task.penalised
    for channel in range(12):
        (own,) = groups["second.weight"][:, channel].unique().tolist()
        assert groups["first_norm.weight"][channel] == groups["first_norm.bias"][channel] == own
    stem = groups["first.weight"][0, :, 0, 0]  # the channels of the residual sum: its parts, and what takes it
    for vector in ("stem_norm.weight", "second_norm.bias"):
        assert torch.equal(groups[vector], stem)
    assert torch.equal(groups["head.weight"], stem.expand(4, -1))


def test_a_unit_of_a_layer_used_twice_has_one_group():
    task = pair_task()
    groups = Trainer(task).scale.groups
    assert groups["encoder.0.weight"].unique().numel() == 16
    assert torch.equal(groups["encoder.3.weight"][0], groups["encoder.1.weight"])
    assert not set(groups["encoder.3.weight"].flatten().tolist()) & set(groups["head.weight"].flatten().tolist())
