"""The exact front of l1 logistic regression agrees with scikit-learn and is convex."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch.nn import functional

from frontsearch.comparison.quality import Box, exact_hypervolume, hypervolume
from frontsearch.errors import UserError
from frontsearch.tasks import breast_cancer, digits, iris, lasso
from frontsearch.tasks.exact import STEP, Regression, exact_front, solve
from frontsearch.training.certificates import certificate, residuals
from frontsearch.training.penalties import L1

TASKS = {
    "digits": (digits(network="linear", objective="train"), 60.0),
    "breast_cancer": (breast_cancer(objective="train"), 40.0),
    "iris": (iris(network="linear", objective="train"), 20.0),
}


@pytest.fixture(scope="module", params=TASKS)
def solved(request):
    task, reach = TASKS[request.param]
    return task, reach, exact_front(task, max_l1=reach)


def box_of(task, reach):
    return Box(low=(0.0, 0.0), high=(math.log(int(task.splits["train"].targets.max()) + 1), reach))


@pytest.mark.parametrize(("name", "l1_weight"), [("digits", 0.02), ("breast_cancer", 0.05), ("iris", 0.1)])
def test_solutions_match_scikit_learn(name, l1_weight):
    regression = Regression.of_task(TASKS[name][0])
    inputs, targets = regression.inputs[:, :-1].numpy(), regression.targets.numpy()
    model = LogisticRegression(
        solver="saga", l1_ratio=1, C=1 / (len(targets) * l1_weight), tol=1e-6, max_iter=20_000, random_state=0
    )
    model.fit(inputs, targets)
    kernel, bias = model.coef_, model.intercept_
    if len(kernel) == 1:  # of two classes it models one logit: half of it for either class has the same l1
        kernel, bias = np.concatenate([-kernel, kernel]) / 2, np.concatenate([-bias, bias]) / 2
    loss = float(functional.cross_entropy(torch.tensor(inputs @ kernel.T + bias), regression.targets))
    weights = solve(regression, l1_weight, regression.bias_only())
    l1, other = float(weights[:-1].abs().sum()), np.abs(kernel).sum()
    assert regression.loss(weights) == pytest.approx(loss, abs=1e-4)
    assert l1 == pytest.approx(other, rel=1e-3)
    assert regression.loss(weights) + l1_weight * l1 <= loss + l1_weight * other + 1e-12


def test_every_solution_has_a_certificate_of_zero():
    for task, _ in TASKS.values():
        regression = Regression.of_task(task)
        weights = regression.bias_only()
        for l1_weight in (0.05, 0.03, 0.02):
            weights = solve(regression, l1_weight, weights)
            gradient, _ = regression.gradient(weights)
            kernel, of_kernel = weights[:-1].flatten(), gradient[:-1].flatten()
            assert float(gradient[-1].abs().max()) < 1e-6 * l1_weight
            assert float(residuals(L1(), kernel, of_kernel, l1_weight=l1_weight).abs().max()) < 1e-6 * l1_weight
            assert certificate(L1(), kernel, of_kernel, l1_weight=l1_weight) < 1e-6
            assert certificate(L1(), kernel, of_kernel, l1_weight=1.2 * l1_weight) > 1e-3 or not kernel.any()


def test_gradient_and_hessian_match_autograd():
    regression = Regression.of_task(TASKS["iris"][0])
    weights = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(flat):
        return functional.cross_entropy(regression.inputs @ flat.view(5, 3), regression.targets)

    gradient, probabilities = regression.gradient(weights)
    torch.testing.assert_close(gradient.flatten(), torch.autograd.functional.jacobian(loss, weights.flatten()))
    hessian = torch.autograd.functional.hessian(loss, weights.flatten())
    torch.testing.assert_close(regression.hessian(probabilities, torch.ones(5, 3, dtype=torch.bool)), hessian)


def test_the_front_starts_at_zero_falls_and_is_convex(solved):
    task, reach, front = solved
    cross_entropy, l1 = front.points.T
    assert l1[0] == 0
    assert (np.diff(front.l1_weights) < 0).all()
    # After the first step all weights may still be zero: none moves until the l1 weight is below its gradient.
    assert (np.diff(l1) >= -1e-9).all()
    assert (np.diff(cross_entropy) <= 1e-9).all()
    assert l1[-1] >= reach > l1[-2]
    # Every point lies above every other point's supporting line: each minimises its weighted sum.
    assert front.height_above(front.points).min() > -1e-9
    assert front.count_below(front.points) == 0
    # The largest l1 weight is the smallest one at which all weights are zero.
    regression = Regression.of_task(task)
    bias_only = regression.bias_only()
    assert not solve(regression, 1.001 * front.l1_weights[0], bias_only)[:-1].any()
    assert solve(regression, 0.999 * front.l1_weights[0], bias_only)[:-1].any()


def test_a_point_below_the_front_is_counted(solved):
    _, _, front = solved
    middle = front.points[len(front.points) // 2]
    points = np.array([middle, middle - (1e-4, 0), middle - (0, 0.05), 1.01 * middle, (0.0, 0.0)])
    assert front.count_below(points) == 3
    assert front.count_below(np.empty((0, 2))) == 0


def test_the_hypervolume_lies_between_that_of_points_and_chords(solved):
    task, reach, front = solved
    box = box_of(task, reach)
    whole = exact_hypervolume(front, box=box)
    assert hypervolume(front.points, box=box) < whole < 1
    # A convex front lies between the chords of the exact points and their tangents.
    cross_entropy, l1 = box.normalise(front.points).T
    at = np.union1d(l1[l1 < 1], 1.0)
    chords = np.trapezoid(1 - np.interp(at, l1, cross_entropy), at)
    assert chords <= whole < (1 + 3e-4) * chords
    # A finer grid of l1 weights gives nearly the same hypervolume.
    denser = exact_front(task, max_l1=reach, step=STEP**0.25)
    assert exact_hypervolume(denser, box=box) == pytest.approx(whole, rel=1e-4)
    assert hypervolume(denser.points, box=box) < whole


@pytest.mark.parametrize(
    "task",
    [
        digits(network="mlp", objective="train"),
        digits(network="linear"),
        iris(network="tanh", objective="train"),
        lasso(),
        replace(TASKS["iris"][0], penalised=frozenset({"1.weight", "1.bias"})),
    ],
    ids=["mlp", "validation", "tanh", "lasso", "biases penalised"],
)
def test_a_task_that_is_not_convex_is_refused(task):
    with pytest.raises(UserError, match=r"^`exact` needs a convex task: a linear network"):
        exact_front(task, max_l1=1.0)
