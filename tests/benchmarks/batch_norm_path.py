"""Prints the seconds of an epoch along a path by group l1 over a network with BatchNorm and a residual connection.

    python tests/benchmarks/batch_norm_path.py [EPOCHS]

EPOCHS, 30 by default, are those of the whole path, on 8,000 images of MNIST with one thread. The seconds are those of
whole trainings, evaluation on three splits included. The last column is their ratio to the first training's.
"""

import csv
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

import frontsearch as fs
from frontsearch.measures import Complexity
from frontsearch.tasks import Task, mnist
from frontsearch.workers import prepare_process

EXAMPLES = {"train": 8_000, "validation": 2_000, "test": 2_000}


def block(inputs: int, outputs: int, *last: nn.Module) -> nn.Sequential:
    """A convolution with BatchNorm, and what follows it."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), *last
    )


class Residual(nn.Module):
    """Five convolutions with BatchNorm, two of them around a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = block(1, 16, nn.MaxPool2d(2))
        self.around = nn.Sequential(block(16, 32), nn.Conv2d(32, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16))
        self.last = nn.Sequential(block(16, 48, nn.MaxPool2d(2)), block(48, 48))
        self.dense = nn.Linear(48, 10)

    def forward(self, images: Tensor) -> Tensor:
        """Returns logits, ``(n, 10)``."""
        features = self.stem(images)
        logits: Tensor = self.dense(self.last(torch.relu(features + self.around(features))).mean((2, 3)))
        return logits


def task_of(complexity: Complexity) -> Task:
    """The network on the first images of MNIST."""
    splits = {
        name: (split.inputs[:count], split.targets[:count])  # type: ignore[union-attr,index]
        for name, count in EXAMPLES.items()
        for split in [mnist().splits[name]]  # type: ignore[index]
    }
    return Task(name="BatchNorm", splits=splits, build=Residual, complexity=complexity)


def main() -> None:
    """Prints a line for each training of the sweep, densest first."""
    epochs = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    prepare_process()
    task = task_of("group-l1")
    with TemporaryDirectory() as folder:
        fs.search(task, method={"path": {"sweep": 0.8}}, epochs=epochs, seed=1, quiet=True, out=Path(folder) / "run")
        with (Path(folder) / "run" / "trials.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    print("l1 weight  units  multiply-adds  validation error  seconds/epoch  / first")  # noqa: T201 - a script's own channel
    first = float(rows[0]["seconds"]) / float(rows[0]["epochs"])
    for row in sorted(rows, key=lambda row: -float(row["multiply_adds"])):
        seconds = float(row["seconds"]) / float(row["epochs"])
        print(  # noqa: T201
            f"{float(row['l1_weight']):9.2g}  {float(row['units']):5.0f}  {float(row['multiply_adds']):13.0f}  "
            f"{float(row['validation_error']):16.2%}  {seconds:13.2f}  {seconds / first:7.2f}"
        )


if __name__ == "__main__":
    main()
