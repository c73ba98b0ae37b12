"""The exact front of multinomial logistic regression: its l1 weighted sums solved by Newton's method in float64."""

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from frontsearch.errors import UserError
from frontsearch.front import ExactFront
from frontsearch.tasks.base import Task

STEP = 10**-0.02  # from one l1 weight to the next; the area between the front and its chords falls with its square
LAST = 1e-6  # of the greatest l1 weight: below it no cross entropy is left to gain
PRECISE, SOLVED = 1e-8, 1e-6  # greatest residual in units of the l1 weight: aimed at, and demanded
ROUNDS, HALVINGS = 500, 12
RIDGE = 1e-9


@dataclass(frozen=True)
class Regression:
    """Mean cross entropy of ``inputs @ weights``, ``(n, d + 1) @ (d + 1, classes)``; the last row are the biases."""

    inputs: Tensor
    targets: Tensor

    @classmethod
    def of_task(cls, task: Task) -> "Regression":
        """The task's training split in double precision.

        Raises:
            UserError: When the task is no convex one.
        """
        layers = [module for module in task.network(0).modules() if not isinstance(module, nn.Sequential | nn.Flatten)]
        linear = len(layers) == 1 and isinstance(layers[0], nn.Linear) and len(task.penalised) == 1
        if not linear or task.loss is not functional.cross_entropy or task.objective_split != "train":
            raise UserError(
                f"`exact` must be left out, or the task be convex: a linear network under cross entropy, with "
                f'objective = "train"; found {task.name} with objective = "{task.objective_split}".'
            )
        inputs, targets = task.splits["train"]
        rows = inputs.cpu().double().flatten(1)
        columns = torch.cat([rows.T, torch.ones(1, len(rows), dtype=rows.dtype)])
        return cls(columns.T, targets.cpu())  # columns contiguous: most of the time goes into gathering them

    def nothing(self) -> Tensor:
        """The optimum without a single weight: the biases alone, logarithms of the classes' shares."""
        shares = torch.bincount(self.targets).double() / len(self.targets)
        weights = torch.zeros(self.inputs.shape[1], len(shares), dtype=torch.float64)
        weights[-1] = shares.log()
        return weights

    @cached_property
    def short(self) -> float:
        """A step of gradient descent that cannot be too long: the curvature is nowhere more than half the inputs'."""
        return 2 * len(self.targets) / float(torch.linalg.matrix_norm(self.inputs, 2)) ** 2

    def loss(self, weights: Tensor) -> float:
        """Mean cross entropy in nats."""
        return float(functional.cross_entropy(self.inputs @ weights, self.targets))

    def slope(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient, and the classes' probabilities, ``(n, classes)``, that it comes from."""
        shares = torch.softmax(self.inputs @ weights, dim=1)
        wrong = shares - functional.one_hot(self.targets, shares.shape[1])
        return self.inputs.T @ wrong / len(self.targets), shares

    def curvature(self, shares: Tensor, free: Tensor) -> Tensor:
        """The second derivatives by the entries of the weights that are ``free``."""
        rows, classes = free.nonzero(as_tuple=True)
        columns = self.inputs.T[rows]
        weighted = columns * shares.T[classes]
        alike = classes[:, None] == classes
        return (torch.where(alike, weighted @ columns.T, 0.0) - weighted @ weighted.T) / len(self.targets)


def exact_front(task: Task, *, reach: float, step: float = STEP) -> ExactFront:
    """The exact front from the network of zeros to the first point whose l1 is ``reach``, or to where it ends before.

    Args:
        task: A convex one.
        reach: An l1.
        step: From one l1 weight to the next.

    Raises:
        UserError: When the task is no convex one, or the solver does not get as far as ``reach``.
    """
    regression = Regression.of_task(task)
    with _one_thread():
        weights = regression.nothing()
        greatest = float(regression.slope(weights)[0][:-1].abs().max())
        l1_weights, points = [greatest], [(regression.loss(weights), 0.0)]
        while points[-1][1] < reach and l1_weights[-1] > LAST * greatest:
            l1_weights.append(l1_weights[-1] * step)
            weights = solve(regression, l1_weights[-1], weights)
            points.append((regression.loss(weights), float(weights[:-1].abs().sum())))
    return ExactFront(np.array(l1_weights), np.array(points))


def solve(regression: Regression, l1_weight: float, start: Tensor) -> Tensor:
    """The weights that minimise ``cross_entropy + l1_weight * l1``, biases unpenalised.

    Newton steps on the entries that are not zero or ought not to be, within the orthant of their signs; what would
    change its sign stops at zero [Andrew2007]_. Where that leads nowhere, a proximal gradient step.

    Raises:
        UserError: When the optimality condition is missed by more than 1e-6 of the l1 weight, in any entry.
    """
    penalty = torch.full_like(start, l1_weight)
    penalty[-1] = 0
    weights, missed = start, math.inf
    for _ in range(ROUNDS):
        gradient, shares = regression.slope(weights)
        signs = torch.where(weights != 0, weights.sign(), -gradient.sign())
        free = (weights != 0) | (gradient.abs() > penalty)
        steepest = torch.where(free, gradient + penalty * signs, 0)
        missed = float(steepest.abs().max()) / l1_weight
        if missed <= PRECISE:
            break
        newton = torch.zeros_like(weights)
        newton[free] = torch.linalg.solve(_positive(regression.curvature(shares, free)), steepest[free])
        halved = (_within(weights - 0.5**n * newton, signs, penalty) for n in range(HALVINGS))
        short = weights - regression.short * gradient
        plain = short.sign() * (short.abs() - regression.short * penalty).clamp(min=0)
        value = _weighted(regression, weights, penalty)
        lower = (moved for moved in chain(halved, [plain]) if _weighted(regression, moved, penalty) < value)
        if (moved := next(lower, None)) is None:  # rounding leaves nothing to gain
            break
        weights = moved
    if missed > SOLVED:
        raise UserError(
            f"The exact front could not be solved at the l1 weight {l1_weight:.3g}, where its l1 is "
            f"{float(weights[:-1].abs().sum()):.4g}; give a `reference_point` with a smaller l1."
        )
    return weights


def _weighted(regression: Regression, weights: Tensor, penalty: Tensor) -> float:
    return regression.loss(weights) + float((penalty * weights.abs()).sum())


def _within(weights: Tensor, signs: Tensor, penalty: Tensor) -> Tensor:
    """The penalised weights that have the other sign set to zero."""
    return torch.where((penalty > 0) & (weights * signs < 0), 0, weights)


def _positive(curvature: Tensor) -> Tensor:
    """With a trace of ridge: equal shifts of all classes change no probability and leave a matrix singular."""
    return curvature + RIDGE * curvature.trace() / len(curvature) * torch.eye(len(curvature), dtype=curvature.dtype)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """The last bit of a sum depends on how many threads share it, and a report written again must be the same."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
