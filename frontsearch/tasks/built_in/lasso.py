"""The lasso toy: (loss, l1) in small, with its Pareto set in closed form."""

from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.names import SPLITS
from frontsearch.tasks.base import Examples, Task

TARGET = (3.0, -2.0, 1.0, -0.5, 0.25, 0.0)


class Constant(nn.Module):
    """A network that answers its own weights whatever it is shown."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.randn(size))

    def forward(self, inputs: Tensor) -> Tensor:
        """``theta`` once for each input, ``(n, size)``."""
        return self.theta.expand(len(inputs), -1)


def half_squared_distance(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the squared Euclidean distance, mean over the rows."""
    return 0.5 * (outputs - targets).square().sum(dim=1).mean()


def lasso() -> Task:
    """The task ``(|theta - a|^2 / 2, |theta|_1)``.

    Its Pareto set is the soft thresholds of ``a`` at every ``t >= 0``, and the weighted sum at l1 weight ``t`` has its
    optimum there. All splits are the one example ``a``, and the loss stands where cross entropy stands elsewhere.
    """
    target = torch.tensor([TARGET])
    examples = Examples(torch.ones(1, 1), target)
    return Task(
        name="lasso",
        splits=dict.fromkeys(SPLITS, examples),
        build=partial(Constant, len(TARGET)),
        penalised=frozenset({"theta"}),
        objective_split="train",
        loss=half_squared_distance,
        error=None,
    )
