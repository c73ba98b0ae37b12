"""Dead units are left out of the steps: the same function, the same training, checkpoints in the whole shape."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from frontsearch.compaction import compacted, live_units
from frontsearch.recipe import Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.tasks import Examples, Task
from frontsearch.tasks.networks import LeNet5, LeNet5Caffe, all_kernels, dense_kernels, layers, perceptron
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.objectives import network_metrics, network_outputs
from frontsearch.training.optimisers import Optimiser
from frontsearch.training.pruning import pruner_of
from frontsearch.training.shrinking import WORTH, Shrinking, TrainState, evaluation_network
from frontsearch.training.weights import Weights

NETWORKS = {
    "dense": (lambda: perceptron(64, 20, 12, 4), (64,), dense_kernels),
    "tanh": (lambda: perceptron(64, 20, 12, 4, activation=nn.Tanh), (64,), dense_kernels),
    "lenet5, dense kernels": (LeNet5, (1, 28, 28), dense_kernels),
    "lenet5, all kernels": (LeNet5, (1, 28, 28), all_kernels),
    "lenet5-caffe": (LeNet5Caffe, (1, 28, 28), all_kernels),
}
HELD = Pruning(regrow=False)
TO_SPARSITY = Pruning(sparsity=0.97, ramp="cubic", every=3, regrow=False)


def drawn(name, *, seed):
    """A network of this name, its biases away from zero, and eight inputs."""
    build, shape, choose = NETWORKS[name]
    torch.manual_seed(seed)
    network = build()
    for parameter in network.parameters():
        if parameter.ndim == 1:
            nn.init.normal_(parameter)
    return network, torch.rand(8, *shape), choose(network)


def kill(network, *, share, seed):
    """Makes this share of each layer's units dead, what comes in as well as what goes out."""
    generator = torch.Generator().manual_seed(seed)
    named = [network.get_submodule(name) for name in layers(network)]
    with torch.no_grad():
        for layer, following in pairwise(named):
            dead = torch.rand(layer.weight.shape[0], generator=generator) < share
            block = following.weight.shape[1] // len(dead)
            layer.weight[dead] = 0
            following.weight[:, dead.repeat_interleave(block)] = 0
        if named[0].weight.ndim == 2:
            named[0].weight[:, torch.rand(named[0].weight.shape[1], generator=generator) < share] = 0


@given(name=st.sampled_from(sorted(NETWORKS)), share=st.sampled_from([0.0, 0.3, 0.8, 1.0]), seed=st.integers(0, 9))
def test_the_smaller_network_is_the_same_function_with_the_same_gradients(name, share, seed):
    network, inputs, penalised = drawn(name, seed=seed)
    kill(network, share=share, seed=seed)
    weights = Weights(network, penalised)
    units = live_units(network, layers(network), kept=weights.penalised_views(weights.penalised))
    small = compacted(network, units)
    torch.testing.assert_close(small(inputs), network(inputs), atol=1e-6, rtol=1e-5)

    network(inputs).square().mean().backward()
    small(inputs).square().mean().backward()
    whole = dict(network.named_parameters())
    for parameter, own in small.named_parameters():
        layer = parameter.rpartition(".")[0]
        torch.testing.assert_close(own.grad, units[layer].of(whole[parameter].grad), atol=1e-5, rtol=1e-4)


@given(name=st.sampled_from(sorted(NETWORKS)), share=st.sampled_from([0.3, 0.8]), seed=st.integers(0, 9))
def test_exactly_the_units_are_left_out_that_are_dead_on_both_sides(name, share, seed):
    network, _, penalised = drawn(name, seed=seed)
    kill(network, share=share, seed=seed)
    weights = Weights(network, penalised)
    units = live_units(network, layers(network), kept=weights.penalised_views(weights.penalised))
    named = [(layer, network.get_submodule(layer)) for layer in layers(network)]
    for (layer, module), (after, following) in pairwise(named):
        comes_in = (module.weight != 0).flatten(1).any(1) & (f"{layer}.weight" in penalised)
        goes_out = (following.weight != 0).transpose(0, 1).reshape(len(module.weight), -1).any(1)
        goes_out |= f"{after}.weight" not in penalised  # what is not penalised may always become something
        lives = (comes_in | goes_out).nonzero()[:, 0].tolist()
        assert units[layer].outputs.tolist() == (lives or [0])


