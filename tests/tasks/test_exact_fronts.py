"""The exact front of l1 logistic regression: against scikit-learn, and against what a convex front must be."""

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

TASKS = {
    "digits": (digits(network="linear", objective="train"), 60.0),
    "breast_cancer": (breast_cancer(objective="train"), 40.0),
    "iris": (iris(network="linear", objective="train"), 20.0),
}


@pytest.fixture(scope="module", params=TASKS)
def solved(request):
    task, reach = TASKS[request.param]
    return task, reach, exact_front(task, reach=reach)


def box_of(task, reach):
    return Box(low=(0.0, 0.0), high=(math.log(int(task.splits["train"].targets.max()) + 1), reach))


@pytest.mark.parametrize(("name", "l1_weight"), [("digits", 0.02), ("breast_cancer", 0.05), ("iris", 0.1)])
def test_scikit_learn_finds_the_same_solutions(name, l1_weight):
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
    weights = solve(regression, l1_weight, regression.nothing())
    l1, other = float(weights[:-1].abs().sum()), np.abs(kernel).sum()
    assert regression.loss(weights) == pytest.approx(loss, abs=1e-4)
    assert l1 == pytest.approx(other, rel=1e-3)
    assert regression.loss(weights) + l1_weight * l1 <= loss + l1_weight * other + 1e-12


def test_every_solution_has_a_certificate_of_zero():
    for task, _ in TASKS.values():
        regression = Regression.of_task(task)
        weights = regression.nothing()
        for l1_weight in (0.05, 0.03, 0.02):
            weights = solve(regression, l1_weight, weights)
            gradient, _ = regression.slope(weights)
            kernel, of_kernel = weights[:-1].flatten(), gradient[:-1].flatten()
            assert float(gradient[-1].abs().max()) < 1e-6 * l1_weight
            assert float(residuals(kernel, of_kernel, l1_weight).max()) < 1e-6 * l1_weight
            assert certificate(kernel, of_kernel, l1_weight) < 1e-6
            assert certificate(kernel, of_kernel, 1.2 * l1_weight) > 1e-3 or not kernel.any()


def test_the_gradient_and_the_curvature_are_those_of_the_loss():
    regression = Regression.of_task(TASKS["iris"][0])
    weights = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))

    def loss(flat):
        return functional.cross_entropy(regression.inputs @ flat.view(5, 3), regression.targets)

    gradient, shares = regression.slope(weights)
    torch.testing.assert_close(gradient.flatten(), torch.autograd.functional.jacobian(loss, weights.flatten()))
    hessian = torch.autograd.functional.hessian(loss, weights.flatten())
    torch.testing.assert_close(regression.curvature(shares, torch.ones(5, 3, dtype=torch.bool)), hessian)


def test_the_front_starts_at_zero_falls_and_is_convex(solved):
    task, reach, front = solved
    cross_entropy, l1 = front.points.T
    assert l1[0] == 0
    assert (np.diff(front.l1_weights) < 0).all()
    # The first step may leave the zeros in place: nothing moves until its l1 weight is passed.
    assert (np.diff(l1) >= -1e-9).all()
    assert (np.diff(cross_entropy) <= 1e-9).all()
    assert l1[-1] >= reach > l1[-2]
    # Every point is above every other one's supporting line, which is to say that weighted sums are minimal.
    assert front.height(front.points).min() > -1e-9
    assert front.below(front.points) == 0
    # The greatest l1 weight is the least at which all weights are zero.
    regression = Regression.of_task(task)
    nothing = regression.nothing()
    assert not solve(regression, 1.001 * front.l1_weights[0], nothing)[:-1].any()
    assert solve(regression, 0.999 * front.l1_weights[0], nothing)[:-1].any()


def test_a_point_below_the_front_is_counted(solved):
    _, _, front = solved
    middle = front.points[len(front.points) // 2]
    points = np.array([middle, middle - (1e-4, 0), middle - (0, 0.05), 1.01 * middle, (0.0, 0.0)])
    assert front.below(points) == 3
    assert front.below(np.empty((0, 2))) == 0


def test_the_hypervolume_lies_between_that_of_points_and_chords(solved):
    task, reach, front = solved
    box = box_of(task, reach)
    whole = exact_hypervolume(front, box=box)
    assert hypervolume(front.points, box=box) < whole < 1
    # Between the chords of the exact points, which the front lies below, and their tangents, above which it lies.
    cross_entropy, l1 = box.normalise(front.points).T
    at = np.union1d(l1[l1 < 1], 1.0)
    chords = np.trapezoid(1 - np.interp(at, l1, cross_entropy), at)
    assert chords <= whole < (1 + 3e-4) * chords
    # The truth is a third of the way from the tangents to the chords where the front is smooth, as a parabola's is.
    denser = exact_front(task, reach=reach, step=STEP**0.25)
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
    with pytest.raises(UserError, match=r"`exact` must be left out, or the task be convex: a linear network"):
        exact_front(task, reach=1.0)
