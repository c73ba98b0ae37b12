"""Trainings leave out dead units: the results stay the same and checkpoints keep the full shape."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from frontsearch.compaction import NO_CHANNELS, trainable_channels, unread_channels, without_rows
from frontsearch.recipe import Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Examples, Task
from frontsearch.tasks.networks import dense_kernels, perceptron
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.penalties import L1
from frontsearch.training.prepared import PreparedTraining
from frontsearch.training.pruning import pruner_for
from frontsearch.training.shrinking import MAX_COMPACT_SHARE, Shrinking, TrainState, evaluation_network
from frontsearch.training.weights import Weights

NO_REGROWTH = Pruning(regrow=False)
TO_SPARSITY = Pruning(sparsity=0.97, ramp="cubic", every=3, regrow=False)


@pytest.fixture(scope="module")
def task():
    """Eight classes given by the signs of three of 64 columns; the others are noise whose weights l1 brings to zero.

    In double precision, so that tolerances can be tight enough to tell another function from another summation order.
    """
    inputs = torch.randn(600, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = (inputs[:, :3] > 0).long() @ torch.tensor([1, 2, 4])
    rows = {"train": slice(0, 400), "validation": slice(400, 500), "test": slice(500, 600)}
    build = lambda: perceptron(64, 24, 16, 8).double()  # noqa: E731
    return Task(
        name="signs",
        splits={split: Examples(inputs[part], targets[part]) for split, part in rows.items()},
        build=build,
        penalised=dense_kernels(build()),
    )


def trained(task, folder, recipe, *, whole=False):
    trainer = Trainer(task, Checkpoints(folder))
    vars(trainer)["stacked"] = None  # side by side nothing is left out
    if whole:  # leaves nothing out
        vars(trainer)["channels"] = NO_CHANNELS
    trial = trainer(recipe)
    return trial, *Checkpoints(folder).load(trial.key)


def train_state(network, task, recipe):
    weights = Weights(network, task.penalised)
    return TrainState(network, weights, Optimiser(recipe, weights, L1()))


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=1e-2), "optimiser": "prox-adam", "learning_rate": 1e-2}
    return Recipe(**{**standard, "batch_size": 50, "epochs": 30, "seed": 1, **changes})


@pytest.mark.parametrize("pruning", [Pruning(threshold=1e-3, regrow=False), TO_SPARSITY], ids=["below", "to sparsity"])
@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "adam", "adabreg", "linbreg"])
def test_leaving_out_dead_units_does_not_change_a_training(task, tmp_path, optimiser, pruning, monkeypatch):
    parent, *_ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    warm = recipe(start=WarmStart(trial=parent.key), optimiser=optimiser, epochs=3, pruning=pruning, learning_rate=2e-3)
    calls, move_to = [], Shrinking._move_to
    monkeypatch.setattr(Shrinking, "_move_to", lambda *args, **options: calls.append(1) or move_to(*args, **options))
    short, network, state = trained(task, tmp_path, warm)
    assert calls
    whole, full, full_state = trained(task, tmp_path, warm, whole=True)
    assert short.objectives == pytest.approx(whole.objectives, rel=1e-6)
    assert short.metrics["nonzeros"] == whole.metrics["nonzeros"]
    assert network.keys() == full.keys()
    for name in task.penalised:
        torch.testing.assert_close(network[name], full[name], atol=1e-9, rtol=1e-6)
    assert state.keys() == full_state.keys()
    for (
        name,
        tensor,
    ) in state.items():  # only penalised entries, which come first: a dead unit's bias may differ, without effect
        assert tensor.shape == full_state[name].shape
        penalised = slice(int(whole.metrics["prunable"])) if tensor.ndim else ...
        torch.testing.assert_close(tensor[penalised], full_state[name][penalised], atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "adabreg"])
def test_shrinking_keeps_objectives_and_optimiser_state(task, tmp_path, optimiser):
    parent, weights, _ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    network = task.network(0)
    network.load_state_dict(weights)
    given = recipe(optimiser=optimiser, pruning=NO_REGROWTH)
    state = train_state(network, task, given)
    for tensor in state.optimiser.state().values():
        tensor.copy_(torch.rand_like(tensor))
    pruner = pruner_for(Recipe(pruning=NO_REGROWTH, epochs=1.0), steps=8)
    pruner.prune(0, state.weights, state.optimiser)
    training = PreparedTraining(
        recipe=given, key="", weights=state.weights, optimiser=state.optimiser, pruner=pruner, recorder=None, steps=8,
        per_epoch=8, order_seed=0, normalised=frozenset(), generator=torch.Generator(),
    )  # fmt: skip
    shrinking = Shrinking(training, trainable_channels(task))
    (before,) = network_metrics(task, network_outputs(network), [state.weights], scale=canonical_scale(task))
    kept = {name: tensor.clone() for name, tensor in state.optimiser.state().items()}

    compact = shrinking.shrink()
    assert len(compact.weights.vector) < MAX_COMPACT_SHARE * len(state.weights.vector)
    smaller = canonical_scale(replace(task, build=lambda: copy.deepcopy(compact.network)))
    (after,) = network_metrics(task, network_outputs(compact.network), [compact.weights], scale=smaller)
    assert after["validation_cross_entropy"] == pytest.approx(before["validation_cross_entropy"], abs=1e-6)
    assert (after["l1"], after["nonzeros"]) == (pytest.approx(before["l1"], rel=1e-6), before["nonzeros"])
    assert after["l1_raw"] == pytest.approx(before["l1_raw"], abs=1e-6)
    assert parent.objectives == pytest.approx((before["validation_cross_entropy"], before["l1"]))
    compact_state = compact.optimiser.state()
    assert all(float(compact_state[name].sum()) > 0 for name in kept)
    for tensor in compact_state.values():
        tensor.mul_(2)
    shrinking.write_back()
    for name, tensor in state.optimiser.state().items():
        moved = tensor != kept[name]
        torch.testing.assert_close(tensor[moved], 2 * kept[name][moved])
        assert int(moved.sum()) == int((compact_state[name] != 0).sum())


def test_nothing_is_left_out_where_weights_may_regrow(task, tmp_path, monkeypatch):
    parent, *_ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    monkeypatch.delattr(Shrinking, "_move_to")
    for pruning in (Pruning(threshold=1e-3), Pruning(sparsity=0.5), Pruning(relative=True, regrow=False)):
        trial, *_ = trained(task, tmp_path, recipe(start=WarmStart(trial=parent.key), epochs=2, pruning=pruning))
        assert trial.objectives is not None


@pytest.mark.parametrize(
    "pruning", [Pruning(threshold=1e-3), NO_REGROWTH, TO_SPARSITY], ids=["regrows", "no regrowth", "to sparsity"]
)
def test_metrics_of_the_compacted_network_are_those_of_the_full_one(task, tmp_path, pruning, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "frontsearch.training.trainer.network_outputs",
        lambda network: shown.append(network) or network_outputs(network),
    )
    trial, weights, _ = trained(task, tmp_path, recipe(pruning=pruning))
    network = task.network(0)
    network.load_state_dict(weights)
    state = train_state(network, task, trial.recipe)
    assert sum(map(torch.numel, shown[0].parameters())) <= MAX_COMPACT_SHARE * len(state.weights.vector)
    (whole,) = network_metrics(task, network_outputs(network), [state.weights], scale=canonical_scale(task))
    assert trial.metrics == pytest.approx(whole, rel=1e-12)


def test_the_full_network_is_evaluated_if_few_units_are_dead(task):
    state = train_state(task.network(0), task, recipe())
    channels = trainable_channels(task)
    assert evaluation_network(state.weights, channels) is state.network
    state.weights.penalised.mul_(0)
    assert evaluation_network(state.weights, channels) is not state.network
    assert evaluation_network(state.weights, NO_CHANNELS) is state.network


def test_a_unit_with_a_nonzero_penalised_bias_is_live(task, tmp_path):
    def build():
        network = perceptron(64, 24, 16, 8).double()
        for layer in (1, 3, 5):
            nn.init.constant_(network[layer].bias, 0.5)
        return network

    every = frozenset(name for name, _ in build().named_parameters())
    biased = replace(task, build=build, penalised=every)
    given = recipe(epochs=8, descent=WeightedSum(l1_weight=3e-3), pruning=TO_SPARSITY)
    found, expected = (trained(biased, tmp_path, given, whole=whole)[0].metrics for whole in (False, True))
    assert found == pytest.approx(expected, rel=1e-6)


def test_frozen_parameters_stay_unchanged_in_a_smaller_network(task, tmp_path):
    def build():
        network = perceptron(64, 24, 16, 8).double()
        nn.init.constant_(network[3].bias, 0.3).requires_grad_(requires_grad=False)
        return network

    frozen = replace(task, build=build)
    given = recipe(epochs=4, pruning=TO_SPARSITY)
    trial, weights, _ = trained(frozen, tmp_path, given)
    assert torch.equal(weights["3.bias"], build()[3].bias)
    assert trial.objectives == pytest.approx(trained(frozen, tmp_path, given, whole=True)[0].objectives, rel=1e-6)


def test_a_network_whose_units_are_all_dead_can_be_trained_further(task, tmp_path):
    dead, *_ = trained(task, tmp_path, recipe(descent=WeightedSum(l1_weight=10.0), pruning=Pruning(threshold=1e-3)))
    assert dead.objectives[1] == 0
    after, network, _ = trained(task, tmp_path, recipe(start=WarmStart(trial=dead.key), epochs=2, pruning=NO_REGROWTH))
    assert after.objectives[1] == 0
    assert {name: tensor.shape for name, tensor in network.items()} == {
        name: tensor.shape for name, tensor in task.network(0).state_dict().items()
    }


class Residual(nn.Module):
    """A convolution with BatchNorm, two branches, and a dense layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.branch = nn.Sequential(
            nn.Conv2d(8, 12, 3, padding=1),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.Conv2d(12, 8, 3, padding=1),
            nn.BatchNorm2d(8),
        )
        self.head = nn.Linear(8, 8)

    def forward(self, inputs):
        maps = self.stem(inputs.view(-1, 1, 8, 8))
        return self.head((maps + self.branch(maps)).relu().mean((2, 3)))


