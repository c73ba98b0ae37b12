"""scikit-learn's digits: 1,797 images of 8 x 8 pixels; with a linear network the exact front is known."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from frontsearch.names import Split
from frontsearch.tasks.base import Task
from frontsearch.tasks.examples import Examples
from frontsearch.tasks.networks import dense_kernels, perceptron
from frontsearch.tasks.splits import stratified_split

SIZES = {"linear": (64, 10), "mlp": (64, 32, 10)}
HELD_OUT, SPLIT_SEED = 300, 1797
BRIGHTEST = 16.0


def digits(*, network: Literal["linear", "mlp"] = "mlp", objective: Split = "validation") -> Task:
    """The digits task: 1,197 training, 300 validation and 300 test examples with pixels in [0, 1].

    Its normalisation is of pixels from 0 to 16, as scikit-learn has them.

    Args:
        network: ``linear`` is multinomial logistic regression, whose exact front is known if the objective is on the
            training split; ``mlp`` has 32 hidden units.
        objective: Split whose cross entropy is the objective.
    """
    inputs, targets = images()
    rest, test = stratified_split(np.arange(len(targets)), targets, count=HELD_OUT, seed=SPLIT_SEED)
    train, validation = stratified_split(rest, targets, count=HELD_OUT, seed=SPLIT_SEED)
    examples = Examples(torch.tensor(inputs / BRIGHTEST, dtype=torch.float32), torch.tensor(targets))
    parts: dict[Split, np.ndarray] = {"train": train, "validation": validation, "test": test}
    sizes = SIZES[network]
    return Task(
        name=f"digits/{network}",
        splits={split: examples.rows(rows) for split, rows in parts.items()},
        build=partial(perceptron, *sizes),
        penalised=dense_kernels(perceptron(*sizes)),
        objective_split=objective,
        image=(8, 8),
        class_names=map(str, range(10)),
        normalisation=(0.0, BRIGHTEST),
    )


def images() -> tuple[np.ndarray, np.ndarray]:
    """Pixels, ``(n, 64)``, and classes, as ``load_digits`` has them.

    They are read from scikit-learn's file where it is, as scikit-learn takes as long to import as torch.
    """
    found = find_spec("sklearn")
    file = Path(found.origin if found and found.origin else "").parent / "datasets" / "data" / "digits.csv.gz"
    if not file.is_file():
        from sklearn.datasets import load_digits  # noqa: PLC0415

        inputs, targets = load_digits(return_X_y=True)
        return inputs, targets
    rows = np.loadtxt(file, delimiter=",")
    return rows[:, :-1], rows[:, -1].astype(int)
