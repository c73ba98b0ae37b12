"""Learning curves record the right numbers and change nothing about a training."""

import dataclasses
import json
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from full_disk import full_disk
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from frontsearch.errors import UserError
from frontsearch.folder.curves import Curves, LearningCurve
from frontsearch.recipe import MultiGradient, Offspring, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.tasks import Task, lasso
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.batches import batches
from frontsearch.training.recorder import ENTRIES, Recorder
from frontsearch.training.weights import Weights
from frontsearch.trial import Status

RECIPE = Recipe(epochs=2.5, batch_size=100, pruning=Pruning(threshold=1e-3), seed=5)  # 12 steps an epoch
KEY = "0123abcd" * 4
CURVE = LearningCurve(epochs=(0.0, 1.0), loss=(2.0, 0.1 + 0.2), complexity=(9.0, 1 / 3), nonzeros=(4, 0))
PRUNED = {
    "not": Pruning(),
    "cut": Pruning(threshold=1e-2, regrow=False),
    "to a sparsity": Pruning(sparsity=0.9, ramp="cubic", begin=0.5, every=7),
    "straight through": Pruning(sparsity=0.9, ramp="cubic", straight_through=True),
}


def path_of(trainer, key):
    return trainer.curves.folder / f"{key}.json"


def with_recorded_losses(task):
    """The task, and a list that will contain the losses of its training batches."""
    losses = []

    def loss(outputs, targets):
        found = nn.functional.cross_entropy(outputs, targets)
        if outputs.requires_grad:
            losses.append(float(found.detach()))
        return found

    watched = dataclasses.replace(task, loss=loss)
    losses.clear()  # a task is tried on a few examples when it is made
    return watched, losses


def test_every_entry_is_the_mean_loss_of_the_batches_since_the_previous_one(task, tmp_path):
    watched, losses = with_recorded_losses(task)
    trial = Trainer(watched, curves=Curves(tmp_path))(RECIPE)
    curve = Curves(tmp_path).load(trial.key)
    assert len(losses) == 30
    assert curve.epochs == (0.0, 1.0, 2.0, 2.5)
    parts = [losses[:1], losses[:12], losses[12:24], losses[24:]]
    assert curve.loss == tuple(pytest.approx(sum(part) / len(part), rel=1e-12) for part in parts)


@pytest.mark.parametrize(("epochs", "known"), [(0.05, False), (1.05, True), (2.05, True)])
def test_batches_whose_targets_are_all_left_out_add_nothing_to_the_curve(tmp_path, epochs, known):
    inputs, targets = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)), torch.arange(20) % 2
    sparse = torch.where(torch.arange(20) < 2, targets, -100)
    splits = {"train": (inputs, sparse), "validation": (inputs, targets), "test": (inputs, targets)}
    trainer = Trainer(Task(name="left out", splits=splits, build=lambda: nn.Linear(3, 2)), curves=Curves(tmp_path))
    recipe = next(  # its last epoch has one step, of an example without a target
        recipe for seed in range(9)
        if _left_out(trainer.task, recipe := Recipe(batch_size=1, epochs=epochs, seed=seed))
    )  # fmt: skip
    trial = trainer(recipe)
    assert trial.status is Status.COMPLETE
    assert (trainer.curves.load(trial.key) is not None) == known


def _left_out(task, recipe):
    """Whether the last step of a training has no target."""
    order = int(np.random.SeedSequence(recipe.seed).generate_state(2)[1])
    stream = batches(task.splits["train"], 1, seed=order)
    *_, (_, targets) = (next(stream) for _ in range(round(recipe.epochs * 20)))
    return bool((targets == -100).all())


def test_the_curve_is_that_of_a_plain_training_loop(task, trainer):
    recipe = Recipe(
        descent=WeightedSum(l1_weight=0.0), optimiser="sgd", momentum=0.0, learning_rate=0.1,
        learning_rate_schedule="constant", epochs=2.0, batch_size=100, seed=5,
    )  # fmt: skip
    curve = trainer.curves.load(trainer(recipe).key)
    initial, order = (int(seed) for seed in np.random.SeedSequence(5).generate_state(2))
    network = task.network(initial)
    descent = torch.optim.SGD(network.parameters(), lr=0.1)
    losses, l1 = [], [l1_of(network, task)]
    for step, (inputs, targets) in zip(range(24), batches(task.splits["train"], 100, seed=order), strict=False):
        descent.zero_grad()
        loss = nn.functional.cross_entropy(network(inputs), targets)
        loss.backward()
        descent.step()
        losses.append(float(loss.detach()))
        if step % 12 == 11:
            l1.append(l1_of(network, task))
    means = [losses[0], math.fsum(losses[:12]) / 12, math.fsum(losses[12:]) / 12]
    assert curve.loss == pytest.approx(means, rel=1e-5)
    assert curve.complexity == pytest.approx(l1, rel=1e-5)
    assert set(curve.nonzeros) == {2368}


