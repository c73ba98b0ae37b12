"""The l1 of fronts: recomputed from their checkpoints without torch, and untouched by rescaling every network."""

import csv
import json

import digits_study
import numpy as np
import pytest
import torch
from numpy_l1 import l1_of_checkpoint
from safetensors.torch import load_file

from frontsearch.comparison import Box, hypervolume
from frontsearch.folder.folder import Folder
from frontsearch.recipe import Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.study.config import read_study
from frontsearch.study.session import Session
from frontsearch.tasks import digits, mnist
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.weights import Weights


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The output folder of a small digits study."""
    folder = tmp_path_factory.mktemp("digits")
    study = read_study(str(digits_study.write(folder)))
    Session(config=study, folder=Folder(folder / "out"), quiet=True).run()
    return folder / "out"


def front_rows(run):
    with (run / "fronts.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_numpy_alone_finds_the_l1_of_every_point_of_a_front(run):
    rows = front_rows(run)
    assert len(rows) > 5
    for row in rows:
        found = l1_of_checkpoint(run / "checkpoints" / f"{row['key']}.safetensors")
        assert found == pytest.approx(float(row["l1"]), rel=1e-9)


def test_numpy_alone_finds_the_l1_of_a_lenet5_along_a_path(tmp_path):
    trainer = Trainer(mnist(), Checkpoints(tmp_path))
    recipe = Recipe(descent=WeightedSum(l1_weight=1e-3), epochs=0.1, pruning=Pruning(threshold=1e-3), seed=1)
    first = trainer(recipe)
    second = trainer(
        Recipe(
            descent=WeightedSum(l1_weight=3e-2), epochs=0.1, pruning=Pruning(threshold=3e-3), seed=2,
            start=WarmStart(trial=first.key),
        )
    )  # fmt: skip
    for trial in (first, second):
        found = l1_of_checkpoint(tmp_path / f"{trial.key}.safetensors")
        assert found == pytest.approx(trial.metrics["l1"], rel=1e-9)
        assert abs(trial.metrics["l1_raw"] / found - 1) > 0.01


def test_rescaling_every_network_of_a_front_changes_no_figure(run):
    """Each hidden unit is multiplied by another factor between 1e-2 and 1e2."""
    task, summary = digits(), json.loads((run / "summary.json").read_text())
    scale, generator = canonical_scale(task), torch.Generator().manual_seed(7)
    points = {}
    for row in front_rows(run):
        state = load_file(run / "checkpoints" / f"{row['key']}.safetensors")
        network = task.network(0)
        network.load_state_dict({name: state[name] for name in network.state_dict()})
        factors = 10 ** (4 * torch.rand(32, generator=generator) - 2)
        with torch.no_grad():
            network[1].weight.mul_(factors[:, None])
            network[1].bias.mul_(factors)
            network[3].weight.div_(factors)
        (found,) = network_metrics(task, network_outputs(network), [Weights(network, task.penalised)], scale=scale)
        for name in ("l1", "nonzeros", "sparsity", "validation_error", "test_cross_entropy", "test_error"):
            assert found[name] == pytest.approx(float(row[name]), rel=1e-5), name
        assert found["validation_cross_entropy"] == pytest.approx(float(row["cross_entropy"]), rel=1e-5)
        assert not found["l1"] or abs(found["l1_raw"] / found["l1"] - 1) > 0.1
        points.setdefault(row["method"], []).append((found["validation_cross_entropy"], found["l1"]))
    box = Box(low=(0.0, 0.0), high=tuple(summary["reference_point"]))
    for method, found in points.items():
        expected = summary["methods"][method]["hypervolume"]["median"]
        assert hypervolume(np.array(found), box=box) == pytest.approx(expected, rel=1e-5)
