"""The group-l1 penalty against its definition, brute force, and the group lasso of a kept solver."""

import math

import cvxpy
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import nn

from frontsearch import Recipe, Task, Trainer
from frontsearch.recipe import Pruning, WeightedSum
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints
from frontsearch.training.certificates import certificate, full_gradient
from frontsearch.training.penalties import GroupL1, penalty_of
from frontsearch.training.weights import Weights

seeds = st.integers(0, 2**31)


class Layer(nn.Module):
    """A matrix of weights."""

    def __init__(self, rows, columns):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns, dtype=torch.float64))


def drawn(seed, *, by_column):
    """Weights of a random matrix, a penalty with a group for each column or with random ones, and the groups."""
    generator = torch.Generator().manual_seed(seed)
    rows, columns = torch.randint(1, 5, (2,), generator=generator).tolist()
    torch.manual_seed(seed)
    weights = Weights(Layer(rows, columns), frozenset({"weight"}))
    numbers = torch.arange(columns).expand(rows, -1)
    if not by_column:
        _, numbers = torch.randint(0, 3, (rows, columns), generator=generator).unique(return_inverse=True)
    return weights, penalty_of(weights, {"weight": numbers}), numbers.flatten().numpy()


def value(weights, groups):
    """The norm by its definition."""
    parts = [weights[groups == group] for group in np.unique(groups)]
    return sum(len(part) ** 0.5 * np.linalg.norm(part) for part in parts)


@given(seeds, st.booleans())
def test_norm_and_subgradient_are_the_definition_and_its_derivative(seed, by_column):
    weights, penalty, groups = drawn(seed, by_column=by_column)
    assert isinstance(penalty, GroupL1)
    assert penalty.norm(weights.penalised) == pytest.approx(value(weights.penalised.numpy(), groups), rel=1e-12)
    copy = weights.penalised.clone().requires_grad_()
    norms = [len(part) ** 0.5 * part.norm() for group in np.unique(groups) for part in [copy[groups == group]]]
    sum(norms).backward()
    torch.testing.assert_close(penalty.subgradient(weights.penalised), copy.grad, rtol=1e-12, atol=1e-12)


@given(seeds, st.booleans(), st.sampled_from([1e-3, 0.1, 0.5, 2.0]), st.booleans())
def test_the_proximal_map_satisfies_the_optimality_condition_in_any_metric(seed, by_column, size, one_step):
    weights, penalty, groups = drawn(seed, by_column=by_column)
    start = weights.penalised.clone()
    spread = 10 ** torch.empty(len(start), dtype=torch.float64).uniform_(-3, 3)  # as the gains of Adam
    steps = size * (torch.ones_like(spread) if one_step else spread)
    penalty.proximal_(weights.penalised, size if one_step else steps)
    moved = (start - weights.penalised) / steps
    for group in np.unique(groups):
        own, factor = groups == group, float(sum(groups == group)) ** 0.5
        end = weights.penalised[own]
        if end.any():
            torch.testing.assert_close(moved[own], factor * end / end.norm(), rtol=1e-5, atol=1e-5 * factor)
        else:
            assert moved[own].norm() <= factor * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_no_other_weights_have_a_smaller_proximal_objective(seed):
    weights, penalty, groups = drawn(seed, by_column=seed % 2 == 0)
    start = weights.penalised.clone().numpy()
    steps = np.random.default_rng(seed).uniform(0.05, 0.8, len(start))
    penalty.proximal_(weights.penalised, torch.from_numpy(steps))

    def objective(moved):
        return ((moved - start) ** 2 / (2 * steps)).sum() + value(moved, groups)

    least = min(
        minimize(objective, begin, method=method, options={"maxiter": 20_000}).fun
        for begin in (start, np.zeros_like(start))
        for method in ("Nelder-Mead", "Powell")
    )
    assert objective(weights.penalised.numpy()) <= least + 1e-7