def l1_of(network, task):
    """Least l1 of a network with one hidden layer: each unit's scale is the root of outgoing l1 over incoming l1."""
    incoming, outgoing = (network.get_parameter(f"{layer}.weight").detach().double().abs() for layer in (1, 3))
    return 2 * float((incoming.sum(1) * outgoing.sum(0)).sqrt().sum())


@pytest.mark.parametrize("pruning", PRUNED.values(), ids=PRUNED)
@pytest.mark.parametrize("descent", [WeightedSum(l1_weight=1e-3), MultiGradient(l1_scale=0.1)])
def test_a_training_is_bit_for_bit_the_same_without_a_curve(task, trainer, tmp_path, descent, pruning):
    optimiser = "prox-adam" if isinstance(descent, WeightedSum) else "adam"
    recipe = dataclasses.replace(RECIPE, descent=descent, optimiser=optimiser, pruning=pruning)
    without = Trainer(task, Checkpoints(tmp_path / "without"))
    one, other = without(recipe), trainer(recipe)
    assert (one.key, one.objectives, one.metrics) == (other.key, other.objectives, other.metrics)
    name = f"{one.key}.safetensors"
    assert (tmp_path / "without" / name).read_bytes() == (tmp_path / "checkpoints" / name).read_bytes()


@pytest.mark.parametrize("pruning", PRUNED.values(), ids=PRUNED)
def test_the_last_entry_matches_the_trial_and_the_first_one_its_parent(trainer, pruning):
    parent = trainer(dataclasses.replace(RECIPE, pruning=pruning))
    curve = trainer.curves.load(parent.key)
    assert (curve.epochs[-1], curve.complexity[-1], curve.nonzeros[-1]) == (
        parent.epochs, parent.metrics["l1"], parent.metrics["nonzeros"],
    )  # fmt: skip
    child = trainer(dataclasses.replace(RECIPE, pruning=Pruning(), start=WarmStart(trial=parent.key)))
    begun = trainer.curves.load(child.key)
    assert (begun.epochs[0], begun.complexity[0], begun.nonzeros[0]) == (0.0, curve.complexity[-1], curve.nonzeros[-1])


def test_a_curve_begins_after_the_first_pruning(trainer):
    blunt = dataclasses.replace(RECIPE, pruning=Pruning(threshold=1e3))
    curve = trainer.curves.load(trainer(blunt).key)
    assert (set(curve.complexity), set(curve.nonzeros)) == ({0.0}, {0})


@pytest.mark.parametrize(
    ("epochs", "found"),
    [
        (0.05, (0.0, 0.05)),  # one step, charged as fewer epochs
        (0.5, (0.0, 0.5)),
        (1.0, (0.0, 1.0)),
        (1.04, (0.0, 1.04)),  # as many steps as one epoch
        (3.3, (0.0, 1.0, 2.0, 3.0, 3.3)),
    ],
)
def test_an_entry_at_the_start_at_each_whole_epoch_and_at_the_end(trainer, epochs, found):
    recipe = dataclasses.replace(RECIPE, epochs=epochs)
    assert trainer.curves.load(trainer(recipe).key).epochs == found


def test_thousands_of_epochs_of_one_step_are_thinned(tmp_path):
    trainer = Trainer(lasso(), curves=Curves(tmp_path))
    recipe = Recipe(descent=WeightedSum(l1_weight=0.1), optimiser="prox-sgd", learning_rate=0.05, epochs=2025.0)
    curve = Curves(tmp_path).load(trainer(recipe).key)
    assert len(curve.epochs) <= ENTRIES + 1
    assert {later - before for before, later in pairwise(curve.epochs[:-1])} == {41.0}
    assert path_of(trainer, recipe.key(trainer.task.fingerprint)).stat().st_size < 10_000


