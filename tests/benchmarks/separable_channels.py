"""Prints how small ``gmp`` and ``path`` make a network of depthwise and pointwise convolutions by group l1.

    python tests/benchmarks/separable_channels.py [SEED] [EPOCHS]

Five convolutions with BatchNorm on digits, 240 epochs for each method. For each limit of the validation error it is the
network of the fewest multiply-adds; its test error is printed beside them.
"""

import sys
from tempfile import TemporaryDirectory

from onnx_channels import block
from sklearn.datasets import load_digits
from torch import nn

import frontsearch as fs
from frontsearch.workers import prepare_process

LIMITS = (0.01, 0.02, 0.04, 0.08)


def build() -> nn.Module:
    """The network, of 276,416 multiply-adds."""
    body = (
        block(1, 32, 3),
        block(32, 32, 3, groups=32),
        block(32, 64, 1),
        nn.MaxPool2d(2),
        block(64, 64, 3, groups=64),
    )
    return nn.Sequential(*body, block(64, 96, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))


def main() -> None:
    """Prints a line for each method."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    epochs = float(sys.argv[2]) if len(sys.argv) > 2 else 240.0
    prepare_process()
    inputs, targets = load_digits(return_X_y=True)
    images = inputs.reshape(-1, 1, 8, 8) / 16
    task = fs.Task(name="separable", splits={"train": (images, targets)}, build=build, complexity="group-l1")
    print("method  " + "  ".join(f"{f'at most {limit:.0%}':18s}" for limit in LIMITS))  # noqa: T201 - a script's own channel
    for method in ("gmp", "path"):
        with TemporaryDirectory() as folder:
            result = fs.search(task, method=method, epochs=epochs, seed=seed, quiet=True, out=folder)
            trials = [trial.metrics for run in result.comparison.runs for trial in run.run.trials if trial.objectives]
        cells = []
        for limit in LIMITS:
            within = [each for each in trials if each["validation_error"] <= limit]
            best = min(within, key=lambda each: each["multiply_adds"], default=None)
            cells.append(f"{best['multiply_adds']:9,.0f} {best['test_error']:7.2%}" if best else "-")
        print(f"{method:6s}  " + "  ".join(f"{cell:18s}" for cell in cells), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
