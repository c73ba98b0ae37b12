"""Weights of a warm start in the scale where l1 and weight decay add least: the same function, the same training."""

import dataclasses
import math

import pytest
import torch
from torch import nn

from frontsearch.recipe import FromScratch, MultiGradient, Recipe, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import digits
from frontsearch.tasks.networks import perceptron
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.rescaling import L1_SHARE, rescale_
from frontsearch.training.weights import Weights

WARM = Recipe(descent=WeightedSum(l1_weight=3e-3), start=WarmStart(trial="0" * 32), epochs=1)
PENALISED = frozenset({"3.weight", "5.weight"})


def task_with(weight_decay=1e-3, build=lambda: perceptron(64, 12, 9, 10)):
    return dataclasses.replace(digits(), build=build, penalised=PENALISED, weight_decay=weight_decay)


def rescaled(task, recipe, *, steps=3):
    """Weights, gradient and optimiser before and after, of a network in the middle of a training."""
    network = task.network(1)
    weights = Weights(network, task.penalised)
    optimiser = Optimiser(recipe, weights, L1())
    inputs, targets = task.splits["train"].inputs[:200], task.splits["train"].targets[:200]
    for _ in range(steps):
        gradient_of(task, network, weights)
        optimiser.step(0.01)
    found = []
    for _ in range(2):
        loss = gradient_of(task, network, weights)
        state = {name: tensor.clone() for name, tensor in optimiser.state().items()}
        found.append((loss, weights.vector.clone(), weights.gradient.clone(), state, network(inputs).detach()))
        rescale_(task, canonical_scale(task), recipe, weights=weights, optimiser=optimiser)
    assert len(targets) == 200
    return *found, weights


def gradient_of(task, network, weights):
    weights.gradient.zero_()
    loss = task.loss(network(task.splits["train"].inputs[:200]), task.splits["train"].targets[:200])
    loss.backward()
    return float(loss.detach())


def penalty(task, vector, weights, l1_weight):
    named = weights.views(vector)
    l1 = sum(float(named[name].abs().sum()) for name in PENALISED)
    return l1_weight * l1 + task.weight_decay * float(named["1.weight"].square().sum())


@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "rmsprop", "adam"])
def test_function_and_training_go_on_and_the_penalty_is_less(optimiser):
    task, recipe = task_with(), dataclasses.replace(WARM, optimiser=optimiser)
    (loss, vector, gradient, state, outputs), (new_loss, new, new_gradient, new_state, new_outputs), weights = rescaled(
        task, recipe
    )
    factors = new / vector
    assert float((factors[vector != 0] - 1).abs().max()) > 0.01
    assert new_loss == pytest.approx(loss, rel=1e-5)
    torch.testing.assert_close(new_outputs, outputs, rtol=1e-4, atol=1e-5)
    known = vector != 0
    torch.testing.assert_close((new_gradient * factors)[known], gradient[known], rtol=1e-3, atol=1e-6)
    for name, tensor in state.items():
        if tensor.ndim:
            power = 1 if name.endswith(("first", "velocity")) else 2
            torch.testing.assert_close((new_state[name] * factors**power)[known], tensor[known], rtol=1e-4, atol=1e-12)
    share = L1_SHARE * recipe.descent.l1_weight
    assert penalty(task, new, weights, share) < penalty(task, vector, weights, share)


def test_no_common_factor_of_a_layer_makes_the_penalty_less():
    task = task_with()
    _, (_, new, *_), weights = rescaled(task, WARM, steps=0)  # a unit that l1 has cut off would keep its scale
    share = L1_SHARE * WARM.descent.l1_weight
    least = penalty(task, new, weights, share)
    for incoming, outgoing in (("1", "3"), ("3", "5")):
        for factor in (0.9, 0.98, 1.02, 1.1):
            other = new.clone()
            views = weights.views(other)
            views[f"{incoming}.weight"].mul_(factor)
            views[f"{outgoing}.weight"].div_(factor)
            assert penalty(task, other, weights, share) > least * (1 - 1e-6)


@pytest.mark.parametrize(
    ("task", "recipe"),
    [
        (task_with(0.0), WARM),
        (task_with(), dataclasses.replace(WARM, start=FromScratch())),
        (task_with(), dataclasses.replace(WARM, descent=WeightedSum(l1_weight=0.0))),
        (task_with(), dataclasses.replace(WARM, descent=MultiGradient(l1_scale=1.0), optimiser="adam")),
        (task_with(), dataclasses.replace(WARM, optimiser="adabreg")),
        (task_with(build=lambda: perceptron(64, 12, 9, 10, activation=nn.Tanh)), WARM),
    ],
    ids=["no decay", "from scratch", "no l1", "multi-gradient", "adabreg", "tanh"],
)
def test_where_nothing_pulls_two_ways_weights_stay_as_they_are(task, recipe):
    (_, vector, *_), (_, new, *_), _ = rescaled(task, recipe)
    assert torch.equal(vector, new)


def test_a_network_with_batchnorm_stays_as_it_is():
    build = lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 10))  # noqa: E731
    task = dataclasses.replace(digits(), build=build, penalised=frozenset({"4.weight"}), weight_decay=1e-3)
    (_, vector, *_), (_, new, *_), _ = rescaled(task, WARM)
    assert torch.equal(vector, new)


def test_a_path_of_warm_starts_keeps_decayed_kernels_from_growing(tmp_path):
    task = task_with(1e-2)
    trainer = Trainer(task, Checkpoints(tmp_path))
    first = trainer(Recipe(descent=WeightedSum(l1_weight=1e-3), epochs=5, seed=1))
    warm = dataclasses.replace(WARM, start=WarmStart(trial=first.key), descent=WeightedSum(l1_weight=1e-2), epochs=0.1)
    found = trainer(warm)
    assert all(map(math.isfinite, found.objectives))
    assert found.metrics["regularisation"] + 1e-2 * L1_SHARE * found.metrics["l1_raw"] < (
        first.metrics["regularisation"] + 1e-2 * L1_SHARE * first.metrics["l1_raw"]
    )
