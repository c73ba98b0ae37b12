"""Pruning during training: which weights are zeroed, when, and whether they may regrow."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from frontsearch.names import MULTIOBJECTIVE_PROXIMAL, OPTIMISERS, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import MultiGradient, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.pruning import pruner_for
from frontsearch.training.weights import Weights

PENALISED = frozenset({"0.weight", "2.weight"})


def fresh(optimiser="sgd", *, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 3))
    multi = optimiser in SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL
    descent = MultiGradient(l1_scale=0.1) if multi else WeightedSum(l1_weight=1e-3)
    weights = Weights(network, PENALISED)
    return network, weights, Optimiser(Recipe(descent=descent, optimiser=optimiser), weights, L1())


def cuts(pruning, *, epochs, steps):
    """After which steps how much of the scale 0 .. 1 was cut."""
    _, weights, optimiser = fresh()
    pruner = pruner_for(Recipe(pruning=pruning, epochs=epochs), steps=steps)
    scale = torch.linspace(0, 1, len(weights.penalised) + 1)[1:]
    found = {}
    for step in range(steps + 1):
        weights.penalised.copy_(scale)
        pruner.prune(step, weights, optimiser)
        if weights.nonzeros() < len(scale):
            found[step] = 1 - weights.nonzeros() / len(scale)
    return found


def test_exactly_the_penalised_weights_up_to_the_threshold_are_zeroed():
    _, weights, optimiser = fresh()
    weights.vector.uniform_(-0.2, 0.2, generator=torch.Generator().manual_seed(1))
    weights.penalised[:4] = torch.tensor([0.1, -0.1, 0.1000001, -0.1000001])
    before = weights.vector.clone()
    pruner_for(Recipe(pruning=Pruning(threshold=0.1), epochs=1), steps=10).prune(0, weights, optimiser)
    expected = before.clone()
    expected[: len(weights.penalised)][before[: len(weights.penalised)].abs() <= 0.1] = 0
    assert torch.equal(weights.vector, expected)
    assert expected[len(weights.penalised) :].abs().min() <= 0.1  # a bias this small is left alone
    assert (weights.penalised[:4] != 0).tolist() == [False, False, True, True]


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 100))
def test_weights_are_pruned_every_few_steps_from_begin_on_and_at_the_end(steps, every, percent):
    epochs = 4.0
    begin = percent / 100 * epochs
    pruning = Pruning(threshold=0.5, begin=begin, every=every)
    first = round(begin / epochs * steps)
    assert set(cuts(pruning, epochs=epochs, steps=steps)) == {*range(first, steps + 1, every), steps}


@pytest.mark.parametrize("regrow", [False, True])
def test_a_threshold_of_zero_zeroes_nothing_but_keeps_zeros_if_nothing_may_regrow(regrow):
    pruning = Pruning(threshold=0.0, regrow=regrow)
    assert cuts(pruning, epochs=1, steps=5) == {}
    _, weights, optimiser = fresh()
    weights.penalised[3] = 0
    weights.gradient.fill_(1)
    pruner = pruner_for(Recipe(pruning=pruning, epochs=1), steps=5)
    pruner.prune(0, weights, optimiser)
    pruner.before_step(weights)
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
def test_pruning_that_begins_at_the_end_happens_once_at_the_full_threshold(ramp):
    found = cuts(Pruning(threshold=0.4, begin=2, ramp=ramp, every=7), epochs=2, steps=16)
    assert found == {16: pytest.approx(0.4, abs=1 / 104)}


def test_a_relative_threshold_is_in_units_of_each_layers_rms_weight():
    network, weights, optimiser = fresh()
    with torch.no_grad():
        network[2].weight.mul_(100)
        network[0].bias.fill_(1e-9)
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    pruner_for(Recipe(pruning=Pruning(threshold=0.5, relative=True), epochs=1), steps=3).prune(0, weights, optimiser)
    for name, parameter in network.named_parameters():
        unit = float(before[name].square().mean().sqrt())
        kept = (before[name].abs() > 0.5 * unit) | (name not in PENALISED)
        assert torch.equal(parameter != 0, kept)
        assert int(kept.sum()) > 0
        assert kept.all() == (name not in PENALISED)
    weights.penalised.zero_()
    pruner_for(Recipe(pruning=Pruning(threshold=0.5, relative=True), epochs=1), steps=3).prune(3, weights, optimiser)
    assert not weights.penalised.any()


def test_a_relative_threshold_beyond_all_floats_leaves_nothing():
    _, weights, optimiser = fresh()
    weights.penalised.mul_(1e15)
    pruner_for(Recipe(pruning=Pruning(threshold=1e30, relative=True), epochs=1), steps=3).prune(0, weights, optimiser)
    assert not weights.penalised.any()


# --- Sparsity: a share of all weights, the smallest of all layers. ---

shares = st.floats(0, 1, exclude_max=True)
RISES = {"constant": lambda _: 1.0, "linear": lambda p: p, "cubic": lambda p: 1 - (1 - p) ** 3}


def distinct(seed):
    """Weights with distinct magnitudes, in random order and with random signs."""
    generator = torch.Generator().manual_seed(seed)
    magnitudes = (torch.randperm(104, generator=generator) + 1) / 104
    return magnitudes * (torch.randint(2, (104,), generator=generator) * 2 - 1)


def smallest(values, count):
    """A mask of the smallest magnitudes, by sorting."""
    cut = torch.zeros(len(values), dtype=torch.bool)
    cut[values.abs().argsort()[:count]] = True
    return cut


def cut_to(values, pruning, *, at=4, steps=4):
    """The penalised weights after pruning at this step."""
    _, weights, optimiser = fresh()
    weights.penalised.copy_(values)
    pruner_for(Recipe(pruning=pruning, epochs=1), steps=steps).prune(at, weights, optimiser)
    return weights.penalised


@given(shares, st.integers(0, 2**31))
def test_sparsity_zeroes_exactly_its_share_of_weights_the_smallest_of_all_layers(share, seed):
    before = distinct(seed)
    after = cut_to(before, Pruning(sparsity=share))
    assert torch.equal(after, before.masked_fill(smallest(before, round(share * 104)), 0))


@given(shares, st.lists(st.integers(-3, 3), min_size=104, max_size=104))
def test_sparsity_zeroes_all_or_none_of_equal_weights_and_never_too_few(share, values):
    before = torch.tensor(values, dtype=torch.float32)
    after = cut_to(before, Pruning(sparsity=share))
    cut = after == 0
    assert int(cut.sum()) >= round(share * 104)
    assert torch.equal(after[~cut], before[~cut])
    if cut.any() and not cut.all():
        limit = before[cut].abs().max()
        assert before[~cut].abs().min() > limit
        assert int((before.abs() < limit).sum()) < max(round(share * 104), 1)  # without the last of them too few


@given(shares, st.integers(0, 104), st.sampled_from(sorted(RISES)), st.integers(0, 2**31))
def test_sparsity_rises_along_its_ramp_from_the_initial_sparsity(share, already, ramp, seed):
    _, weights, optimiser = fresh()
    start = distinct(seed)
    start[smallest(start, already)] = 0
    weights.penalised.copy_(start)
    pruner = pruner_for(Recipe(pruning=Pruning(sparsity=share, ramp=ramp, begin=1), epochs=2), steps=16)
    for step in range(17):
        pruner.prune(step, weights, optimiser)
        first = min(already / 104, share)
        target = first + (share - first) * RISES[ramp]((step - 8) / 8) if step >= 8 else 0
        found = 104 - weights.nonzeros()
        assert found >= already - 1e-9
        assert abs(found - max(already, target * 104)) <= 0.5 + 1e-9  # the nearest whole number
        assert torch.equal(weights.penalised != 0, ~smallest(start, round(found)))


@given(st.floats(0, 1), shares, st.booleans())
def test_weights_zeroed_by_the_threshold_count_toward_the_sparsity(threshold, share, relative):
    before = distinct(7)
    by_threshold = cut_to(before, Pruning(threshold=threshold, relative=relative)) == 0
    together = cut_to(before, Pruning(threshold=threshold, relative=relative, sparsity=share))
    assert (together[by_threshold] == 0).all()
    left = before.masked_fill(by_threshold, 0)
    assert torch.equal(together == 0, smallest(left, max(round(share * 104), int(by_threshold.sum()))))


def test_zeros_of_rising_targets_are_nested_where_nothing_may_regrow(tmp_path):
    trainer = Trainer(digits(), Checkpoints(tmp_path))
    plain = Recipe(descent=WeightedSum(l1_weight=0.0), batch_size=64)
    key, zeros = trainer(plain).key, []
    for sparsity in (0.5, 0.8, 0.8, 0.95):
        for pruning in (Pruning(sparsity=sparsity, ramp="cubic", every=3, regrow=False), Pruning(regrow=False)):
            trial = trainer(dataclasses.replace(plain, start=WarmStart(trial=key), pruning=pruning))
            key = trial.key
            assert trial.metrics["prunable"] - trial.metrics["nonzeros"] == round(sparsity * trial.metrics["prunable"])
            parameters = trainer.checkpoints.load(key)[0]
            zeros.append(torch.cat([parameters[name].flatten() == 0 for name in sorted(trainer.task.penalised)]))
    for before, after in pairwise(zeros):
        assert after[before].all()


# --- Straight-through: the network is evaluated sparse and trained dense. ---


def through(layers, sparsity):
    """The evaluated weights of ST-3, row by row in NumPy: one matrix ``(outputs, inputs)`` for each of ``layers``."""
    magnitudes = np.sort(np.concatenate([np.abs(layer).ravel() for layer in layers]))
    count = round(sparsity * len(magnitudes))
    limit = magnitudes[count - 1] if count else 0.0
    evaluated = []
    for layer in layers:
        rows = []
        for row in layer:
            kept = np.abs(row) > limit
            rescale = 1.01 / (np.mean(np.abs(row) * kept) / np.mean(np.abs(row)) + 0.01)
            rows.append(rescale * np.sign(row) * np.where(kept, np.abs(row) - limit, 0.0))
        evaluated.append(np.array(rows))
    return evaluated


@pytest.mark.parametrize(("step", "sparsity"), [(0, 0.0), (10, 0.0), (15, 0.9 * 0.875), (20, 0.9)])
def test_straight_through_evaluates_rescaled_soft_thresholds_and_updates_the_dense_weights(step, sparsity):
    torch.manual_seed(4)
    network = nn.Sequential(nn.Conv2d(3, 4, 2), nn.Flatten(), nn.Linear(16, 5)).double()
    names = frozenset({"0.weight", "2.weight"})
    weights = Weights(network, names)
    optimiser = Optimiser(Recipe(optimiser="sgd", momentum=0.0, descent=WeightedSum(l1_weight=0.0)), weights, L1())
    pruning = Pruning(sparsity=0.9, straight_through=True, ramp="cubic", begin=1.0)
    pruner = pruner_for(Recipe(pruning=pruning, epochs=2.0), steps=20)
    dense = weights.vector.clone()
    kernels = [network[0].weight.detach(), network[2].weight.detach()]
    expected = through([kernel.flatten(1).numpy() for kernel in kernels], sparsity)
    pruner.prune(step, weights, optimiser)
    for ours, theirs in zip([kernel.flatten(1).numpy() for kernel in kernels], expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)
        assert ((ours == 0) == (theirs == 0)).all()
    assert weights.nonzeros() == 128 - round(sparsity * 128)
    assert torch.equal(weights.vector[128:], dense[128:])
    functional.cross_entropy(network(torch.ones(2, 3, 3, 3, dtype=torch.float64)), torch.arange(2)).backward()
    gradient = weights.gradient.clone()
    assert gradient.any()
    pruner.before_step(weights)
    assert torch.equal(weights.vector, dense)
    optimiser.step(0.5)
    torch.testing.assert_close(weights.vector, dense - 0.5 * gradient)


def test_a_row_of_zeros_stays_zero_under_straight_through():
    _, weights, optimiser = fresh()
    weights.layers[0][2] = 0
    pruner_for(Recipe(pruning=Pruning(sparsity=0.5, straight_through=True), epochs=1), steps=1).prune(
        0, weights, optimiser
    )
    assert weights.finite()
    assert not weights.layers[0][2].any()


def test_a_straight_through_training_is_gradient_descent_on_the_dense_weights(tmp_path):
    trainer = Trainer(digits(network="linear"), Checkpoints(tmp_path))
    parent = trainer(Recipe(epochs=2.0, batch_size=64, descent=WeightedSum(l1_weight=0.0)))
    steps, rate, sparsity = 25, 0.3, 0.8
    inputs, targets = (tensor.double().numpy() for tensor in trainer.task.splits["train"])
    trial = trainer(
        Recipe(
            descent=WeightedSum(l1_weight=0.0), optimiser="sgd", momentum=0.0, learning_rate=rate,
            learning_rate_schedule="constant", batch_size=len(inputs), epochs=steps, start=WarmStart(trial=parent.key),
            pruning=Pruning(sparsity=sparsity, straight_through=True, ramp="cubic"),
        )
    )  # fmt: skip
    begun = trainer.checkpoints.load(parent.key)[0]
    kernel, bias = (begun[f"1.{name}"].double().numpy() for name in ("weight", "bias"))
    for step in range(steps):
        (sparse,) = through([kernel], sparsity * RISES["cubic"](step / steps))
        logits = inputs @ sparse.T + bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        errors = (shares - np.eye(10)[targets.astype(int)]) / len(inputs)
        kernel, bias = kernel - rate * errors.T @ inputs, bias - rate * errors.sum(axis=0)
    ended = trainer.checkpoints.load(trial.key)[0]
    np.testing.assert_allclose(ended["1.weight"], through([kernel], sparsity)[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(ended["1.bias"], bias, rtol=0, atol=1e-5)
    assert trial.metrics["nonzeros"] == 640 - round(sparsity * 640)


def zeros_by_step(optimiser, *, regrow, every, steps=60):
    """For each step: whether the weights were pruned, which of them were zero, and the optimiser state."""
    network, weights, rule = fresh(optimiser, seed=3)
    pruner = pruner_for(
        Recipe(pruning=Pruning(threshold=0.08, every=every, begin=0.5, regrow=regrow), epochs=2), steps=steps
    )
    generator = torch.Generator().manual_seed(9)
    history = []
    for step in range(steps):
        inputs, targets = torch.randn(16, 10, generator=generator), torch.randint(3, (16,), generator=generator)
        weights.gradient.zero_()
        functional.cross_entropy(network(inputs), targets).backward()
        pruner.before_step(weights)
        rule.step(0.03)
        pruner.prune(step + 1, weights, rule)
        due = step + 1 >= 15 and ((step + 1 - 15) % every == 0 or step + 1 == steps)
        state = [tensor[: len(weights.penalised)].clone() for tensor in rule.state().values() if tensor.ndim]
        history.append((due, weights.penalised == 0, state))
    return history


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_pruned_weights_stay_zero_if_nothing_may_regrow(optimiser, every):
    cut = torch.zeros(104, dtype=torch.bool)
    for due, zero, state in zeros_by_step(optimiser, regrow=False, every=every):
        assert zero[cut].all()
        if due:
            cut = zero
            assert not any(tensor[cut].any() for tensor in state)
    assert 0 < int(cut.sum()) < 104


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_pruned_weights_regrow_if_they_may(optimiser):
    cut, returned = torch.zeros(104, dtype=torch.bool), 0
    for due, zero, _ in zeros_by_step(optimiser, regrow=True, every=4):
        returned += int((cut & ~zero).sum())
        cut = zero if due else cut
    assert returned > 0


@pytest.mark.parametrize("regrow", [False, True])
def test_the_trainer_prunes_before_the_first_step_keeps_zeros_and_prunes_at_the_end(tmp_path, regrow):
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
