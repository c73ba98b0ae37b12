"""The lasso toy: a squared loss against l1, with its Pareto set in closed form."""

from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.names import SPLITS
from frontsearch.tasks.base import Task
from frontsearch.tasks.examples import Examples

TARGET = (3.0, -2.0, 1.0, -0.5, 0.25, 0.0)


class Constant(nn.Module):
    """A network that ignores its inputs and returns its own weights."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.randn(size))

    def forward(self, inputs: Tensor) -> Tensor:
        """Returns ``theta`` once per input, ``(n, size)``."""
        return self.theta.expand(len(inputs), -1)


def half_squared_distance(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the squared Euclidean distance, averaged over rows."""
    return 0.5 * (outputs - targets).square().sum(dim=1).mean()


def lasso() -> Task:
    """The task of minimising ``(|theta - a|^2 / 2, |theta|_1)``.

    Its Pareto set consists of the soft thresholds of ``a`` at every ``t >= 0``, each the optimum of the weighted sum at
    l1 weight ``t``. Every split is the single example ``a``. The squared loss is reported as the cross entropy.
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
        loss_name="cross entropy",
        metrics={},
    )