@given(seeds, st.booleans(), st.sampled_from([0.3, 1.0]))
def test_the_certificate_is_the_distance_to_the_subdifferential(seed, by_column, l1_weight):
    weights, penalty, groups = drawn(seed, by_column=by_column)
    gradient = torch.randn_like(weights.penalised)
    dead = groups == groups[0]
    weights.penalised[dead] = 0
    squares = 0.0
    for group in np.unique(groups):
        own, factor = groups == group, l1_weight * float(sum(groups == group)) ** 0.5
        part, slope = weights.penalised[own], gradient[own]
        if part.any():
            squares += float((slope + factor * part / part.norm()).square().sum())
        else:
            squares += max(float(slope.norm()) - factor, 0.0) ** 2
    expected = math.sqrt(squares / len(gradient)) / l1_weight
    found = certificate(penalty, weights.penalised, gradient, l1_weight=l1_weight)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert certificate(penalty, weights.penalised, gradient, l1_weight=None) <= found * (1 + 1e-9) + 1e-9


# --- A convex task: multinomial logistic regression with a group for each pixel, whose exact front a solver finds. ---

PIXELS, EXAMPLES = 12, 150


@pytest.fixture(scope="module")
def convex():
    inputs, targets = (tensor[:EXAMPLES] for tensor in digits().splits["train"])
    pixels = inputs.flatten(1).var(0).topk(PIXELS).indices.sort().values
    data = inputs.flatten(1)[:, pixels], targets
    return Task(
        name="pixels", splits=dict.fromkeys(("train", "validation", "test"), data), objective_split="train",
        build=lambda: nn.Linear(PIXELS, 10), complexity="group-l1",
    )  # fmt: skip


def exact(task, l1_weight):
    """The least weighted sum, and loss and group l1 at the optimum, by an interior-point method."""
    inputs, targets = task.splits["train"]
    weights, biases = cvxpy.Variable((10, PIXELS)), cvxpy.Variable((10, 1))
    logits = weights @ inputs.double().numpy().T + biases @ np.ones((1, EXAMPLES))
    right = cvxpy.sum(cvxpy.multiply(logits, np.eye(10)[targets.numpy()].T))
    loss = (cvxpy.sum(cvxpy.log_sum_exp(logits, axis=0)) - right) / EXAMPLES
    norm = 10**0.5 * cvxpy.sum(cvxpy.norm(weights, 2, axis=0))
    problem = cvxpy.Problem(cvxpy.Minimize(loss + l1_weight * norm))
    problem.solve(solver=cvxpy.CLARABEL)
    return problem.value, float(loss.value), float(norm.value), weights.value


@pytest.fixture(scope="module", params=[0.003, 0.01, 0.03])
def optimum(request, convex):
    return request.param, exact(convex, request.param)


@pytest.mark.parametrize(("optimiser", "learning_rate"), [("prox-adam", 0.03), ("prox-sgd", 1.0)])
def test_proximal_trainings_reach_the_group_lasso(convex, optimum, tmp_path, optimiser, learning_rate):
    l1_weight, (least, loss, norm, solution) = optimum
    recipe = Recipe(
        descent=WeightedSum(l1_weight=l1_weight), optimiser=optimiser, learning_rate=learning_rate, epochs=1500.0,
        batch_size=EXAMPLES, learning_rate_schedule="cosine", pruning=Pruning(regrow=True),
    )  # fmt: skip
    trainer = Trainer(convex, Checkpoints(tmp_path))
    trial = trainer(recipe)
    assert trial.objectives[0] + l1_weight * trial.objectives[1] >= least - 1e-5
    assert trial.objectives[0] + l1_weight * trial.objectives[1] == pytest.approx(least, rel=2e-4)
    assert trial.objectives == pytest.approx((loss, norm), rel=0.02)
    weights = Checkpoints(tmp_path).load(trial.key)[0]["weight"].numpy()
    alive = np.linalg.norm(solution, axis=0) > 1e-4
    assert np.array_equal(np.abs(weights).max(0) > 0, alive)
    assert trial.metrics["nonzeros"] == 10 * alive.sum()
    network = convex.network(0)
    network.load_state_dict(Checkpoints(tmp_path).load(trial.key)[0])
    found = full_gradient(convex, network, trainer.scale)
    penalty = penalty_of(Weights(network, convex.penalised), trainer.scale.groups)
    assert certificate(penalty, *found, l1_weight=l1_weight) < 0.05