def test_a_unit_whose_bias_alone_speaks_lives():
    network = perceptron(3, 2, 2)
    with torch.no_grad():
        network[1].weight[0] = 0
        network[1].bias[0] = 1
    weights = Weights(network, dense_kernels(network))
    units = live_units(network, layers(network), kept=weights.penalised_views(weights.penalised))
    assert units["1"].outputs.tolist() == [0, 1]


@pytest.fixture(scope="module")
def task():
    """Eight classes by the signs of three of 64 columns; the other columns are noise that l1 takes out.

    In double precision, in which two orders of a sum are told from two functions.
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
        chain=layers(build()),
    )


def trained(task, folder, recipe):
    trial = Trainer(task, Checkpoints(folder))(recipe)
    return trial, *Checkpoints(folder).load(trial.key)


def body_of(network, task, held):
    weights = Weights(network, task.penalised)
    return TrainState(network, weights, Optimiser(held, weights))


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=1e-2), "optimiser": "prox-adam", "learning_rate": 1e-2}
    return Recipe(**{**standard, "batch_size": 50, "epochs": 30, "seed": 1, **changes})


@pytest.mark.parametrize("pruning", [Pruning(threshold=1e-3, regrow=False), TO_SPARSITY], ids=["below", "to sparsity"])
@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "adam", "adabreg"])
def test_a_training_without_dead_units_is_the_one_with_them(task, tmp_path, optimiser, pruning, monkeypatch):
    parent, *_ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    warm = recipe(start=WarmStart(trial=parent.key), optimiser=optimiser, epochs=3, pruning=pruning, learning_rate=2e-3)
    entered, enter = [], Shrinking._enter
    monkeypatch.setattr(Shrinking, "_enter", lambda *args, **kept: entered.append(1) or enter(*args, **kept))
    short, network, state = trained(task, tmp_path, warm)
    assert entered
    whole, full, full_state = trained(replace(task, chain=()), tmp_path, warm)
    assert short.objectives == pytest.approx(whole.objectives, rel=1e-6)
    assert short.metrics["nonzeros"] == whole.metrics["nonzeros"]
    assert network.keys() == full.keys()
    for name in task.penalised:
        torch.testing.assert_close(network[name], full[name], atol=1e-9, rtol=1e-6)
    assert state.keys() == full_state.keys()
    for name, tensor in state.items():  # penalised weights come first; a dead unit's bias goes on without effect
        assert tensor.shape == full_state[name].shape
        held = slice(int(whole.metrics["prunable"])) if tensor.ndim else ...
        torch.testing.assert_close(tensor[held], full_state[name][held], atol=1e-9, rtol=1e-6)


@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "adabreg"])
def test_objectives_and_optimiser_are_the_same_before_and_after(task, tmp_path, optimiser):
    parent, weights, _ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    network = task.network(0)
    network.load_state_dict(weights)
    held = recipe(optimiser=optimiser, pruning=HELD)
    body = body_of(network, task, held)
    for tensor in body.optimiser.state().values():
        tensor.copy_(torch.rand_like(tensor))
    pruner = pruner_of(HELD, epochs=1.0, steps=8)
    pruner.prune(0, body.weights, body.optimiser)
    shrinking = Shrinking(body, task.chain, recipe=held, pruner=pruner)
    (before,) = network_metrics(task, network_outputs(network), [body.weights])
    kept = {name: tensor.clone() for name, tensor in body.optimiser.state().items()}

    part = shrinking.shrink()
    assert len(part.weights.vector) < WORTH * len(body.weights.vector)
    (after,) = network_metrics(task, network_outputs(part.network), [part.weights])
    assert after["validation_cross_entropy"] == pytest.approx(before["validation_cross_entropy"], abs=1e-6)
    assert (after["l1"], after["nonzeros"]) == (pytest.approx(before["l1"], abs=1e-6), before["nonzeros"])
    assert parent.objectives == pytest.approx((before["validation_cross_entropy"], before["l1"]))
    own = part.optimiser.state()
    assert all(float(own[name].sum()) > 0 for name in kept)
    for tensor in own.values():
        tensor.mul_(2)
    shrinking.restore()
    for name, tensor in body.optimiser.state().items():
        moved = tensor != kept[name]
        torch.testing.assert_close(tensor[moved], 2 * kept[name][moved])
        assert int(moved.sum()) == int((own[name] != 0).sum())


def test_a_training_that_may_let_weights_regrow_leaves_nothing_out(task, tmp_path, monkeypatch):
    parent, *_ = trained(task, tmp_path, recipe(pruning=Pruning(threshold=1e-3)))
    monkeypatch.delattr(Shrinking, "_enter")
    for pruning in (Pruning(threshold=1e-3), Pruning(sparsity=0.5), Pruning(relative=True, regrow=False)):
        trial, *_ = trained(task, tmp_path, recipe(start=WarmStart(trial=parent.key), epochs=2, pruning=pruning))
        assert trial.objectives is not None


@pytest.mark.parametrize(
    "pruning", [Pruning(threshold=1e-3), HELD, TO_SPARSITY], ids=["regrows", "held", "to sparsity"]
)
def test_a_trial_has_the_figures_of_the_whole_network_from_what_lives_of_it(task, tmp_path, pruning, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "frontsearch.training.trainer.network_outputs",
        lambda network: shown.append(network) or network_outputs(network),
    )
    trial, weights, _ = trained(task, tmp_path, recipe(pruning=pruning))
    network = task.network(0)
    network.load_state_dict(weights)
    body = body_of(network, task, trial.recipe)
    assert sum(map(torch.numel, shown[0].parameters())) <= WORTH * len(body.weights.vector)
    (whole,) = network_metrics(task, network_outputs(network), [body.weights])
    assert trial.metrics == pytest.approx(whole, rel=1e-12)


def test_where_little_is_dead_the_whole_network_is_evaluated(task):
    body = body_of(task.network(0), task, recipe())
    assert evaluation_network(body, task.chain) is body.network
    body.weights.penalised.mul_(0)
    assert evaluation_network(body, task.chain) is not body.network
    assert evaluation_network(body, ()) is body.network


def test_a_unit_whose_penalised_bias_is_not_zero_lives(task, tmp_path):
    def build():
        network = perceptron(64, 24, 16, 8).double()
        for layer in (1, 3, 5):
            nn.init.constant_(network[layer].bias, 0.5)
        return network

    every = frozenset(name for name, _ in build().named_parameters())
    short, whole = (replace(task, build=build, penalised=every, chain=chain) for chain in (task.chain, ()))
    given = recipe(epochs=8, descent=WeightedSum(l1_weight=3e-3), pruning=TO_SPARSITY)
    found, expected = (trained(one, tmp_path, given)[0].metrics for one in (short, whole))
    assert found == pytest.approx(expected, rel=1e-6)


def test_what_is_frozen_stays_as_it_is_in_a_smaller_network(task, tmp_path):
    def build():
        network = perceptron(64, 24, 16, 8).double()
        nn.init.constant_(network[3].bias, 0.3).requires_grad_(requires_grad=False)
        return network

    short, whole = (replace(task, build=build, chain=chain) for chain in (task.chain, ()))
    given = recipe(epochs=4, pruning=TO_SPARSITY)
    trial, weights, _ = trained(short, tmp_path, given)
    assert torch.equal(weights["3.bias"], build()[3].bias)
    assert trial.objectives == pytest.approx(trained(whole, tmp_path, given)[0].objectives, rel=1e-6)


def test_a_dead_network_trains_on(task, tmp_path):
    dead, *_ = trained(task, tmp_path, recipe(descent=WeightedSum(l1_weight=10.0), pruning=Pruning(threshold=1e-3)))
    assert dead.objectives[1] == 0
    after, network, _ = trained(task, tmp_path, recipe(start=WarmStart(trial=dead.key), epochs=2, pruning=HELD))
    assert after.objectives[1] == 0
    assert {name: tensor.shape for name, tensor in network.items()} == {
        name: tensor.shape for name, tensor in task.network(0).state_dict().items()
    }
