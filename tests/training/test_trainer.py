"""The trainer: reproducible bits, warm starts, checkpoints, divergence and metrics."""

import dataclasses
import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from full_disk import full_disk
from torch import nn
from torch.nn import functional

from frontsearch.errors import UserError
from frontsearch.names import MULTIOBJECTIVE_PROXIMAL, OPTIMISERS, SEPARATELY_PRECONDITIONED
from frontsearch.recipe import FromScratch, MultiGradient, Offspring, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.tasks import Examples, Task, digits
from frontsearch.tasks.networks import perceptron
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.batches import batches, steps_per_epoch
from frontsearch.training.objectives import network_outputs, split_figures
from frontsearch.trial import Status

RECIPE = Recipe(epochs=1.5, batch_size=64, pruning=Pruning(threshold=1e-3), seed=5)
SPLIT_METRICS = {
    f"{split}_{metric}" for split in ("train", "validation", "test") for metric in ("cross_entropy", "error")
}


def path_of(trainer, key):
    return trainer.checkpoints.folder / f"{key}.safetensors"


def recipe_of(optimiser):
    multi = optimiser in SEPARATELY_PRECONDITIONED | MULTIOBJECTIVE_PROXIMAL
    descent = MultiGradient(l1_scale=0.1) if multi else WeightedSum(l1_weight=1e-3)
    return dataclasses.replace(RECIPE, descent=descent, optimiser=optimiser)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_the_same_recipe_gives_the_same_bits(task, tmp_path, optimiser):
    one, two = (Trainer(task, Checkpoints(tmp_path / name)) for name in "ab")
    first, second = (trainer(recipe_of(optimiser)) for trainer in (one, two))
    assert first.status is Status.COMPLETE
    assert (first.key, first.objectives, first.metrics) == (second.key, second.objectives, second.metrics)
    assert path_of(one, first.key).read_bytes() == path_of(two, first.key).read_bytes()


@pytest.mark.parametrize("side_by_side", [True, False])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_recipe_with_numbers_of_numpy_gives_the_bits_of_its_key(task, optimiser, side_by_side):
    given = (("learning_rate", 0.01), ("momentum", 0.3), ("epochs", 0.5))
    numbers = {name: np.float32(value) for name, value in given}
    pruning = Pruning(threshold=np.float32(0.001), sparsity=np.float32(0.3), begin=np.float32(0.25), ramp="linear")
    recipe = dataclasses.replace(recipe_of(optimiser), **numbers, pruning=pruning)
    trainer = Trainer(dataclasses.replace(task, transform=None if side_by_side else torch.clone))
    assert trainer(recipe).metrics == trainer(Recipe.of_fields(recipe.fields())).metrics


def test_a_threshold_given_as_a_whole_number_adapts_as_the_equal_one(task):
    linbreg = dataclasses.replace(RECIPE, optimiser="linbreg", pruning=Pruning(sparsity=0.3))
    whole, real = (dataclasses.replace(linbreg, descent=WeightedSum(l1_weight=weight)) for weight in (1, 1.0))
    trainer = Trainer(task)
    assert trainer(whole).metrics == trainer(real).metrics


SCRIPT = """
import sys
from pathlib import Path
from frontsearch.recipe import Pruning, Recipe
from frontsearch.tasks import digits
from frontsearch.training import Checkpoints, Trainer
from frontsearch.workers import prepare_process
import hashlib
prepare_process()
trainer = Trainer(digits(), Checkpoints(Path(sys.argv[1])))
trial = trainer(Recipe(epochs=1.5, batch_size=64, pruning=Pruning(threshold=1e-3), seed=5))
content = (trainer.checkpoints.folder / f"{trial.key}.safetensors").read_bytes()
print(trial.key, *map(float.hex, trial.objectives), hashlib.sha256(content).hexdigest())
"""


def test_another_process_gives_the_same_bits(trainer, tmp_path):
    trial = trainer(RECIPE)
    content = path_of(trainer, trial.key).read_bytes()
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "elsewhere")], check=True, capture_output=True, text=True
    )
    there = answer.stdout.split()
    assert there == [trial.key, *map(float.hex, trial.objectives), hashlib.sha256(content).hexdigest()]


def test_another_seed_gives_other_weights_from_another_start(trainer):
    vanishing = dataclasses.replace(RECIPE, learning_rate=1e-30, pruning=Pruning(), epochs=0.1)
    for recipe in (RECIPE, vanishing):
        keys = [trainer(dataclasses.replace(recipe, seed=seed)).key for seed in (0, 1)]
        one, two = (trainer.checkpoints.load(key)[0]["1.weight"] for key in keys)
        assert not torch.equal(one, two)


