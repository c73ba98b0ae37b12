"""Prints the seconds of an epoch along a path by group l1 over a network with BatchNorm and a residual connection.

    python tests/benchmarks/batch_norm_path.py [EPOCHS]

EPOCHS, 30 by default, are those of the whole path, on 8,000 images of MNIST with one thread. The seconds are those of
whole trainings, evaluation on three splits included. The last column is their ratio to the first training's.
"""

import sys

import torch
from torch import Tensor, nn

import frontsearch as fs
from frontsearch.recipe import FromScratch, WeightedSum
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


def main() -> None:
    """Prints a line for each training of the sweep, densest first."""
    epochs = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    prepare_process()
    splits = {
        name: (split.inputs[:count], split.targets[:count])  # type: ignore[union-attr,index]
        for name, count in EXAMPLES.items()
        for split in [mnist().splits[name]]  # type: ignore[index]
    }
    task = Task(name="BatchNorm", splits=splits, build=Residual, complexity="group-l1")
    result = fs.search(task, method="path", epochs=epochs, seed=1, quiet=True)
    print("l1 weight  units  multiply-adds  validation error  seconds/epoch  / first")  # noqa: T201 - a script's own channel
    first = 0.0
    for trial in sorted(result.trials, key=lambda trial: -trial.metrics.get("multiply_adds", 0)):
        if trial.objectives is None or not isinstance(trial.recipe.descent, WeightedSum):
            continue
        seconds = trial.seconds / trial.epochs
        first = seconds if isinstance(trial.recipe.start, FromScratch) else first
        print(  # noqa: T201
            f"{trial.recipe.descent.l1_weight:9.2g}  {trial.metrics['units']:5.0f}  "
            f"{trial.metrics['multiply_adds']:13.0f}  {trial.metrics['validation_error']:16.2%}  {seconds:13.2f}  "
            f"{seconds / first if first else 1:7.2f}"
        )


if __name__ == "__main__":
    main()
