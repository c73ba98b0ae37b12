"""Trains a network on CIFAR-10 with and without pruning after every step [Reiners2020]_: what that costs and saves.

    python tests/benchmarks/pruning_during_training.py [--epochs 6] [--seeds 1 2 3] [--l1-weight 3e-4]

The network is the VGG-like one of that paper, the l1 norm that of its dense layer, the pruning threshold 1e-3, the
optimiser Adam, whose steps alone leave no zeros. Prints for each seed the trained network without pruning, the same one
with its small weights set to zero once at the end, and the one pruned during training.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Task, cifar10
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.weights import Weights
from frontsearch.trial import Trial
from frontsearch.workers import prepare_process

THRESHOLD = 1e-3
COLUMNS = {
    "validation_cross_entropy": ".4f", "validation_error": ".2%", "test_error": ".2%", "l1": ".1f", "nonzeros": ".0f",
}  # fmt: skip


def trained(trainer: Trainer, recipe: Recipe) -> tuple[Trial, float]:
    """A training and the processor seconds that it took."""
    began = time.process_time()
    trial = trainer(recipe)
    return trial, time.process_time() - began


def cut_metrics(task: Task, weights: dict[str, Tensor]) -> Mapping[str, float]:
    """The metrics of a network whose small penalised weights are set to zero."""
    network = task.network(0).eval()
    network.load_state_dict(weights)
    with torch.no_grad():
        for name in task.penalised:
            weight = network.get_parameter(name)
            weight[weight.abs() <= THRESHOLD] = 0
    parts = [Weights(network, task.penalised)]
    return network_metrics(task, network_outputs(network), parts, scale=canonical_scale(task))[0]


def main() -> None:
    """Prints the table."""
    options = argparse.ArgumentParser(description="Training with and without pruning after every step.")
    options.add_argument("--epochs", type=float, default=6.0)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    options.add_argument("--l1-weight", type=float, default=3e-4)
    given = options.parse_args()
    prepare_process()
    pruning = Pruning(threshold=THRESHOLD)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(cifar10(penalised="dense", weight_decay=1e-6), Checkpoints(folder))
        for seed in given.seeds:
            plain = Recipe(
                descent=WeightedSum(l1_weight=given.l1_weight), optimiser="adam", learning_rate=1e-3,
                learning_rate_schedule="sigmoid", batch_size=64, epochs=given.epochs, seed=seed,
            )  # fmt: skip
            whole, seconds = trained(trainer, plain)
            pruned, pruned_seconds = trained(trainer, replace(plain, pruning=pruning))
            ratios.append(pruned_seconds / seconds)
            cut = cut_metrics(trainer.task, Checkpoints(folder).load(whole.key)[0])
            rows = {"without": whole.metrics, "cut once at the end": cut, "pruned": pruned.metrics}
            for name, metrics in rows.items():
                figures = (format(metrics[column], form) for column, form in COLUMNS.items())
                print(f"seed {seed}  {name:20s}", *figures, flush=True)  # noqa: T201 - a script's own channel
    print("seconds, of those without pruning:", f"{statistics.median(ratios):.3f}", min(ratios), max(ratios))  # noqa: T201


if __name__ == "__main__":
    main()
