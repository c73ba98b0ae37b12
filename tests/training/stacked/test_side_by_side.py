"""Trainings side by side are those that the trainer does alone, up to rounding; which ones are is known beforehand."""

import copy
import importlib

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.compaction import NO_CHANNELS
from frontsearch.folder import Curves
from frontsearch.recipe import FromScratch, Initial, MultiGradient, Pruning, Recipe, UPGrad, WarmStart, WeightedSum
from frontsearch.tasks import Task, digits, iris, mnist
from frontsearch.training import Checkpoints, Trainer, stacked_task

PRUNINGS = {
    "threshold": Pruning(threshold=1e-2, begin=1, every=3, ramp="cubic"),
    "no regrowth": Pruning(threshold=1e-2, regrow=False),
    "sparsity": Pruning(sparsity=0.6, ramp="linear"),
    "relative": Pruning(threshold=0.1, relative=True),
    "straight through": Pruning(sparsity=0.6, straight_through=True, ramp="cubic"),
}


class Residual(nn.Module):
    """No chain, as its inputs are added to what they become."""

    def __init__(self):
        super().__init__()
        self.hidden, self.last = nn.Linear(10, 10), nn.Linear(10, 4)

    def forward(self, inputs):
        return self.last(inputs + self.hidden(inputs))


