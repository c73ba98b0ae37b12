"""Weight decay: of the kernels that are not penalised only, in the gradient, the metrics and the fingerprint."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from frontsearch.compaction import NO_CHANNELS
from frontsearch.recipe import Pruning, Recipe, WeightedSum
from frontsearch.tasks import digits
from frontsearch.tasks.networks import perceptron
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.batches import batches
from frontsearch.training.shrinking import Shrinking

SGD = Recipe(
    descent=WeightedSum(l1_weight=0.0), optimiser="sgd", momentum=0.0, learning_rate=0.1, epochs=1,
    learning_rate_schedule="constant", batch_size=100, seed=3,
)  # fmt: skip


def decayed_task(weight_decay=0.05, penalised="3.weight"):
    return dataclasses.replace(digits(), penalised=frozenset({penalised}), weight_decay=weight_decay)


def trained(task, folder, recipe=SGD, *, whole=False):
    trainer = Trainer(task, Checkpoints(folder))
    vars(trainer)["stacked"] = None  # side by side nothing is left out
    if whole:  # leaves nothing out
        vars(trainer)["channels"] = NO_CHANNELS
    trial = trainer(recipe)
    return trial, Checkpoints(folder).load(trial.key)[0]


def test_a_step_is_that_of_the_loss_with_the_decayed_squares(tmp_path):
    task = decayed_task()
    _, found = trained(task, tmp_path)
    initial, order = (int(seed) for seed in np.random.SeedSequence(3).generate_state(2))
    network = task.network(initial)
    descent = torch.optim.SGD(network.parameters(), lr=0.1)
    for _, (inputs, targets) in zip(range(12), batches(task.splits["train"], 100, seed=order), strict=False):
        descent.zero_grad()
        loss = nn.functional.cross_entropy(network(inputs), targets) + 0.05 * network[1].weight.square().sum()
        loss.backward()
        descent.step()
    for name, parameter in network.state_dict().items():
        torch.testing.assert_close(found[name], parameter, rtol=1e-4, atol=1e-6)


def test_it_is_recorded_beside_the_objectives_and_not_in_them(tmp_path):
    trial, state = trained(decayed_task(), tmp_path)
    expected = 0.05 * float(state["1.weight"].double().square().sum())
    assert trial.metrics["regularisation"] == pytest.approx(expected, rel=1e-6)
    assert trial.objectives[0] == trial.metrics["validation_cross_entropy"]
    assert "regularisation" not in trained(decayed_task(0.0), tmp_path)[0].metrics


def test_it_is_part_of_the_fingerprint_unless_it_is_zero():
    prints = {decayed_task(value).fingerprint for value in (0.0, 0.05, 0.1)}
    assert len(prints) == 3
    assert decayed_task(0.0).fingerprint in prints


def test_more_of_it_keeps_unpenalised_kernels_smaller(tmp_path):
    recipe = dataclasses.replace(SGD, descent=WeightedSum(l1_weight=1e-2), epochs=5)
    norms = [float(trained(decayed_task(value), tmp_path, recipe)[1]["1.weight"].norm()) for value in (0, 0.01, 0.1)]
    assert norms == sorted(norms, reverse=True)


def test_leaving_out_dead_units_does_not_change_it(tmp_path, monkeypatch):
    """Units of the first layer stay, as their kernel goes on decaying; those of the second one leave."""
    build = lambda: perceptron(64, 12, 24, 10)  # noqa: E731
    names = frozenset({"3.weight", "5.weight"})
    task = dataclasses.replace(digits(), build=build, penalised=names, weight_decay=0.01)
    recipe = dataclasses.replace(
        SGD, optimiser="prox-adam", learning_rate=1e-2, descent=WeightedSum(l1_weight=3e-2), epochs=8,
        pruning=Pruning(threshold=1e-2, regrow=False),
    )  # fmt: skip
    moved, move_to = [], Shrinking._move_to
    monkeypatch.setattr(
        Shrinking, "_move_to", lambda self, *args, **mask: moved.append(args) or move_to(self, *args, **mask)
    )
    whole, state = trained(task, tmp_path / "whole", recipe, whole=True)
    assert not moved
    short, compact = trained(task, tmp_path / "short", recipe)
    assert moved
    assert len(moved[-1][0][1].weight) == 12
    assert whole.metrics["nonzeros"] == short.metrics["nonzeros"]
    assert whole.metrics["regularisation"] == pytest.approx(short.metrics["regularisation"], rel=1e-4)
    for name in ("1.weight", *sorted(names)):
        torch.testing.assert_close(compact[name], state[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("weight_decay", [-1e-4, float("nan"), float("inf"), "1e-4"])
def test_a_weight_decay_that_is_no_number_at_least_zero_is_refused(weight_decay):
    with pytest.raises(ValueError, match="`weight_decay` must be finite and not negative, at most"):
        decayed_task(weight_decay)


def test_a_weight_decay_of_nothing_is_refused():
    with pytest.raises(ValueError, match="`weight_decay` must be 0 where every kernel is penalised, as it acts on the"):
        dataclasses.replace(digits(), weight_decay=1e-4)