def with_dropout():
    return nn.Sequential(perceptron(64, 16), nn.Dropout(0.5), nn.Linear(16, 10))


def test_dropout_gives_the_same_bits_too_and_leaves_the_global_generator_alone(task, tmp_path):
    noisy = dataclasses.replace(task, build=with_dropout, penalised=frozenset({"0.1.weight"}))
    trainer = Trainer(noisy, Checkpoints(tmp_path))
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        trial = trainer(RECIPE)
        assert torch.equal(torch.get_rng_state(), state)
        found.append((trial.objectives, path_of(trainer, trial.key).read_bytes()))
    assert found[0] == found[1]


def test_the_global_generator_is_left_alone(trainer):
    torch.manual_seed(77)
    state = torch.get_rng_state()
    parent = trainer(RECIPE)
    trainer(dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key)))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_warm_start_begins_from_its_parents_weights(trainer):
    parent = trainer(RECIPE)
    still = dataclasses.replace(
        RECIPE, start=WarmStart(trial=parent.key), learning_rate=1e-30, descent=WeightedSum(l1_weight=0.0), seed=6
    )
    child = trainer(still)
    assert child.key != parent.key
    assert child.objectives == parent.objectives
    before, after = (trainer.checkpoints.load(trial.key)[0] for trial in (parent, child))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


# Zeros move by about the learning rate, and pruning takes them back.
STILL = {"descent": WeightedSum(l1_weight=0.0), "learning_rate": 1e-30, "pruning": Pruning(threshold=1e-20)}


def test_a_warm_start_can_soft_threshold_its_parents_penalised_weights(trainer, task):
    parent = trainer(RECIPE)
    still = dataclasses.replace(RECIPE, **STILL)
    child = trainer(dataclasses.replace(still, start=WarmStart(trial=parent.key, shrink=0.05)))
    before, after = (trainer.checkpoints.load(trial.key)[0] for trial in (parent, child))
    for name, weights in before.items():
        left = (weights.abs() - (0.05 if name in task.penalised else 0.0)).clamp(min=0)
        torch.testing.assert_close(after[name], weights.sign() * left)
        assert torch.equal(after[name] == 0, left == 0)
    assert 0 < child.metrics["nonzeros"] < parent.metrics["nonzeros"]


def test_adabregs_latent_vector_shrinks_with_its_weights(trainer):
    bregman = dataclasses.replace(RECIPE, optimiser="adabreg", descent=WeightedSum(l1_weight=0.1), pruning=Pruning())
    parent = trainer(bregman)
    start = WarmStart(trial=parent.key, optimiser=True, shrink=0.05)
    child = trainer(dataclasses.replace(bregman, learning_rate=1e-30, start=start))
    before, after = (trainer.checkpoints.load(trial.key)[0]["1.weight"] for trial in (parent, child))
    torch.testing.assert_close(after, before.sign() * (before.abs() - 0.05).clamp(min=0), atol=1e-6, rtol=0)
    assert child.metrics["nonzeros"] < parent.metrics["nonzeros"]


def test_a_start_from_scratch_can_zero_random_weights_by_its_seed(trainer, task):
    still = dataclasses.replace(RECIPE, **STILL)

    def begun(density, seed):
        trial = trainer(dataclasses.replace(still, start=FromScratch(density=density), seed=seed))
        return trial, trainer.checkpoints.load(trial.key)[0]

    (_, whole), (trial, thin), (_, other) = (begun(*given) for given in ((1.0, 5), (0.25, 5), (0.25, 6)))
    kept = {name: thin[name] != 0 for name in task.penalised}
    for name, parameter in thin.items():
        if name not in kept:
            torch.testing.assert_close(parameter, whole[name])
    for name, places in kept.items():
        torch.testing.assert_close(thin[name][places], whole[name][places] * 2)
        assert not torch.equal(places, other[name] != 0)
    prunable = trial.metrics["prunable"]
    assert abs(trial.metrics["nonzeros"] - 0.25 * prunable) <= 5 * math.sqrt(prunable * 0.25 * 0.75)  # five deviations
    again = Trainer(task, Checkpoints(trainer.checkpoints.folder / "again"))
    assert again(trial.recipe).metrics == trial.metrics
    assert path_of(again, trial.key).read_bytes() == path_of(trainer, trial.key).read_bytes()


