"""The exact front of l1-regularised multinomial logistic regression, by Newton's method in double precision."""

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

STEP = 10**-0.02  # ratio of successive l1 weights; the area between front and chords shrinks with its logarithm squared
SMALLEST = 1e-6  # smallest l1 weight as a share of the largest; smaller ones no longer lower the cross entropy
TARGET_RESIDUAL, MAX_RESIDUAL = 1e-8, 1e-6  # largest residual in units of the l1 weight: aimed at, and still accepted
MAX_ITERATIONS, MAX_HALVINGS = 500, 12
RIDGE = 1e-9


@dataclass(frozen=True)
class Regression:
    """Multinomial logistic regression: the mean cross entropy of the logits ``inputs @ weights``.

    Attributes:
        inputs: Examples with a last column of ones, ``(n, d + 1)``; so ``weights`` is ``(d + 1, classes)`` and its last
            row holds the biases.
        targets: Class indices, ``(n,)``.
    """

    inputs: Tensor
    targets: Tensor

    @classmethod
    def of_task(cls, task: Task) -> "Regression":
        """The regression of a task's training split, in double precision.

        Raises:
            UserError: If the task is not convex.
        """
        modules = task.network(0).modules()
        layers = [module for module in modules if not isinstance(module, nn.Sequential | nn.Flatten)]
        linear = len(layers) == 1 and isinstance(layers[0], nn.Linear) and len(task.penalised) == 1
        if not linear or task.loss is not functional.cross_entropy or task.objective_split != "train":
            raise UserError(
                f"`exact` needs a convex task: a linear network with cross entropy as its loss, without penalised "
                f'biases and with objective = "train"; found {task.name} with objective = "{task.objective_split}". '
                "Remove `exact` or choose another task."
            )
        inputs, targets = task.splits["train"].read()
        assert isinstance(inputs, Tensor)  # noqa: S101 - a linear network takes one
        rows = inputs.cpu().double().flatten(1)
        columns = torch.cat([rows.T, torch.ones(1, len(rows), dtype=rows.dtype)])
        return cls(columns.T, targets.cpu())  # contiguous columns, as gathering them takes most of the time

    def bias_only(self) -> Tensor:
        """The optimum with all weights zero: the biases are the logarithms of the class shares."""
        shares = torch.bincount(self.targets).double() / len(self.targets)
        weights = torch.zeros(self.inputs.shape[1], len(shares), dtype=torch.float64)
        weights[-1] = shares.log()
        return weights

    @cached_property
    def safe_step(self) -> float:
        """A gradient step size that cannot overshoot: the inverse of a bound on the curvature of the loss."""
        return 2 * len(self.targets) / float(torch.linalg.matrix_norm(self.inputs, 2)) ** 2

    def loss(self, weights: Tensor) -> float:
        """Mean cross entropy in nats per example."""
        return float(functional.cross_entropy(self.inputs @ weights, self.targets))

    def gradient(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The gradient of the loss, ``(d + 1, classes)``, and the predicted probabilities, ``(n, classes)``."""
        probabilities = torch.softmax(self.inputs @ weights, dim=1)
        errors = probabilities - functional.one_hot(self.targets, probabilities.shape[1])
        return self.inputs.T @ errors / len(self.targets), probabilities

    def hessian(self, probabilities: Tensor, free: Tensor) -> Tensor:
        """The Hessian of the loss restricted to ``free`` weights, a mask ``(d + 1, classes)``."""
        rows, classes = free.nonzero(as_tuple=True)
        columns = self.inputs.T[rows]
        weighted = columns * probabilities.T[classes]
        same_class = classes[:, None] == classes
        return (torch.where(same_class, weighted @ columns.T, 0.0) - weighted @ weighted.T) / len(self.targets)


def exact_front(task: Task, *, max_l1: float, step: float = STEP) -> ExactFront:
    """The exact front of a convex task, from the all-zero network to the first point with an l1 of at least ``max_l1``.

    Args:
        task: A convex task.
        max_l1: The l1 up to which the front is computed; it ends earlier if larger networks gain nothing.
        step: Ratio of successive l1 weights, less than one.

    Raises:
        UserError: If the task is not convex, or the solver does not converge.
    """
    regression = Regression.of_task(task)
    with _one_thread():
        weights = regression.bias_only()
        largest = float(regression.gradient(weights)[0][:-1].abs().max())
        l1_weights, points = [largest], [(regression.loss(weights), 0.0)]
        while points[-1][1] < max_l1 and l1_weights[-1] > SMALLEST * largest:
            l1_weights.append(l1_weights[-1] * step)
            weights = solve(regression, l1_weights[-1], weights)
            points.append((regression.loss(weights), float(weights[:-1].abs().sum())))
    return ExactFront(np.array(l1_weights), np.array(points))


def solve(regression: Regression, l1_weight: float, start: Tensor) -> Tensor:
    """The weights that minimise ``cross_entropy + l1_weight * l1``, biases unpenalised.

    Takes Newton steps in the weights that are nonzero or should become so, projected on the orthant of their signs, so
    that a weight whose sign would change stops at zero [Andrew2007]_. If no Newton step lowers the sum, takes a
    proximal gradient step instead.

    Raises:
        UserError: If some weight violates the optimality condition by more than 1e-6 times the l1 weight.
    """
    penalty = torch.full_like(start, l1_weight)
    penalty[-1] = 0
    weights, residual = start, math.inf
    for _ in range(MAX_ITERATIONS):
        gradient, probabilities = regression.gradient(weights)
        signs = torch.where(weights != 0, weights.sign(), -gradient.sign())
        free = (weights != 0) | (gradient.abs() > penalty)
        steepest = torch.where(free, gradient + penalty * signs, 0)
        residual = float(steepest.abs().max()) / l1_weight
        if residual <= TARGET_RESIDUAL:
            break
        newton = torch.zeros_like(weights)
        newton[free] = torch.linalg.solve(_with_ridge(regression.hessian(probabilities, free)), steepest[free])
        newton_points = (_project(weights - 0.5**n * newton, signs, penalty) for n in range(MAX_HALVINGS))
        moved = weights - regression.safe_step * gradient
        proximal_point = moved.sign() * (moved.abs() - regression.safe_step * penalty).clamp(min=0)
        value = _weighted_sum(regression, weights, penalty)
        candidates = chain(newton_points, [proximal_point])
        better = next((point for point in candidates if _weighted_sum(regression, point, penalty) < value), None)
        if better is None:  # no step lowers the sum any more, to rounding
            break
        weights = better
    if residual > MAX_RESIDUAL:
        raise UserError(
            f"The exact front did not converge at the l1 weight {l1_weight:.3g}, where the l1 is "
            f"{float(weights[:-1].abs().sum()):.4g}; choose a `reference_point` with a smaller l1."
        )
    return weights


def _weighted_sum(regression: Regression, weights: Tensor, penalty: Tensor) -> float:
    return regression.loss(weights) + float((penalty * weights.abs()).sum())


def _project(weights: Tensor, signs: Tensor, penalty: Tensor) -> Tensor:
    """Sets penalised weights whose sign is not the one in ``signs`` to zero."""
    return torch.where((penalty > 0) & (weights * signs < 0), 0, weights)


def _with_ridge(hessian: Tensor) -> Tensor:
    """Adds a tiny ridge: shifting all classes' logits alike changes no probability, so the Hessian is singular."""
    return hessian + RIDGE * hessian.trace() / len(hessian) * torch.eye(len(hessian), dtype=hessian.dtype)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Runs the block on one torch thread: the number of threads changes the last bits, and reports must reproduce."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
