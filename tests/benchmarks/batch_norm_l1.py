"""Prints the errors of sparse networks with BatchNorm that ``path`` and ``gmp`` find by l1.

    python tests/benchmarks/batch_norm_l1.py [SEED]

The network is that of ``batch_norm_path.py``, on 8,000 images of MNIST, with 30 epochs for each method. For each
sparsity the network of least validation error with at least so many zeros is chosen, and its test error is printed.
"""

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from batch_norm_path import task_of

import frontsearch as fs
from frontsearch.workers import prepare_process

EPOCHS = 30.0
SPARSITIES = (0.8, 0.9, 0.95, 0.98, 0.99)


def rows_of(method: str, seed: int) -> list[dict[str, str]]:
    """The trials of a search."""
    with TemporaryDirectory() as folder:
        fs.search(task_of("l1"), method=method, epochs=EPOCHS, seed=seed, quiet=True, out=Path(folder) / "run")
        with (Path(folder) / "run" / "trials.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["nonzeros"]]


def errors(rows: Iterable[dict[str, str]], sparsity: float) -> str:
    """Validation and test error of the chosen network."""
    sparse = [row for row in rows if float(row["nonzeros"]) <= (1 - sparsity) * float(row["prunable"])]
    if not sparse:
        return "-"
    best = min(sparse, key=lambda row: float(row["validation_error"]))
    return f"{float(best['validation_error']):.2%} {float(best['test_error']):.2%}"


def main() -> None:
    """Prints a line for each method."""
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    prepare_process()
    print("method  " + "  ".join(f"{f'{sparsity:.0%} sparse':14s}" for sparsity in SPARSITIES))  # noqa: T201 - a script's own channel
    for method in ("path", "gmp"):
        rows = rows_of(method, seed)
        print(f"{method:6s}  " + "  ".join(f"{errors(rows, sparsity):14s}" for sparsity in SPARSITIES), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