@pytest.mark.parametrize("with_state", [False, True])
def test_a_warm_start_continues_the_optimiser_state_only_if_asked(trainer, with_state):
    parent = trainer(RECIPE)
    child = trainer(dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key, optimiser=with_state)))
    parents, childs = (trainer.checkpoints.load(trial.key)[1]["0.step"] for trial in (parent, child))
    assert float(childs) == (2 if with_state else 1) * float(parents)
    other = trainer(dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key, optimiser=not with_state)))
    assert child.objectives != other.objectives


def test_the_key_of_a_warm_start_depends_on_its_parent(trainer):
    parents = [trainer(dataclasses.replace(RECIPE, seed=seed)) for seed in (0, 1)]
    children = [trainer(dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key))) for parent in parents]
    assert children[0].key != children[1].key
    assert children[0].objectives != children[1].objectives


def test_an_optimiser_state_is_continued_only_with_the_same_penalised_parameters(trainer, task):
    parent = trainer(RECIPE)
    other = Trainer(dataclasses.replace(task, penalised=frozenset({"3.weight"})), trainer.checkpoints)
    warm = dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key, optimiser=True))
    assert trainer(warm).objectives
    with pytest.raises(
        ValueError, match=r"^`penalised` must be as in trial .*: 1\.weight, 3\.weight; found '3\.weight'\.$"
    ):
        other(warm)
    assert other(dataclasses.replace(warm, start=WarmStart(trial=parent.key))).objectives
    tensors = safetensors.torch.load_file(path_of(trainer, parent.key))
    safetensors.torch.save_file(tensors, path_of(trainer, parent.key), metadata={"trial": parent.key})
    assert trainer(warm).objectives  # a checkpoint of an older version, without this metadata


def test_weights_of_another_network_are_refused_in_one_sentence(trainer):
    parent = trainer(RECIPE)
    linear = Trainer(digits(network="linear"), trainer.checkpoints)
    for start in (WarmStart(trial=parent.key), Offspring(trial=parent.key, other=parent.key)):
        with pytest.raises(
            ValueError, match=rf"^The weights of trial {parent.key} must fit this .*3\.weight.*\.$"
        ) as caught:
            linear(dataclasses.replace(RECIPE, start=start))
        assert "\n" not in str(caught.value)


def test_the_error_about_a_missing_parent_names_it_and_its_path(trainer):
    with pytest.raises(UserError) as caught:
        trainer(dataclasses.replace(RECIPE, start=WarmStart(trial="0123abcd" * 4)))
    assert "0123abcd" * 4 in str(caught.value)
    assert str(path_of(trainer, "0123abcd" * 4)) in str(caught.value)


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda _: b"", lambda _: b"not a safetensors file"])
def test_the_error_about_a_damaged_parent_names_it(trainer, damage):
    parent = trainer(RECIPE)
    path = path_of(trainer, parent.key)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match="damaged") as caught:
        trainer(dataclasses.replace(RECIPE, start=WarmStart(trial=parent.key)))
    assert parent.key in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_warm_start_without_checkpoints_raises_a_value_error(task):
    with pytest.raises(ValueError, match="checkpoints"):
        Trainer(task)(dataclasses.replace(RECIPE, start=WarmStart(trial="0123abcd" * 4)))


def test_without_checkpoints_the_objectives_are_the_same(task, trainer):
    assert Trainer(task)(RECIPE).objectives == trainer(RECIPE).objectives


def test_a_full_disk_raises_a_user_error_and_leaves_no_file(task, trainer):
    key = RECIPE.key(task.fingerprint)
    with full_disk(1000), pytest.raises(UserError, match=r"could not be written to .*\[Errno 27\] File too") as caught:
        trainer(RECIPE)
    assert str(caught.value).startswith(f"{key}.safetensors could not be written to {trainer.checkpoints.folder}: ")
    assert list(trainer.checkpoints.folder.iterdir()) == []


