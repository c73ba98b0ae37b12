"""Gives the pixels that the study ``features`` chooses to Extra Trees, as [Lemhadri2021]_ measure a choice of features.

    python tests/benchmarks/features.py [mnist|fashion] [--pixels 50] [--seeds 1 2 3]

Each run is the method ``gmp`` of ``studies/features-*.toml``, with 10,000 training images. Of its networks with at most
so many pixels the one with the lowest validation error chooses. Extra Trees with 50 trees learn the same images with
these pixels only, and with all. Prints the test accuracy of both and of the network.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file
from sklearn.ensemble import ExtraTreesClassifier

from frontsearch.names import Split
from frontsearch.tasks import Task, fashion, mnist

FIRST, TREES, EXAMPLES = "1.weight", 50, 10_000
Pixels = NDArray[np.bool_]


def main() -> None:
    """Prints a line for each seed."""
    options = argparse.ArgumentParser(description="Extra Trees with the pixels that a run chose.")
    options.add_argument("task", nargs="?", default="mnist", choices=("mnist", "fashion"))
    options.add_argument("--pixels", type=int, default=50)
    options.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = options.parse_args()
    task = {"mnist": mnist, "fashion": fashion}[given.task](network="lenet300", training_examples=EXAMPLES)
    print(f"all pixels: trees {accuracy(task, np.ones(784, bool)):.4f}")  # noqa: T201 - a script's own channel
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            run(given.task, seed, Path(folder))
            network, pixels = chosen(Path(folder), at_most=given.pixels)
        print(  # noqa: T201 - a script's own channel
            f"seed {seed}, {pixels.sum()} pixels: trees {accuracy(task, pixels):.4f}, network "
            f"{1 - float(network['test_error']):.4f}",
            flush=True,
        )


def run(task: str, seed: int, folder: Path) -> None:
    """Runs the method of the study with this seed."""
    command = [sys.executable, "-m", "frontsearch.study", f"features-{task}", "--methods", "gmp", "--quiet"]
    subprocess.run([*command, "--seed", str(seed), "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)


def chosen(folder: Path, *, at_most: int) -> tuple[dict[str, str], Pixels]:
    """The trial with the lowest validation error among those with at most so many pixels, and these, ``(784,)``."""
    trials = list(csv.DictReader((folder / "trials.csv").open(encoding="utf-8")))
    found = []
    for trial in trials:
        file = folder / "checkpoints" / f"{trial['key']}.safetensors"
        if file.exists():  # those that a better network with no more weights made needless are deleted
            pixels: Pixels = (load_file(file)[FIRST] != 0).any(dim=0).numpy()
            if 0 < pixels.sum() <= at_most:
                found.append((float(trial["validation_error"]), trial, pixels))
    _, trial, pixels = min(found, key=lambda each: each[0])
    return trial, pixels


def accuracy(task: Task, pixels: Pixels) -> float:
    """The test accuracy of Extra Trees that see these pixels only."""
    (images, classes), (test_images, test_classes) = (arrays(task, split) for split in ("train", "test"))
    trees = ExtraTreesClassifier(TREES, random_state=0).fit(images[:, pixels], classes)
    return float(trees.score(test_images[:, pixels], test_classes))


def arrays(task: Task, split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images, ``(n, 784)``, and classes of a split."""
    examples = task.splits[split]
    return examples.inputs.flatten(1).numpy(), examples.targets.numpy()


if __name__ == "__main__":
    main()
