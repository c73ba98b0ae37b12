"""Before a BatchNorm l1 makes weights zero rather than small: each channel keeps the norm that it began with."""

import copy

import pytest
import torch
from torch import nn

from frontsearch.recipe import MultiGradient, Pruning, Recipe, WarmStart, WeightedSum
from frontsearch.tasks import Task
from frontsearch.training import Checkpoints, Trainer
from frontsearch.training.channel_norms import ChannelNorms, normalised_kernels

IMAGES = torch.randn(60, 1, 6, 6, generator=torch.Generator().manual_seed(0))
TARGETS = torch.arange(60) % 3
L1 = WeightedSum(l1_weight=3e-3)


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 6, 3, bias=False),
        nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(24, 5), nn.BatchNorm1d(5),
        nn.Dropout(0.1), nn.Linear(5, 3),
    )  # fmt: skip


class Alone(nn.Module):
    """One that is not trained in a stack, as its input is added to what a layer computes of it."""

    def __init__(self):
        super().__init__()
        self.inner, self.norm, self.head = nn.Conv2d(1, 1, 3, padding=1), nn.BatchNorm2d(1), nn.Linear(36, 3)

    def forward(self, images):
        return self.head((images + self.norm(self.inner(images))).flatten(1))


class Shortcut(nn.Module):
    """Adds half of its input to the other half, so that the network is no chain of layers."""

    def forward(self, images):
        return images / 2 + images / 2


class Frozen(nn.Sequential):
    """Its BatchNorm keeps its statistics while it trains."""

    def train(self, *mode):
        super().train(*mode)
        self[1].eval()
        return self


class Twice(nn.Module):
    """What the convolution computes is used without the BatchNorm, too."""

    def __init__(self):
        super().__init__()
        self.inner, self.norm, self.head = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(32, 3)

    def forward(self, images):
        features = self.inner(images)
        return self.head((features + self.norm(features)).flatten(1))


class Unused(nn.Module):
    """Its outputs do not depend on its first kernel."""

    def __init__(self):
        super().__init__()
        self.spare, self.norm, self.head = nn.Linear(36, 4), nn.BatchNorm1d(36), nn.Linear(36, 3)

    def forward(self, images):
        return self.head(self.norm(images.flatten(1)))


def task_of(build, **options):
    return Task(name="normalised", splits={"train": (IMAGES, TARGETS)}, build=build, **options)


def kernels(task):
    return set(normalised_kernels(task))


def test_kernels_before_a_batch_norm_are_found():
    assert kernels(task_of(convolutional)) == {"0.weight", "3.weight", "7.weight"}
    assert kernels(task_of(Alone)) == {"inner.weight"}


def chain(*layers):
    return lambda: nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), *copy.deepcopy(layers), nn.Flatten(), nn.Linear(32, 3))


@pytest.mark.parametrize("layers", [(nn.ReLU(), nn.BatchNorm2d(2)), (nn.InstanceNorm2d(2, affine=True), nn.ELU())])
def test_so_are_those_behind_which_any_positive_scale_is_lost(layers):
    assert kernels(task_of(chain(*layers))) == {"0.weight"}


NONE = {
    "no BatchNorm": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)),
    "a LayerNorm": lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.LayerNorm(8), nn.Linear(8, 3)),
    "a frozen BatchNorm": lambda: Frozen(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 3)),
    "another use of the outputs": Twice,
    "a transposed convolution": lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ConvTranspose2d(2, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(72, 3)
    ),
    "a BatchNorm behind an ELU": chain(nn.ELU(), nn.BatchNorm2d(2)),
    "a kernel without effect": Unused,
}  # fmt: skip


@pytest.mark.parametrize("build", NONE.values(), ids=NONE)
def test_no_others_are(build):
    assert not kernels(task_of(build))


def test_kernels_that_are_not_penalised_are_free():
    assert kernels(task_of(convolutional, penalised=["3.weight", "10.weight"])) == {"3.weight"}


def norms(network, names):
    named = dict(network.named_parameters())
    return torch.cat([named[name].detach().flatten(1).norm(dim=1) for name in sorted(names)])


