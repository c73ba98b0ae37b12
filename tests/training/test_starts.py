"""Offspring: initial weights by crossover of two networks and mutation."""

import math

import numpy as np
import pytest
import torch

from frontsearch.recipe import Offspring, Pruning, Recipe, WeightedSum
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_outputs, split_figures
from frontsearch.training.starts import CROSSOVER_INDEX, binary_crossover, polynomial_mutation


@pytest.fixture
def trainer(tmp_path):
    return Trainer(digits(network="linear"), Checkpoints(tmp_path))


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        yield


def test_half_of_a_childs_entries_are_crossed_over_and_spread_around_both_parents():
    first, second = torch.zeros(200_000, dtype=torch.float64), torch.ones(200_000, dtype=torch.float64)
    child = binary_crossover(first, second)
    changed = child[child != 0]
    assert abs(len(changed) / len(child) - 0.5) < 0.01
    # beta is below 1 as often as above: a child is as often between its parents as outside of them.
    assert abs(float(((changed > 0) & (changed < 1)).double().mean()) - 0.5) < 0.01
    assert float(changed.mean()) < 0.1  # about its first parent


def test_the_spread_of_children_has_the_distribution_of_simulated_binary_crossover():
    first, second = torch.zeros(400_000, dtype=torch.float64), torch.full((400_000,), 2.0, dtype=torch.float64)
    child = binary_crossover(first, second)
    beta = np.sort((1 - child[child != 0]).numpy())  # the middle is 1 and half the difference is -1
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        base = 2 * share if share <= 0.5 else 1 / (2 * (1 - share))
        assert beta[int(share * len(beta))] == pytest.approx(base ** (1 / (CROSSOVER_INDEX + 1)), abs=3e-3)


def test_equal_parents_have_equal_children():
    parent = torch.randn(1000)
    assert torch.equal(binary_crossover(parent, parent), parent)


def test_one_entry_mutates_on_average_by_at_most_the_largest_entry():
    counts = []
    for _ in range(400):
        child = torch.full((50,), 0.5)
        found = polynomial_mutation(child)
        counts.append(int((found != child).sum()))
        assert float((found - child).abs().max()) <= 0.5
    assert abs(np.mean(counts) - 1) < 5 / math.sqrt(400)


def test_offspring_are_a_cross_of_both_networks_pruned_and_not_trained(trainer):
    one, other = (trainer(Recipe(epochs=1.0, batch_size=64, seed=seed)) for seed in (1, 2))
    start = Offspring(trial=one.key, other=other.key)
    recipe = Recipe(
        descent=WeightedSum(l1_weight=0.0), start=start, epochs=0.03, pruning=Pruning(threshold=0.01), seed=3
    )
    child = trainer(recipe)
    kernels = [trainer.checkpoints.load(trial.key)[0]["1.weight"] for trial in (one, other, child)]
    near = torch.minimum(*(abs(kernels[2] - kernel) for kernel in kernels[:2]))
    apart = abs(kernels[0] - kernels[1])
    cut = kernels[2] == 0
    assert (kernels[2][~cut].abs() > 0.01).all()
    assert ((near <= apart) | cut).float().mean() > 0.99  # but for the mutated one
    assert child.epochs == 0.03
    assert child.objectives[1] == pytest.approx(float(kernels[2].abs().sum()))
    assert trainer(recipe).objectives == child.objectives
    assert recipe.parents == (one.key, other.key)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_offspring_evaluated_together_are_bit_for_bit_those_evaluated_alone(tmp_path, size):
    trainer = Trainer(digits(), Checkpoints(tmp_path))
    one, other = (trainer(Recipe(epochs=1.0, batch_size=64, seed=seed)) for seed in (1, 2))
    start = Offspring(trial=one.key, other=other.key)
    recipes = [Recipe(start=start, epochs=0.03, seed=seed) for seed in range(3, 3 + size)]
    kept = Trainer(trainer.task, trainer.checkpoints).train(recipes)
    assert [trial.recipe for trial in kept] == recipes
    for recipe, trial in zip(recipes, kept, strict=True):
        assert trainer(recipe).metrics == trial.metrics
        network = trainer.task.network(0)
        network.load_state_dict(trainer.checkpoints.load(trial.key)[0])
        (figures,) = split_figures(trainer.task, network_outputs(network), "validation")
        loss, error = figures["cross_entropy"], figures["error"]
        assert trial.metrics["validation_cross_entropy"] == pytest.approx(loss, rel=1e-6)
        assert trial.metrics["validation_error"] == pytest.approx(error, abs=1e-9)