def test_an_interrupted_write_leaves_the_old_checkpoint_unharmed(trainer):
    key = trainer(RECIPE).key
    whole = path_of(trainer, key).read_bytes()
    with full_disk(len(whole) // 2), pytest.raises(UserError, match="File too large"):
        trainer(RECIPE)
    assert [path.name for path in trainer.checkpoints.folder.iterdir()] == [f"{key}.safetensors"]
    assert path_of(trainer, key).read_bytes() == whole


def test_a_folder_that_is_a_file_raises_a_user_error(task, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="could not be written") as caught:
            Trainer(task, Checkpoints(folder))(RECIPE)
        assert str(folder) in str(caught.value)


def test_a_diverged_trial_is_charged_only_the_epochs_trained(trainer):
    # Steps of 1e6 only kill the hidden units and leave a finite loss; these overflow the second layer's outputs.
    wild = dataclasses.replace(RECIPE, optimiser="sgd", learning_rate=1e25, epochs=20.0)
    trial = trainer(wild)
    assert trial.status is Status.DIVERGED
    assert trial.objectives is None
    assert trial.metrics == {}
    assert trial.recipe == wild
    assert 0 < trial.epochs < wild.epochs
    assert not path_of(trainer, trial.key).exists()


class Overflowing(nn.Module):
    """A linear network with infinite and undefined outputs."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(64, 10)

    def forward(self, inputs):
        return self.dense(inputs) * math.inf


def test_nan_outputs_diverge_and_are_charged(task, tmp_path):
    broken = dataclasses.replace(task, build=Overflowing, penalised="kernels")
    trainer = Trainer(broken, Checkpoints(tmp_path))
    for epochs in (3.0, 0.03):
        trial = trainer(dataclasses.replace(RECIPE, epochs=epochs, pruning=Pruning()))
        assert trial.status is Status.DIVERGED
        assert 0 < trial.epochs <= epochs  # a method could ask for free trainings forever
        assert trial.epochs < 3.0
    assert list(tmp_path.iterdir()) == []


def test_a_last_step_that_overflows_is_a_divergence(trainer):
    # One step only, so the loss was finite whenever it was looked at.
    trial = trainer(dataclasses.replace(RECIPE, optimiser="sgd", learning_rate=1e30, momentum=0.0, epochs=0.05))
    assert trial.status is Status.DIVERGED
    assert trial.objectives is None
    assert not path_of(trainer, trial.key).exists()


class Lopsided(nn.Module):
    """A network whose only trained weight can become infinite while its outputs stay finite."""

    def __init__(self):
        super().__init__()
        self.kernel, self.shift = nn.Parameter(torch.ones(10)), nn.Parameter(torch.ones(()))

    def forward(self, inputs):
        first = functional.one_hot(torch.tensor(0), 10)
        return (0 * self.kernel + functional.relu(1e10 * self.shift) * first).expand(len(inputs), -1)


def test_an_infinite_weight_is_a_divergence_even_if_the_loss_is_finite(task, tmp_path):
    lopsided = dataclasses.replace(task, build=Lopsided, penalised=frozenset({"kernel"}))
    recipe = dataclasses.replace(RECIPE, optimiser="sgd", learning_rate=1e30, momentum=0.0, epochs=0.05)
    trial = Trainer(lopsided, Checkpoints(tmp_path))(dataclasses.replace(recipe, descent=WeightedSum(l1_weight=0.0)))
    assert trial.status is Status.DIVERGED
    assert list(tmp_path.iterdir()) == []


def l1_of_one_hidden_layer(parameters):
    """Least l1 over all scales of the units: the root of outgoing l1 over incoming l1 is the best of each."""
    incoming, outgoing = (parameters[f"{layer}.weight"].double().abs() for layer in (1, 3))
    return 2 * float((incoming.sum(1) * outgoing.sum(0)).sqrt().sum())


def test_every_metric_is_recorded_and_follows_from_the_checkpoint(task, trainer):
    trial = trainer(RECIPE)
    parameters, _ = trainer.checkpoints.load(trial.key)
    network = task.network(123)
    network.load_state_dict(parameters)
    network.eval()
    assert set(trial.metrics) == {
        *SPLIT_METRICS,
        "l1",
        "l1_raw",
        "nonzeros",
        "prunable",
        "sparsity",
        "units",
        "multiply_adds",
    }
    kernels = torch.cat([parameters[name].flatten() for name in sorted(task.penalised)])
    assert trial.metrics["l1_raw"] == pytest.approx(float(kernels.double().abs().sum()), rel=1e-12)
    assert trial.metrics["l1"] == pytest.approx(l1_of_one_hidden_layer(parameters), rel=1e-9)
    assert trial.metrics["prunable"] == 64 * 32 + 32 * 10
    assert trial.metrics["nonzeros"] == int(kernels.count_nonzero()) < trial.metrics["prunable"]
    assert trial.metrics["sparsity"] == pytest.approx(1 - trial.metrics["nonzeros"] / 2368)
    for split, (inputs, targets) in task.splits.items():
        outputs = network(inputs).detach()
        loss = float(functional.cross_entropy(outputs.double(), targets))
        assert trial.metrics[f"{split}_cross_entropy"] == pytest.approx(loss, rel=1e-5)
        wrong = int((outputs.argmax(dim=1) != targets).sum())
        assert trial.metrics[f"{split}_error"] == pytest.approx(wrong / len(targets))
        (figures,) = split_figures(task, network_outputs(network), split)
        assert figures["cross_entropy"] == trial.metrics[f"{split}_cross_entropy"]
    assert trial.objectives == (trial.metrics["validation_cross_entropy"], trial.metrics["l1"])
    assert trial.epochs == RECIPE.epochs
    assert trial.seconds > 0
    assert trial.key == RECIPE.key(task.fingerprint)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_objective_is_the_cross_entropy_of_the_tasks_split(split):
    trial = Trainer(digits(network="linear", objective=split))(RECIPE)
    assert trial.objectives == (trial.metrics[f"{split}_cross_entropy"], trial.metrics["l1"])


@pytest.mark.parametrize(
    ("epochs", "batch_size", "steps"),
    [(1.0, 128, 10), (1.5, 128, 15), (0.1, 128, 1), (0.06, 128, 1), (0.26, 128, 3), (2.0, 5000, 2), (0.3, 64, 6)],
)
def test_epochs_may_be_fractions(trainer, epochs, batch_size, steps):
    trial = trainer(dataclasses.replace(RECIPE, epochs=epochs, batch_size=batch_size, pruning=Pruning()))
    assert float(trainer.checkpoints.load(trial.key)[1]["0.step"]) == steps
    assert trial.epochs == epochs


def test_a_training_of_half_a_step_or_less_is_refused_as_it_would_cost_nothing(trainer):
    step = 1 / steps_per_epoch(trainer.task, Recipe().batch_size)
    assert trainer._prepare(Recipe(epochs=0.6 * step)).steps == 1
    with pytest.raises(UserError, match="must have more than half a step"):
        trainer(Recipe(epochs=0.5 * step))


@pytest.mark.parametrize("compile", [False, True])  # which trains alone
def test_batches_too_small_for_normalisation_are_refused_in_one_sentence(compile):  # noqa: A002
    splits = digits().splits
    build = lambda: nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10))  # noqa: E731
    trainer = Trainer(Task(name="normalised", splits=splits, build=build), compile=compile)
    with pytest.raises(UserError, match=r"`batch_size` must be at least 2, as the network .* normalises .*; found 1"):
        trainer(dataclasses.replace(RECIPE, batch_size=1))


def test_every_epoch_shows_every_example_once_in_a_fresh_order():
    examples = Examples(torch.arange(10.0), torch.arange(10))
    stream = batches(examples, 4, seed=3)
    epochs = []
    for _ in range(3):
        shown = [next(stream) for _ in range(3)]
        assert [len(targets) for _, targets in shown] == [4, 4, 2]
        assert all(torch.equal(inputs.long(), targets) for inputs, targets in shown)
        epochs.append(torch.cat([targets for _, targets in shown]).tolist())
    assert all(sorted(epoch) == list(range(10)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_folders_and_paths_may_be_texts(task, tmp_path):
    trainer = Trainer(task, Checkpoints(str(tmp_path)))
    assert trainer.checkpoints == Checkpoints(tmp_path)
    trainer.checkpoints.export(trainer(RECIPE).key, str(tmp_path / "network.safetensors"))
    assert (tmp_path / "network.safetensors").is_file()
    with pytest.raises(ValueError, match=r"^`checkpoints` must be `Checkpoints` or None; found 'folder'\.$"):
        Trainer(task, "folder")


def test_an_export_is_the_network_alone(trainer, tmp_path):
    key = trainer(RECIPE).key
    trainer.checkpoints.export(key, tmp_path / "folder" / "network.safetensors")
    (tmp_path / "folder" / "network.safetensors").rename(path_of(trainer, "f" * 32))
    parameters, state = trainer.checkpoints.load("f" * 32)
    whole, _ = trainer.checkpoints.load(key)
    assert state == {}
    assert parameters.keys() == whole.keys()
    assert all(torch.equal(parameters[name], whole[name]) for name in whole)


def test_buffers_travel_with_the_checkpoint(task, tmp_path):
    def build():
        return nn.Sequential(perceptron(64, 16), nn.BatchNorm1d(16), nn.Linear(16, 10))

    normed: Task = dataclasses.replace(task, build=build, penalised=frozenset({"0.1.weight", "2.weight"}))
    trainer = Trainer(normed, Checkpoints(tmp_path))
    parent = trainer(RECIPE)
    network = normed.network(9)
    network.load_state_dict(trainer.checkpoints.load(parent.key)[0])
    inputs, targets = normed.splits["validation"]
    loss = float(functional.cross_entropy(network.eval()(inputs), targets).detach())
    assert parent.objectives[0] == pytest.approx(loss, rel=1e-5)  # evaluation mode: running means, not the batch's