def trained(task, recipe, folder):
    trainer = Trainer(task, Checkpoints(folder))
    network, key = task.network(0), trainer(recipe).key
    network.load_state_dict(trainer.load_checkpoint(key)[0])
    return key, network


def before_and_after(build, folder, *, optimiser="prox-adam", complexity="l1", **options):
    """The networks before and after a training of four epochs, and the names of the kernels before a BatchNorm."""
    task = task_of(build, complexity=complexity)
    key, before = trained(task, Recipe(batch_size=30, epochs=0.5), folder)
    recipe = Recipe(
        start=WarmStart(trial=key), optimiser=optimiser, batch_size=20, epochs=4, learning_rate=0.01, **options
    )
    _, after = trained(task, recipe, folder)
    return before, after, kernels(task)


PENALISED = [
    ("adam", L1), ("sgd", L1), ("prox-adam", L1), ("prox-sgd", L1), ("sgd", MultiGradient(l1_scale=0.1)),
    ("mpg", MultiGradient(l1_scale=1)),
]  # fmt: skip


@pytest.mark.parametrize("build", [convolutional, Alone])
@pytest.mark.parametrize(("optimiser", "descent"), PENALISED)
def test_their_channels_keep_their_norms(build, optimiser, descent, tmp_path):
    before, after, names = before_and_after(build, tmp_path, optimiser=optimiser, descent=descent)
    torch.testing.assert_close(norms(after, names), norms(before, names), rtol=1e-5, atol=0)
    assert all(not torch.equal(after.get_parameter(name), before.get_parameter(name)) for name in names)


@pytest.mark.parametrize("build", [convolutional, Alone])
@pytest.mark.parametrize(("optimiser", "descent"), [("adam", WeightedSum(l1_weight=0)), ("adabreg", L1)])
def test_without_a_penalty_or_with_a_latent_vector_they_are_free(build, optimiser, descent, tmp_path):
    before, after, names = before_and_after(build, tmp_path, optimiser=optimiser, descent=descent)
    assert not torch.allclose(norms(after, names), norms(before, names), rtol=1e-3)


@pytest.mark.parametrize("build", [convolutional, Alone])
def test_with_group_l1_they_are_free_as_the_batch_norm_is_in_its_groups(build, tmp_path):
    before, after, names = before_and_after(build, tmp_path, complexity="group-l1", descent=L1)
    assert names
    assert not torch.allclose(norms(after, names), norms(before, names), rtol=1e-3)


@pytest.mark.parametrize("build", [convolutional, Alone])
def test_pruned_weights_stay_zero_and_the_others_take_over(build, tmp_path):
    pruning = Pruning(sparsity=0.5, every=6, regrow=False)
    before, after, names = before_and_after(build, tmp_path, descent=L1, pruning=pruning)
    weights = torch.cat([after.get_parameter(name).flatten() for name in sorted(names)])
    assert (weights == 0).sum() >= 2
    torch.testing.assert_close(norms(after, names), norms(before, names), rtol=0.3, atol=0)


def untaken(*before):
    """A network in which nothing takes the second channel of the first convolution."""
    network = convolutional()
    nn.init.zeros_(network[3].weight[:, 1])
    return nn.Sequential(*before, *network)


@pytest.mark.parametrize("build", [untaken, lambda: untaken(Shortcut())], ids=["stacked", "alone"])
def test_channels_that_nothing_takes_become_zero(build, tmp_path):
    """No gradient reaches them, so l1 alone would leave their norm to a last weight."""
    pruning = Pruning(threshold=1e-9, regrow=False)
    task = task_of(build)
    recipe = Recipe(descent=L1, pruning=pruning, optimiser="prox-sgd", batch_size=20, epochs=1)
    _, network = trained(task, recipe, tmp_path)
    first = network.get_parameter(min(kernels(task)))
    assert first.flatten(1).any(dim=1).tolist() == [True, False, True, True]


def test_a_channel_without_weights_stays_without():
    weights = {"0.weight": torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.3, 0.4]])}
    ChannelNorms(weights, {"0.weight": torch.tensor([[2.0], [1.0], [0.0]]).expand(3, 2)}).restore_()
    torch.testing.assert_close(weights["0.weight"], torch.tensor([[0.0, 0.0], [0.6, 0.8], [0.3, 0.4]]))