class Images(nn.Module):
    """A convolutional network as people write it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.norm = nn.Conv2d(1, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)
        self.conv2, self.last = nn.Conv2d(3, 4, (2, 1), stride=(1, 2)), nn.Linear(8, 4)

    def forward(self, rows):
        images = functional.avg_pool2d(functional.relu(self.norm(self.conv1(rows))), 2, padding=1)
        images = functional.max_pool2d(torch.tanh(self.conv2(images)), (2, 1), stride=(1, 1))
        return self.last(images.view(rows.size(0), -1))


def signs(**changes):
    """Classes given by the signs of two of ten columns, in double precision, so that roundings stay small."""
    inputs = torch.randn(90, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = (inputs[:, :2] > 0).long() @ torch.tensor([1, 2])
    build = lambda: nn.Sequential(nn.Linear(10, 7), nn.Tanh(), nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 4)).double()  # noqa: E731
    standard = {"splits": {"train": (inputs, targets)}, "build": build}
    return Task(name="signs", **{**standard, **changes})


def recipe(**changes):
    standard = {"descent": WeightedSum(l1_weight=1e-2), "learning_rate": 1e-2, "batch_size": 20, "epochs": 5.5}
    return Recipe(**{**standard, "seed": 4, **changes})


def alone(task, folder):
    trainer = Trainer(task, Checkpoints(folder), Curves(folder / "curves"))
    vars(trainer).update(stacked=None, channels=NO_CHANNELS)  # nor are dead units left out
    return trainer


def check_same(task, recipe, folder):
    side, plain = Trainer(task, Checkpoints(folder), Curves(folder / "curves")), alone(task, folder / "alone")
    assert side.stacked is not None
    (found, *_), expected = side.train([recipe, Recipe(batch_size=recipe.batch_size, epochs=2, seed=9)]), plain(recipe)
    assert found.metrics == pytest.approx(expected.metrics, rel=1e-6)
    for name, tensor in plain.load_checkpoint(recipe.key(task.fingerprint))[1].items():
        torch.testing.assert_close(side.load_checkpoint(found.key)[1][name], tensor, rtol=1e-6, atol=1e-9)
    one, other = (trainer.curves.load(found.key) for trainer in (side, plain))
    assert one.epochs == other.epochs
    assert one.loss == pytest.approx(other.loss, rel=1e-6)
    assert one.complexity == pytest.approx(other.complexity, rel=1e-6)


@pytest.mark.parametrize("optimiser", ["prox-adam", "adam", "rmsprop", "sgd", "prox-sgd", "adabreg", "linbreg"])
def test_each_optimiser_minimises_a_weighted_sum_as_it_does_alone(optimiser, tmp_path):
    check_same(signs(), recipe(optimiser=optimiser), tmp_path)


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop", "sgd", "madam", "mrmsprop"])
def test_each_optimiser_descends_along_projected_gradients_as_it_does_alone(optimiser, tmp_path):
    check_same(signs(), recipe(optimiser=optimiser, descent=UPGrad(l1_scale=0.05)), tmp_path)


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop", "sgd", "madam", "mrmsprop", "mpg"])
def test_each_optimiser_descends_along_both_gradients_as_it_does_alone(optimiser, tmp_path):
    check_same(signs(), recipe(optimiser=optimiser, descent=MultiGradient(l1_scale=0.05)), tmp_path)


@pytest.mark.parametrize("optimiser", ["prox-adam", "prox-sgd", "rmsprop"])
@pytest.mark.parametrize("pruning", PRUNINGS.values(), ids=PRUNINGS)
def test_weights_are_pruned_as_they_are_alone(optimiser, pruning, tmp_path):
    check_same(signs(), recipe(optimiser=optimiser, pruning=pruning), tmp_path)


def test_weight_decay_is_that_of_a_training_alone(tmp_path):
    check_same(signs(penalised=["0.weight"], weight_decay=0.01), recipe(), tmp_path)


def test_so_are_the_statistics_of_a_batch_norm(tmp_path):
    layers = nn.Linear(10, 7, bias=False), nn.BatchNorm1d(7), nn.GELU(), nn.Linear(7, 4)
    check_same(signs(build=lambda: copy.deepcopy(nn.Sequential(*layers)).double()), recipe(), tmp_path)


@pytest.mark.parametrize("optimiser", ["prox-adam", "sgd"])
def test_so_are_the_kernels_of_a_network_for_images(optimiser, tmp_path):
    images = torch.randn(90, 1, 5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    targets = (images[:, 0, 0, :2] > 0).long() @ torch.tensor([1, 2])
    task = signs(splits={"train": (images, targets)}, build=lambda: Images().double())
    check_same(task, recipe(optimiser=optimiser), tmp_path)


def test_dropout_is_drawn_anew_for_each_seed_and_step_and_changes_what_is_learnt():
    outcomes = []
    for share in (0.0, 0.3):
        build = lambda share=share: nn.Sequential(nn.Linear(10, 40), nn.ReLU(), nn.Dropout(share), nn.Linear(40, 4))  # noqa: E731
        task = signs(build=lambda build=build: build().double())
        assert stacked_task(task) is not None
        outcomes.append([trial.objectives[0] for trial in Trainer(task).train([recipe(), recipe(seed=5)])])
    assert len({*outcomes[0], *outcomes[1]}) == 4
    assert outcomes[1] == pytest.approx(outcomes[0], abs=0.3)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.L1Loss(), nn.HuberLoss(delta=0.3)])
def test_so_are_losses_of_numbers(loss, tmp_path):
    inputs = signs().splits["train"].inputs
    targets = inputs[:, :4].sin()
    check_same(signs(splits={"train": (inputs, targets)}, loss=loss), recipe(), tmp_path)


def test_a_training_goes_on_where_another_one_ended(tmp_path):
    task, found = signs(), []
    for trainer in (Trainer(task, Checkpoints(tmp_path)), alone(task, tmp_path / "alone")):
        parent = trainer(recipe(epochs=3))
        child = recipe(start=WarmStart(trial=parent.key, optimiser=True), learning_rate=5e-3)
        found.append(trainer(child).objectives)
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_trainings_of_small_chains_are_side_by_side_whatever_the_recipe_names():
    task = stacked_task(digits())
    assert {task.company(recipe(batch_size=64, epochs=epochs, seed=seed)) for epochs in (1, 2) for seed in (1, 2)} == {
        64
    }
    assert task.company(recipe(batch_size=64, start=FromScratch(density=0.5))) == 64
    assert task.company(Recipe(start=Initial(), epochs=0)) is None
    assert stacked_task(iris()).company(recipe(batch_size=30)) == 30


def test_other_trainings_are_alone():
    hooked = nn.Linear(10, 4).double()
    hooked.register_forward_hook(lambda *_: None)
    frozen = nn.Sequential(nn.Linear(10, 7), nn.Linear(7, 4)).double()
    frozen[0].bias.requires_grad_(requires_grad=False)
    for changes in (
        {"build": lambda: Residual().double()},
        {"build": None, "network": hooked},
        {"build": None, "network": frozen},
        {"complexity": "group-l1"},
        {"transform": lambda inputs: inputs.flip(0)},
        {"loss": nn.CrossEntropyLoss(weight=torch.ones(4, dtype=torch.float64))},
    ):
        assert stacked_task(signs(**changes)) is None, changes


def test_large_networks_are_trained_alone_as_they_are_no_slower_so():
    task = stacked_task(signs(build=lambda: nn.Sequential(nn.Linear(10, 900), nn.Linear(900, 4)).double()))
    assert task.company(recipe(batch_size=20)) == 20
    assert task.company(recipe(batch_size=90)) == 90
    assert stacked_task(mnist(network="lenet300")).company(recipe(batch_size=128)) is None


def test_a_lenet5_is_stacked_as_on_a_gpu(monkeypatch, tmp_path):
    images = torch.rand(60, 1, 28, 28, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    build = lambda: nn.Sequential(  # noqa: E731
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ).double()  # fmt: skip
    task = signs(splits={"train": (images, torch.arange(60) % 10)}, build=build)
    assert stacked_task(task).company(recipe()) is None
    monkeypatch.setattr(importlib.import_module("frontsearch.training.stacked.stacked_task"), "MAX_WORK", 2**30)
    assert stacked_task(task).company(recipe()) == 20
    check_same(task, recipe(epochs=1.5), tmp_path)
