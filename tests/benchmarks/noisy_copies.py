"""Prints what 1,300 noisy copies of one network gain in hypervolume on the split that chooses among them, and on test.

    python tests/benchmarks/noisy_copies.py

The network is the knee of `path` on the mnist study with 44 epochs. A copy is the network evaluated on validation and
test examples that are drawn anew with replacement, so copies differ by the noise of 5,000 and 10,000 examples alone.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors.torch import load_file
from torch.nn import functional

from frontsearch import mnist
from frontsearch.comparison import hypervolume
from frontsearch.folder import Folder
from frontsearch.study.recorded_runs import recorded_comparison

COPIES, REPEATS = 1300, 20


def losses(task, state, split):
    """The cross entropy of every example of a split, ``(n,)``."""
    network = task.network(0).eval().requires_grad_(requires_grad=False)
    network.load_state_dict({name: state[name] for name in network.state_dict()})
    inputs, targets = task.splits[split]
    return functional.cross_entropy(network(inputs), targets, reduction="none").numpy()


def means(values, *, rng):
    """The mean loss of every copy, ``(COPIES,)``."""
    return np.array([values[rng.integers(len(values), size=len(values))].mean() for _ in range(COPIES)])


def best_copy(validation, test, *, seed):
    """Validation and test loss of the copy that has the lowest validation loss."""
    rng = np.random.default_rng(seed)
    shown, unseen = means(validation, rng=rng), means(test, rng=rng)
    return shown.min(), unseen[shown.argmin()]


def main():
    with TemporaryDirectory() as out:
        options = ["--methods", "path", "--epochs", "44", "--jobs", "1", "--quiet", "--out", out]
        subprocess.run(
            [sys.executable, "-m", "frontsearch.study", "mnist", *options], check=True, stdout=subprocess.DEVNULL
        )
        comparison = recorded_comparison(Folder(Path(out)))
        knee = comparison.median_run("path").knee
        state = load_file(Folder(Path(out)).checkpoints / f"{knee.trial.key}.safetensors")
    task = mnist()
    validation, test = (losses(task, state, split) for split in ("validation", "test"))

    def volumes(cross_entropies):
        return [hypervolume(np.array([[loss, knee.complexity]]), box=comparison.linear) for loss in cross_entropies]

    alone = volumes([validation.mean(), test.mean()])
    chosen = [volumes(best_copy(validation, test, seed=seed)) for seed in range(REPEATS)]
    gains = np.subtract(chosen, alone)
    print(f"one network: hypervolume {alone[0]:.4f}, hypervolume_test {alone[1]:.4f}")  # noqa: T201
    for name, values in zip(("hypervolume", "hypervolume_test"), gains.T, strict=True):
        spread = f"{values.min():+.4f} to {values.max():+.4f} over {REPEATS} repeats"
        print(f"{name}: the best of {COPIES:,} noisy copies gains {values.mean():+.4f} ({spread})")  # noqa: T201


if __name__ == "__main__":
    main()
