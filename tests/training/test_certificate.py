"""The certificate agrees with its definition, computed by brute force."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from frontsearch.recipe import MultiGradient, Recipe, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import digits, lasso
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.certificates import CHUNK, certificate, full_gradient, residuals
from frontsearch.training.penalties import L1
from frontsearch.workers import WorkerSetup, certify, local_executor

numbers = st.integers(min_value=-8, max_value=8).map(lambda number: number / 4)
vectors = st.lists(st.tuples(st.sampled_from([-1.5, 0.0, 0.0, 0.5]), numbers), min_size=1, max_size=6)


def tensors(pairs):
    weights, gradient = zip(*pairs, strict=True)
    return torch.tensor(weights, dtype=torch.float64), torch.tensor(gradient, dtype=torch.float64)


def by_hand(pairs, l1_weight):
    """The definition, entry by entry."""
    missed = [abs(g + l1_weight * math.copysign(1, w)) if w else max(abs(g) - l1_weight, 0.0) for w, g in pairs]
    return math.sqrt(sum(one**2 for one in missed) / len(pairs)) / l1_weight


@given(vectors, st.sampled_from([0.125, 0.5, 1.0, 3.0]))
def test_the_certificate_is_its_definition(pairs, l1_weight):
    assert certificate(L1(), *tensors(pairs), l1_weight=l1_weight) == pytest.approx(
        by_hand(pairs, l1_weight), abs=1e-12
    )


@given(vectors)
def test_without_an_l1_weight_it_is_the_least_over_all_of_them(pairs):
    best = certificate(L1(), *tensors(pairs), l1_weight=None)
    tried = [by_hand(pairs, weight) for weight in np.geomspace(1e-3, 1e6, 400)]
    assert best <= min(tried) + 1e-9
    assert best >= min(tried) - 0.05
    assert certificate(L1(), *tensors(pairs), l1_weight=0.0) == best


def test_a_dead_network_is_optimal_and_a_minimum_of_the_loss_alone_is_not():
    assert certificate(L1(), torch.zeros(3), torch.tensor([1.0, -2.0, 0.5]), l1_weight=None) == 0
    assert certificate(L1(), torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.zeros(4), l1_weight=None) == 0.5


@pytest.mark.parametrize("l1_weight", [0.1, 0.4, 1.5])
def test_it_is_zero_at_the_soft_threshold_and_positive_elsewhere(l1_weight):
    target = lasso().splits["train"].targets[0].double()
    optimum = target.sign() * (target.abs() - l1_weight).clamp(min=0)
    assert certificate(L1(), optimum, optimum - target, l1_weight=l1_weight) == pytest.approx(0, abs=1e-12)
    assert certificate(L1(), optimum, optimum - target, l1_weight=None) == pytest.approx(0, abs=1e-6)
    moved = optimum + torch.tensor([0.1, -0.2, 0.1, 0.1, -0.1, 0.3])
    assert certificate(L1(), moved, moved - target, l1_weight=l1_weight) > 0.01


def test_the_gradient_is_of_the_whole_training_split_in_evaluation_mode_and_in_the_scale_of_l1():
    task = digits(network="mlp")
    network = task.network(3)
    network.append(torch.nn.Dropout(0.5))
    weights, gradient = full_gradient(task, network, canonical_scale(task))
    assert len(task.splits["train"].targets) > 2 * CHUNK
    inputs, targets = task.splits["train"]
    other = task.network(3)
    loss = task.loss(other(inputs), targets)
    loss.backward()
    first, second = (other.get_parameter(f"{layer}.weight") for layer in (1, 3))
    scale = (second.detach().double().abs().sum(0) / first.detach().double().abs().sum(1)).sqrt()
    expected = torch.cat([(first.detach() * scale[:, None]).flatten(), (second.detach() / scale).flatten()])
    torch.testing.assert_close(weights, expected, rtol=1e-6, atol=1e-9)
    expected = torch.cat([(first.grad / scale[:, None]).flatten(), (second.grad * scale).flatten()])
    torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    "descent", [WeightedSum(l1_weight=0.4), WeightedSum(l1_weight=0.0), MultiGradient(l1_scale=1.0)]
)
def test_a_worker_certifies_what_it_trained(tmp_path, descent):
    setup = WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    recipe = Recipe(descent=descent, optimiser="sgd", learning_rate=0.05, momentum=0.5, epochs=50)
    trial = Trainer(lasso(), Checkpoints(tmp_path))(recipe)
    theta = Checkpoints(tmp_path).load(trial.key)[0]["theta"].double()
    target = lasso().splits["train"].targets[0].double()
    l1_weight = getattr(descent, "l1_weight", None)
    with local_executor(setup, lasso(), 1) as executor:
        found = executor.submit(certify, trial).result()
        assert found == pytest.approx(certificate(L1(), theta, theta - target, l1_weight=l1_weight), rel=1e-4)
        assert found > 0
        (tmp_path / f"{trial.key}.safetensors").unlink()
        assert executor.submit(certify, trial).result() is None


def test_a_task_with_a_transform_has_no_certificate(tmp_path):
    task = replace(lasso(), transform=lambda inputs: inputs)
    setup = WorkerSetup(task="lasso", options={}, device="cpu", checkpoints=tmp_path, curves=tmp_path)
    trial = Trainer(task, Checkpoints(tmp_path))(Recipe(descent=WeightedSum(l1_weight=0.4), epochs=5))
    with local_executor(setup, task, 1) as executor:
        assert executor.submit(certify, trial).result() is None


def test_residuals_are_by_entry():
    found = residuals(L1(), torch.tensor([1.0, -1.0, 0.0, 0.0]), torch.tensor([-0.5, 1.0, 0.25, -2.0]), l1_weight=1.0)
    assert found.tolist() == [0.5, 0.0, 0.0, -1.0]