PLAIN = canonical_scale(lasso())
losses = st.lists(st.floats(0, 100), min_size=1, max_size=400)


@given(losses, st.integers(1, 12))
def test_every_batch_is_counted_once(noted, per_epoch):
    network = nn.Linear(2, 2)
    recorder = Recorder(Weights(network, frozenset({"weight"})), PLAIN, steps=len(noted), per_epoch=per_epoch)
    for step, loss in enumerate(noted):
        recorder.measure(step)
        recorder.record(step, loss)
    end = len(noted) / per_epoch
    curve = recorder.curve(end, ("cross_entropy", "l1"))
    assert len(curve.epochs) <= ENTRIES + 1
    assert (curve.epochs[0], curve.epochs[-1]) == (0.0, end)
    assert all(before < later for before, later in pairwise(curve.epochs))
    assert all(epochs == round(epochs) for epochs in curve.epochs[:-1])
    spans = [later - before for before, later in pairwise(curve.epochs)]
    total = sum(mean * span * per_epoch for mean, span in zip(curve.loss[1:], spans, strict=True))
    assert curve.loss[0] == noted[0]
    assert total == pytest.approx(sum(noted), rel=1e-9, abs=1e-9)


def test_the_same_recipe_gives_the_same_file(task, trainer, tmp_path):
    key = trainer(RECIPE).key
    Trainer(task, curves=Curves(tmp_path / "again"))(RECIPE)
    assert (tmp_path / "again" / f"{key}.json").read_bytes() == path_of(trainer, key).read_bytes()


def test_diverged_trials_and_offspring_have_no_curve(trainer):
    wild = trainer(dataclasses.replace(RECIPE, optimiser="sgd", learning_rate=1e25, epochs=20.0))
    assert wild.status is Status.DIVERGED
    parents = [trainer(dataclasses.replace(RECIPE, seed=seed)).key for seed in (0, 1)]
    cross = trainer(dataclasses.replace(RECIPE, start=Offspring(trial=parents[0], other=parents[1])))
    assert [trainer.curves.load(key) for key in (wild.key, cross.key)] == [None, None]
    assert {path.stem for path in trainer.curves.folder.iterdir()} == set(parents)


def test_a_curve_is_the_same_after_reading_it_back(tmp_path):
    curves = Curves(tmp_path / "new")
    assert curves.load(KEY) is None
    curves.save(KEY, CURVE)
    assert curves.load(KEY) == CURVE
    assert [path.name for path in curves.folder.iterdir()] == [f"{KEY}.json"]
    stored = json.loads((curves.folder / f"{KEY}.json").read_text())
    assert list(stored) == [
        "epochs",
        "cross_entropy",
        "l1",
        "nonzeros",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "3", "[]", "{}", '{"epochs": [0]}',
        '{"epochs": [], "cross_entropy": [], "l1": [], "nonzeros": []}',
        '{"epochs": [0], "cross_entropy": [1], "l1": [1, 2], "nonzeros": [1]}',
        '{"epochs": [0], "cross_entropy": [NaN], "l1": [1], "nonzeros": [1]}',
        '{"epochs": ["0"], "cross_entropy": [1], "l1": [1], "nonzeros": [1]}',
        '{"epochs": [0], "cross_entropy": [1], "l1": [1], "nonzeros": [1], "error": [1]}',
    ],
)  # fmt: skip
def test_the_error_about_a_damaged_curve_names_its_file(tmp_path, text):
    (tmp_path / f"{KEY}.json").write_text(text)
    with pytest.raises(UserError, match="damaged") as caught:
        Curves(tmp_path).load(KEY)
    assert str(tmp_path / f"{KEY}.json") in str(caught.value)


def test_a_full_disk_raises_a_user_error_and_leaves_no_file(tmp_path):
    with full_disk(10), pytest.raises(UserError, match=rf"{KEY}\.json could not be written to .*\[Errno 27\] File too"):
        Curves(tmp_path).save(KEY, CURVE)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_be_text_and_a_trainer_takes_nothing_else(tmp_path):
    Curves(str(tmp_path)).save(KEY, CURVE)
    assert Curves(tmp_path).load(KEY) == CURVE
    with pytest.raises(ValueError, match="`curves` must be `Curves` or None"):
        Trainer(lasso(), curves=str(tmp_path))
