"""Networks that do less in evaluation mode than in training: they are searched all the same."""

import pytest
import torch
from torch import nn

from frontsearch import Recipe, Task, load_network, search
from frontsearch.tasks import Examples
from frontsearch.training import chance_metrics

TRAINING = Recipe(epochs=2.0, batch_size=32, learning_rate=0.02)


def normed_by_batches():
    norm = nn.BatchNorm1d(8, track_running_stats=False)
    return nn.Sequential(nn.Linear(4, 8), norm, nn.ReLU(), nn.Linear(8, 3))


class WithDerivative(nn.Module):
    """Computes a function and its derivative, whose graph it keeps in training only."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(1, 8), nn.Softplus(), nn.Linear(8, 1))

    def forward(self, inputs):
        with torch.enable_grad():
            inputs = inputs.requires_grad_()
            outputs = self.body(inputs)
            (slopes,) = torch.autograd.grad(outputs.sum(), inputs, create_graph=self.training)
        return torch.cat([outputs, slopes], dim=1)


@pytest.mark.parametrize("size", [2, 3, 4, 500])
def test_no_piece_is_a_single_example(size):
    for count in range(2, 12):
        examples = Examples(torch.arange(count)[:, None].float(), torch.arange(count))
        pieces = list(examples.pieces(size))
        assert min(len(piece.targets) for piece in pieces) > 1
        assert torch.equal(torch.cat([piece.targets for piece in pieces]), examples.targets)
    assert not list(examples.rows(slice(0)).pieces(size))


def test_a_network_that_takes_no_single_example_is_searched_and_exported(tmp_path):
    inputs = torch.randn(701, 4, generator=torch.Generator().manual_seed(0))
    parts = {"train": slice(501), "validation": slice(501, 601), "test": slice(601, 701)}
    splits = {name: (inputs[part], inputs[part, :3].argmax(1)) for name, part in parts.items()}
    task = Task(name="batches", splits=splits, build=normed_by_batches)
    assert all(chance_metrics(task))
    result = search(task, epochs=8, training=TRAINING, out=tmp_path / "out", quiet=True)
    point = result.front[0]
    point.export(tmp_path / "small.safetensors")
    read = load_network(normed_by_batches(), tmp_path / "small.safetensors")
    examples = task.splits["test"].read().inputs
    torch.testing.assert_close(read(examples), point.network()(examples), rtol=1e-4, atol=1e-4)
    point.export(tmp_path / "whole.safetensors", dense=True)


def test_a_network_without_a_gradient_in_evaluation_mode_has_no_optimality_gap(tmp_path):
    inputs = torch.rand(100, 1, generator=torch.Generator().manual_seed(0))
    targets = torch.cat([inputs.sin(), inputs.cos()], dim=1)
    task = Task(name="slopes", splits={"train": (inputs, targets)}, build=WithDerivative, loss=nn.MSELoss())
    result = search(task, epochs=8, training=TRAINING, out=tmp_path, quiet=True)
    assert result.front
    assert all(torch.isfinite(torch.tensor(point.objectives)).all() for point in result.front)
    rows = (tmp_path / "fronts.csv").read_text(encoding="utf-8").splitlines()
    place = rows[0].split(",").index("certificate")
    assert {row.split(",")[place] for row in rows[1:]} == {""}
