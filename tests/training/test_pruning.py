"""Intra-training pruning: what is cut, when, and whether it may come back."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from frontsearch.recipe import (
    MULTIOBJECTIVE_PROXIMAL,
    OPTIMISERS,
    SEPARATE,
    MultiGradient,
    Pruning,
    Recipe,
    WarmStart,
    WeightedSum,
)
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer, prepare_process
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import pruner_of
from frontsearch.training.weights import Weights


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    prepare_process()
    yield
    torch.set_flush_denormal(False)  # Hypothesis draws subnormal numbers in other tests


PENALISED = frozenset({"0.weight", "2.weight"})


def fresh(optimiser="sgd", *, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 3))
    multi = optimiser in SEPARATE | MULTIOBJECTIVE_PROXIMAL
    descent = MultiGradient(l1_scale=0.1) if multi else WeightedSum(l1_weight=1e-3)
    weights = Weights(network, PENALISED)
    return network, weights, Optimiser(Recipe(descent=descent, optimiser=optimiser), weights)


def cuts(pruning, *, epochs, steps):
    """After which steps how much of the scale 0 .. 1 was cut."""
    _, weights, optimiser = fresh()
    pruner = pruner_of(pruning, epochs=epochs, steps=steps)
    scale = torch.linspace(0, 1, len(weights.penalised) + 1)[1:]
    found = {}
    for step in range(steps + 1):
        weights.penalised.copy_(scale)
        pruner.prune(step, weights, optimiser)
        if weights.nonzeros() < len(scale):
            found[step] = 1 - weights.nonzeros() / len(scale)
    return found


def test_weights_up_to_the_threshold_are_cut_and_nothing_else():
    _, weights, optimiser = fresh()
    weights.vector.uniform_(-0.2, 0.2, generator=torch.Generator().manual_seed(1))
    weights.penalised[:4] = torch.tensor([0.1, -0.1, 0.1000001, -0.1000001])
    before = weights.vector.clone()
    pruner_of(Pruning(threshold=0.1), epochs=1, steps=10).prune(0, weights, optimiser)
    expected = before.clone()
    expected[: len(weights.penalised)][before[: len(weights.penalised)].abs() <= 0.1] = 0
    assert torch.equal(weights.vector, expected)
    assert expected[len(weights.penalised) :].abs().min() <= 0.1  # a bias this small is left alone
    assert (weights.penalised[:4] != 0).tolist() == [False, False, True, True]


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 100))
def test_cuts_come_every_so_often_from_the_beginning_and_always_last(steps, every, percent):
    epochs = 4.0
    begin = percent / 100 * epochs
    pruning = Pruning(threshold=0.5, begin=begin, every=every)
    first = round(begin / epochs * steps)
    assert set(cuts(pruning, epochs=epochs, steps=steps)) == {*range(first, steps + 1, every), steps}


@pytest.mark.parametrize("regrow", [False, True])
def test_a_threshold_of_zero_cuts_nothing_and_holds_what_is_zero_if_nothing_may_regrow(regrow):
    pruning = Pruning(threshold=0.0, regrow=regrow)
    assert cuts(pruning, epochs=1, steps=5) == {}
    _, weights, optimiser = fresh()
    weights.penalised[3] = 0
    weights.gradient.fill_(1)
    pruner = pruner_of(pruning, epochs=1, steps=5)
    pruner.prune(0, weights, optimiser)
    pruner.hold(weights)
    held = torch.zeros(len(weights.gradient), dtype=torch.bool)
    held[3] = not regrow
    assert torch.equal(weights.gradient == 0, held)


@pytest.mark.parametrize(
    ("ramp", "quarter", "half"),
    [("constant", 0.4, 0.4), ("linear", 0.1, 0.2), ("cubic", 0.4 * (1 - 0.75**3), 0.4 * 0.875)],
)
def test_thresholds_rise_from_the_beginning_to_the_end(ramp, quarter, half):
    found = cuts(Pruning(threshold=0.4, begin=1, ramp=ramp), epochs=2, steps=16)
    weight = 1 / 104
    assert min(found) == (8 if ramp == "constant" else 9)
    assert found[10] == pytest.approx(quarter, abs=weight)
    assert found[12] == pytest.approx(half, abs=weight)
    assert found[16] == pytest.approx(0.4, abs=weight)


@pytest.mark.parametrize("ramp", ["constant", "linear", "cubic"])
def test_pruning_that_begins_at_the_end_cuts_once_at_the_full_threshold(ramp):
    found = cuts(Pruning(threshold=0.4, begin=2, ramp=ramp, every=7), epochs=2, steps=16)
    assert found == {16: pytest.approx(0.4, abs=1 / 104)}


def test_a_relative_threshold_is_in_units_of_each_layer():
    network, weights, optimiser = fresh()
    with torch.no_grad():
        network[2].weight.mul_(100)
        network[0].bias.fill_(1e-9)
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    pruner_of(Pruning(threshold=0.5, relative=True), epochs=1, steps=3).prune(0, weights, optimiser)
    for name, parameter in network.named_parameters():
        unit = float(before[name].square().mean().sqrt())
        kept = (before[name].abs() > 0.5 * unit) | (name not in PENALISED)
        assert torch.equal(parameter != 0, kept)
        assert int(kept.sum()) > 0
        assert kept.all() == (name not in PENALISED)
    weights.penalised.zero_()
    pruner_of(Pruning(threshold=0.5, relative=True), epochs=1, steps=3).prune(3, weights, optimiser)
    assert not weights.penalised.any()


def zeros_by_step(optimiser, *, regrow, every, steps=60):
    """Where the penalised weights were zero after each cut and at every step since, with the state after each cut."""
    network, weights, rule = fresh(optimiser, seed=3)
    pruner = pruner_of(Pruning(threshold=0.08, every=every, begin=0.5, regrow=regrow), epochs=2, steps=steps)
    generator = torch.Generator().manual_seed(9)
    history = []
    for step in range(steps):
        inputs, targets = torch.randn(16, 10, generator=generator), torch.randint(3, (16,), generator=generator)
        weights.gradient.zero_()
        functional.cross_entropy(network(inputs), targets).backward()
        pruner.hold(weights)
        rule.step(0.03)
        pruner.prune(step + 1, weights, rule)
        due = step + 1 >= 15 and ((step + 1 - 15) % every == 0 or step + 1 == steps)
        state = [tensor[: len(weights.penalised)].clone() for tensor in rule.state().values() if tensor.ndim]
        history.append((due, weights.penalised == 0, state))
    return history


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_what_was_cut_stays_zero_where_nothing_may_regrow(optimiser, every):
    cut = torch.zeros(104, dtype=torch.bool)
    for due, zero, state in zeros_by_step(optimiser, regrow=False, every=every):
        assert zero[cut].all()
        if due:
            cut = zero
            assert not any(tensor[cut].any() for tensor in state)
    assert 0 < int(cut.sum()) < 104


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_weights_may_return_where_they_are_allowed_to(optimiser):
    cut, returned = torch.zeros(104, dtype=torch.bool), 0
    for due, zero, _ in zeros_by_step(optimiser, regrow=True, every=4):
        returned += int((cut & ~zero).sum())
        cut = zero if due else cut
    assert returned > 0


@pytest.mark.parametrize("regrow", [False, True])
def test_the_trainer_cuts_before_the_first_step_holds_the_cut_and_cuts_at_the_end(tmp_path, regrow):
    trainer = Trainer(digits(network="linear"), Checkpoints(tmp_path))
    parent = trainer(Recipe(epochs=1.0, batch_size=64))
    pruning = Pruning(threshold=0.05, every=10**9, regrow=regrow)
    descent = WeightedSum(l1_weight=0.0)
    recipe = Recipe(descent=descent, start=WarmStart(trial=parent.key), pruning=pruning, epochs=4.0, learning_rate=0.02)
    before, after = (trainer.checkpoints.load(key)[0]["1.weight"] for key in (parent.key, trainer(recipe).key))
    cut = before.abs() <= 0.05
    shown = trainer.task.splits["train"].inputs.any(dim=0).expand_as(cut)  # some pixels are black in every image
    assert (cut & shown).any()
    assert (after[cut] == 0).all() == (not regrow)
    assert not ((after != 0) & (after.abs() <= 0.05)).any()
    once = dataclasses.replace(recipe, pruning=Pruning())
    assert trainer(once).metrics["nonzeros"] > trainer(recipe).metrics["nonzeros"]
