"""scikit-learn's digits: 1,797 images of 8 x 8, embedded; a linear network makes the front exact."""

from functools import partial
from typing import Literal

import numpy as np
import torch

from frontsearch.names import Split
from frontsearch.tasks.base import Examples, Task
from frontsearch.tasks.networks import dense_kernels, perceptron
from frontsearch.tasks.splits import apart

SIZES = {"linear": (64, 10), "mlp": (64, 32, 10)}
HELD_OUT, SPLIT_SEED = 300, 1797


def digits(*, network: Literal["linear", "mlp"] = "mlp", objective: Split = "validation") -> Task:
    """The digits task: 1,197 examples to train on, 300 to validate and 300 to test on, pixels in [0, 1].

    Args:
        network: ``linear`` is multinomial logistic regression, whose l1 front is exact when the objective is on the
            training split; ``mlp`` has 32 hidden units.
        objective: The split whose cross entropy is the objective.
    """
    from sklearn.datasets import load_digits  # noqa: PLC0415 - no other task need wait for it

    inputs, targets = load_digits(return_X_y=True)
    rest, test = apart(np.arange(len(targets)), targets, count=HELD_OUT, seed=SPLIT_SEED)
    train, validation = apart(rest, targets, count=HELD_OUT, seed=SPLIT_SEED)
    examples = Examples(torch.tensor(inputs / 16, dtype=torch.float32), torch.tensor(targets))
    parts: dict[Split, np.ndarray] = {"train": train, "validation": validation, "test": test}
    sizes = SIZES[network]
    return Task(
        name=f"digits/{network}",
        splits={split: Examples(*(tensor[rows] for tensor in examples)) for split, rows in parts.items()},
        build=partial(perceptron, *sizes),
        penalised=dense_kernels(perceptron(*sizes)),
        objective_split=objective,
        image=(8, 8),
    )
