"""The directions of multi-gradient descents satisfy their optimality conditions and agree with torchjd."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torchjd.aggregation import MGDAWeighting
from torchjd.aggregation import UPGrad as TheirUPGrad
from torchjd.linalg import QuadprogProjector

from frontsearch.recipe import MultiGradient, Recipe, UPGrad, WeightedSum
from frontsearch.tasks.networks import dense_kernels, perceptron
from frontsearch.training.descent import (
    BISECTIONS,
    combination,
    min_norm_weights,
    multiobjective_proximal,
    projected_weights,
)
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.weights import Weights

KINDS = ("random", "parallel", "opposite", "equal", "orthogonal", "first zero", "second zero", "both zero")


def gradients(kind, seed, scale):
    generator = torch.Generator().manual_seed(seed)
    g1, other = torch.randn(2, 1 + seed % 9, generator=generator, dtype=torch.float64)
    zero = torch.zeros_like(g1)
    across = other - (other @ g1) / (g1 @ g1) * g1
    g2 = {"random": other, "parallel": g1, "opposite": -g1, "equal": g1 / scale, "orthogonal": across, "first zero": g1}
    second = g2.get(kind, zero) * scale
    return (zero if kind in {"first zero", "both zero"} else g1), second


pairs = st.builds(
    gradients, st.sampled_from(KINDS), st.integers(0, 2**31), st.sampled_from([1e-4, 0.03, 0.5, 1.0, 2.0, 700.0])
)


@given(pairs)
def test_min_norm_weights_satisfy_the_optimality_conditions(pair):
    g1, g2 = pair
    c1, c2 = min_norm_weights(g1, g2)
    assert c1 >= 0
    assert c2 >= 0
    assert c1 + c2 == pytest.approx(1, abs=1e-15)
    d = c1 * g1 + c2 * g2
    slack = 1e-12 * max(float(g1 @ g1), float(g2 @ g2))
    norm = float(d @ d)
    # Convex and smooth on a simplex: no gradient has less along d than d itself, and those that take part no more.
    for weight, g in ((c1, g1), (c2, g2)):
        assert float(d @ g) >= norm - slack
        assert weight * (float(d @ g) - norm) <= slack


@given(pairs)
def test_the_direction_is_that_of_torchjd(pair):
    g1, g2 = pair
    matrix = torch.stack(pair)
    theirs = MGDAWeighting(epsilon=1e-12, max_iters=50)(matrix @ matrix.T)
    ours = torch.tensor(min_norm_weights(g1, g2), dtype=torch.float64)
    scale = float(matrix.abs().max())
    torch.testing.assert_close(ours @ matrix, theirs @ matrix, rtol=0, atol=1e-7 * scale)
    apart = g1 - g2
    if float(apart @ apart) > 1e-6 * scale**2:  # otherwise any weights give the same direction
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


@given(pairs)
def test_along_projected_gradients_neither_objective_grows(pair):
    g1, g2 = pair
    c1, c2 = projected_weights(g1, g2)
    assert min(c1, c2) >= 0.5
    d = c1 * g1 + c2 * g2
    for g in pair:
        assert float(d @ g) >= -1e-12 * float(d.norm() * g.norm()) - 1e-12 * float(g @ g)


@given(pairs)
def test_the_projected_gradients_are_those_of_torchjd(pair):
    matrix = torch.stack(pair)
    if not matrix.any(dim=1).all():
        return  # theirs is NaN where a gradient is zero and nothing is added to the Gramian
    matrix = matrix / matrix.norm(dim=1, keepdim=True)  # their solver adds to the Gramian
    theirs = TheirUPGrad(projector=QuadprogProjector(norm_eps=0.0, reg_eps=1e-9))(matrix)
    ours = torch.tensor(projected_weights(*matrix), dtype=torch.float64) @ matrix
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)


@pytest.mark.parametrize("others", [[0.0, 0.0], [1e-30, -1e-30], [math.nan, 1.0], [-math.inf, 1.0]])
def test_gradients_whose_squares_vanish_or_overflow_give_weights_too(others):
    dead, g = torch.zeros(2), torch.tensor(others)
    for pair in ((dead, g), (g, dead), (g, -torch.ones(2)), (-torch.ones(2), g)):
        assert not any(0 <= weight < 0.5 for weight in projected_weights(*pair))


def test_a_tiny_gradient_against_a_huge_one_gives_a_factor_that_torch_takes():
    factor, _ = projected_weights(torch.full((3,), 1e-15), torch.full((3,), -1e30))
    assert torch.zeros(3).add_(torch.ones(3), alpha=factor).tolist() == pytest.approx([factor] * 3)


def test_equal_gradients_give_all_weight_to_the_first():
    g = torch.tensor([0.5, -2.0])
    assert min_norm_weights(g, g.clone()) == (1.0, 0.0)


@given(st.integers(0, 2**31), st.floats(0.05, 20.0))
def test_both_objectives_fall_equally_in_the_interior_case(seed, scale):
    g1, other = torch.randn(2, 20, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    g2 = scale * other
    c1, c2 = min_norm_weights(g1, g2)
    d = c1 * g1 + c2 * g2
    if 0 < c1 < 1:
        assert float(d @ g1) == pytest.approx(float(d @ d), abs=1e-10 * (1 + scale**2))
        assert float(d @ g2) == pytest.approx(float(d @ d), abs=1e-10 * (1 + scale**2))


def fresh(descent, seed=0, **options):
    network = perceptron(4, 3).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(seed))
    weights = Weights(network, dense_kernels(network))
    return network, weights, Optimiser(Recipe(descent=descent, **options), weights, L1())


def test_one_multi_gradient_step_lowers_both_scaled_objectives_by_the_same_amount():
    scale, rate = 0.2, 1e-6
    network, weights, optimiser = fresh(MultiGradient(l1_scale=scale), optimiser="sgd", momentum=0.0)
    inputs = torch.randn(30, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    targets = torch.arange(30) % 3

    def objectives():
        return torch.nn.functional.cross_entropy(network(inputs), targets), scale * weights.penalised.abs().sum()

    before = objectives()
    before[0].backward()
    c1, c2, _ = combination(optimiser.recipe.descent, weights, L1())
    assert 0 < c1 < 1  # otherwise this test says nothing
    assert c2 == 1 - c1
    optimiser.step(rate)
    after = objectives()
    falls = [float((old - new).detach()) for old, new in zip(before, after, strict=True)]
    assert falls[0] > 0
    assert falls[0] == pytest.approx(falls[1], rel=1e-3)


@pytest.mark.parametrize("descent", [WeightedSum(l1_weight=0.3), MultiGradient(l1_scale=0.3), UPGrad(l1_scale=0.3)])
def test_the_gradient_of_l1_is_the_sign_of_penalised_weights_alone(descent):
    network, weights, _ = fresh(descent, optimiser="sgd")
    with torch.no_grad():
        next(network.parameters())[0, 0] = 0
    c1, c2, g2 = combination(descent, weights, L1())
    expected = torch.cat([torch.sign(weights.penalised), torch.zeros(3, dtype=torch.float64)])
    factor = 1.0 if isinstance(descent, WeightedSum) else 0.3
    torch.testing.assert_close(g2, factor * expected, rtol=1e-15, atol=0)
    if isinstance(descent, WeightedSum):
        assert (c1, c2) == (1.0, 0.3)


# --- Multiobjective proximal gradients, compared with their definition and with brute force over the share. ---


@dataclass(frozen=True)
class Point:
    """Weights, the first ones penalised, the gradient of cross entropy there, and the parameters of a step."""

    weights: np.ndarray
    gradient: np.ndarray
    step: float
    scale: float
    penalised: int = 8

    def moved(self, name):
        """The weights after a step of this optimiser."""
        network = nn.Linear(2, 4).double()  # 8 kernel weights and 4 biases
        weights = Weights(network, frozenset({"weight"}))
        weights.vector.copy_(torch.tensor(self.weights))
        weights.gradient.copy_(torch.tensor(self.gradient))
        found = multiobjective_proximal(weights, L1(), self.step, scale=self.scale, bisection=BISECTIONS[name])
        assert torch.equal(
            weights.vector, torch.tensor(self.weights)
        )  # the search for the share does not change the weights
        return found.numpy()

    def at(self, shares):
        """The proximal steps at these shares of cross entropy, ``(n, 12)``."""
        y = self.weights - self.step * np.outer(shares, self.gradient)
        kernel, biases = y[:, : self.penalised], y[:, self.penalised :]
        limits = self.step * (1 - shares[:, None]) * self.scale
        return np.hstack([np.sign(kernel) * np.maximum(np.abs(kernel) - limits, 0), biases])

    def changes(self, y):
        """Changes of cross entropy, to first order, and of the scaled l1, for one point or for each row."""
        before, after = (np.abs(w[..., : self.penalised]).sum(axis=-1) for w in (self.weights, y))
        return (y - self.weights) @ self.gradient, self.scale * (after - before)

    def value(self, y):
        """The function that a step minimises [Tanabe2019]_, for one point or for each row."""
        return np.maximum(*self.changes(y)) + ((y - self.weights) ** 2).sum(axis=-1) / (2 * self.step)

    def steepness(self):
        """Bound on the rate at which the changes and the value vary with the share."""
        reach = np.linalg.norm(self.gradient) + self.scale * math.sqrt(self.penalised)
        return 2 * self.step * reach**2


def point(seed, step, scale, strength):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=12) * (rng.random(12) < 0.7)
    return Point(weights, strength * rng.normal(size=12), step, scale)


points = st.builds(
    point,
    st.integers(0, 2**31),
    st.sampled_from([1e-3, 0.05, 1.0]),
    st.sampled_from([0.1, 1.0, 5.0]),
    st.sampled_from([0.0, 1e-4, 0.01, 0.3, 3.0]),
)
GRIDS = {"mpg": np.arange(1, 4096, 2) / 4096, "mpg-log": 1 / (1 + np.geomspace(1e4, 1e-8, 6001))}  # of shares
APART = {"mpg": 1 / 1024, "mpg-log": 12 * math.log(10) / 4 / 2**16}  # how far the share found is from the best, at most
both = pytest.mark.parametrize("name", BISECTIONS)


@both
@given(points)
def test_the_share_balances_the_decreases_of_both_objectives_or_is_an_end(name, point):
    differences = np.subtract(*point.changes(point.at(GRIDS[name])))
    loss, l1 = point.changes(point.moved(name))
    slack = point.steepness() * APART[name] + 1e-12
    if differences.min() < 0 < differences.max():  # the curves cross somewhere on the grid
        assert abs(loss - l1) <= slack
    nearest = np.abs(differences).min()
    assert abs(loss - l1) <= nearest + slack


@both
@given(points)
def test_a_step_minimises_the_greater_of_both_changes_with_the_proximal_term(name, point):
    found = point.moved(name)
    slack = point.steepness() * APART[name] + 1e-12
    rng = np.random.default_rng(0)
    around = [found + rng.normal(size=12) * size * point.step for size in (1e-3, 0.1, 1.0) for _ in range(20)]
    others = np.vstack([point.at(GRIDS["mpg-log"][::20]), point.weights, *around])
    assert point.value(found) <= point.value(others).min() + slack
    assert max(point.changes(found)) <= slack  # no worse than where it came from


@pytest.mark.parametrize(("name", "least"), [("mpg", 1 / 2047), ("mpg-log", 1e-8)])
def test_the_least_l1_weight_a_step_can_choose(name, least):
    # Where cross entropy is flat its share is all there is, and what l1 takes nevertheless shows its weight.
    weights = np.ones(12)
    moved = Point(weights, np.zeros(12), step=1.0, scale=1.0).moved(name)[:8]
    limit = 1 - moved
    np.testing.assert_allclose(limit / (1 - limit), least, rtol=2e-3)


@both
def test_from_zero_a_step_follows_cross_entropy_no_farther_than_l1_allows(name):
    # All l1 can do is rise: so the best step is the one whose l1 does not.
    gradient = np.linspace(-0.9, 0.9, 12)
    moved = Point(np.zeros(12), gradient, step=0.1, scale=1.0, penalised=8).moved(name)
    assert not moved[:8].any()
    assert np.sign(moved[8:]).tolist() == (-np.sign(gradient[8:])).tolist()