def test_a_network_with_normalisation_and_a_residual_connection_shrinks_too(task, tmp_path, monkeypatch):
    residual = replace(task, build=lambda: Residual().double(), penalised="kernels")
    given = recipe(
        descent=WeightedSum(l1_weight=2e-2),
        epochs=6,
        pruning=Pruning(threshold=2e-2, regrow=False),
    )
    sizes, move_to = [], Shrinking._move_to
    monkeypatch.setattr(
        Shrinking,
        "_move_to",
        lambda self, network, *args, **options: sizes.append(network) or move_to(self, network, *args, **options),
    )
    short, network, _ = trained(residual, tmp_path, given)
    assert sizes
    assert sizes[-1].stem[0].out_channels < 8 or sizes[-1].branch[0].out_channels < 12
    whole, full, _ = trained(residual, tmp_path, given, whole=True)
    assert short.objectives == pytest.approx(whole.objectives, rel=1e-6)
    channels, masks = trainable_channels(residual), {name: full[name] != 0 for name in residual.penalised}
    # Whole, it keeps what computes dead channels.
    kept = without_rows(channels, masks, unread_channels(channels, masks))
    assert short.metrics["nonzeros"] == sum(int(mask.sum()) for mask in kept.values())
    assert {name: tensor.shape for name, tensor in network.items()} == {n: tensor.shape for n, tensor in full.items()}
    live = sizes[-1].branch[1]
    statistics = network["branch.1.running_var"]
    assert all(any(torch.equal(value, kept) for kept in statistics) for value in live.running_var)


def test_a_network_with_dropout_is_trained_whole_as_smaller_masks_would_be_others(task):
    dropping = replace(
        task,
        build=lambda: nn.Sequential(nn.Linear(64, 24), nn.Dropout(0.2), nn.Linear(24, 8)).double(),
        penalised="kernels",
    )
    channels = trainable_channels(dropping)
    assert bool(channels.kept[channels.of(channels.kernels[0].rows)].all())
