"""What is trained beside a training changes none of its bits."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from frontsearch.recipe import MultiGradient, Pruning, Recipe, UPGrad, WarmStart, WeightedSum
from frontsearch.tasks import Task, breast_cancer, digits, iris
from frontsearch.training import Checkpoints, Trainer, stacked_task

BUILT_IN = (digits(), digits(network="linear", objective="train"), iris(), breast_cancer())
ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU)
OPTIMISERS = ("prox-adam", "adam", "rmsprop", "sgd", "prox-sgd", "adabreg", "linbreg", "madam", "mrmsprop", "mpg")
ONLY_MULTI = {"madam", "mrmsprop", "mpg"}
MAY_BE_MULTI = ONLY_MULTI | {"adam", "rmsprop", "sgd"}


class Chain:
    """A function that builds a chain of layers."""

    def __init__(self, sizes, activation, *, normalised):
        self.sizes, self.activation, self.normalised = sizes, activation, normalised

    def __call__(self):
        layers = []
        for number, (inputs, outputs) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            if number:
                layers += [nn.BatchNorm1d(inputs)] * self.normalised + [self.activation()]
            layers.append(nn.Linear(inputs, outputs, bias=number % 2 == 0 or self.normalised))
        return nn.Sequential(*layers)


class Images:
    """A function that builds a network of convolutions."""

    def __init__(self, shape, channels, pool, *, normalised, outputs):
        self.shape, self.channels, self.pool, self.normalised, self.outputs = shape, channels, pool, normalised, outputs

    def __call__(self):
        layers, inputs = [], 1
        for channels in self.channels:
            layers += [nn.Conv2d(inputs, channels, 3, padding=1, bias=not self.normalised)]
            layers += [nn.BatchNorm2d(channels)] * self.normalised + [nn.ReLU(), self.pool, nn.Dropout2d(0.1)]
            inputs = channels
        body = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2))
        features = body.eval()(torch.zeros(1, *self.shape)).shape[1]
        return nn.Sequential(*body, nn.Linear(features, self.outputs)).train()


@st.composite
def tasks(draw):
    """Built-in tasks, and small ones whose layers have widths that fit into no vector of a processor."""
    if draw(st.booleans()):
        return draw(st.sampled_from(BUILT_IN))
    count, outputs = draw(st.integers(20, 90)), draw(st.integers(2, 9))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 99)))
    targets, loss = torch.arange(count) % outputs, nn.CrossEntropyLoss(label_smoothing=draw(st.sampled_from([0, 0.1])))
    if draw(st.booleans()):
        targets, loss = torch.randn(count, outputs, generator=generator), nn.MSELoss()
    shape, build = draw(images(outputs) if draw(st.booleans()) else rows(outputs))
    splits = dict.fromkeys(("train", "validation", "test"), (torch.randn(count, *shape, generator=generator), targets))
    return Task(name="chain", splits=splits, build=build, loss=loss)


@st.composite
def rows(draw, outputs):
    columns, hidden = draw(st.integers(1, 40)), draw(st.lists(st.integers(1, 33), max_size=3))
    activation, normalised = draw(st.sampled_from(ACTIVATIONS)), draw(st.booleans())
    return (columns,), Chain([columns, *hidden, outputs], activation, normalised=normalised)


@st.composite
def images(draw, outputs):
    shape = 1, draw(st.integers(4, 9)), draw(st.integers(4, 9))
    channels = draw(st.lists(st.integers(1, 7), min_size=1, max_size=2))
    pool = draw(st.sampled_from([nn.MaxPool2d(2), nn.AvgPool2d(2), nn.MaxPool2d(3, stride=2, padding=1)]))
    return shape, Images(shape, channels, pool, normalised=draw(st.booleans()), outputs=outputs)


@st.composite
def recipes(draw, batch_size):
    optimiser = draw(st.sampled_from(OPTIMISERS))
    multi = optimiser in ONLY_MULTI or (optimiser in MAY_BE_MULTI and draw(st.booleans()))
    kind = UPGrad if optimiser != "mpg" and draw(st.booleans()) else MultiGradient
    l1_weight = draw(st.sampled_from([1e-3, 1e-2] if optimiser == "linbreg" else [0, 1e-3, 1e-2]))
    return Recipe(
        descent=kind(l1_scale=0.1) if multi else WeightedSum(l1_weight=l1_weight),
        optimiser=optimiser,
        learning_rate=draw(st.sampled_from([1e-3, 1e-2, 1e-2, 1e30])),
        learning_rate_schedule=draw(st.sampled_from(["constant", "cosine"])),
        batch_size=batch_size,
        epochs=draw(st.sampled_from([1.0, 2.0, 2.5])),
        pruning=Pruning(
            threshold=draw(st.sampled_from([0, 1e-3, 1e-2])), sparsity=draw(st.sampled_from([0, 0, 0.5])),
            relative=draw(st.booleans()), begin=draw(st.sampled_from([0, 1])), every=draw(st.integers(1, 7)),
            ramp=draw(st.sampled_from(["constant", "cubic"])), regrow=draw(st.booleans()),
        ),
        seed=draw(st.integers(0, 99)),
    )  # fmt: skip


@st.composite
def companies(draw):
    batch_size = draw(st.sampled_from([7, 16, 30, 1000]))
    return draw(st.lists(recipes(batch_size), min_size=2, max_size=8, unique=True))


def outcome(trial):
    return trial.status, trial.objectives, trial.metrics, trial.epochs, trial.checkpoint_sha256


def trained(task, folder, groups):
    """The outcome of each recipe when each group is trained together."""
    trainer = Trainer(task, Checkpoints(folder))
    return {trial.recipe: outcome(trial) for group in groups for trial in trainer.train(group)}


@settings(max_examples=40, deadline=None)
@given(task=tasks(), company=companies(), data=st.data())
def test_a_training_has_the_same_bits_alone_in_any_company_and_in_any_order(tmp_path_factory, task, company, data):
    folder = tmp_path_factory.mktemp("company")
    assert stacked_task(task) is not None
    together = trained(task, folder / "together", [company])
    shuffled = data.draw(st.permutations(company))
    cut = data.draw(st.integers(1, len(company) - 1))
    assert trained(task, folder / "alone", [[recipe] for recipe in shuffled]) == together
    assert trained(task, folder / "halves", [shuffled[:cut], shuffled[cut:]]) == together


def test_so_has_a_warm_start_with_its_optimisers_state(tmp_path):
    task, kept = iris(), Checkpoints(tmp_path)
    parents = Trainer(task, kept).train([Recipe(batch_size=30, epochs=epochs, seed=1) for epochs in (3, 5, 7)])
    company = [
        Recipe(start=WarmStart(trial=parent.key, optimiser=True), batch_size=30, epochs=4, seed=seed)
        for seed, parent in enumerate(parents)
    ]
    together = [outcome(trial) for trial in Trainer(task, kept).train(company)]
    assert [outcome(Trainer(task, kept)(recipe)) for recipe in company] == together


def test_a_training_that_diverges_leaves_and_is_charged_up_to_that_step():
    task = digits()
    recipe = Recipe(batch_size=64, epochs=4, learning_rate=1e-2)
    steep = Recipe(batch_size=64, epochs=4, learning_rate=1e30, optimiser="sgd")
    fine, diverged = Trainer(task).train([recipe, steep])
    alone = Trainer(task)
    vars(alone)["stacked"] = None
    assert diverged.objectives is None
    assert diverged.epochs == alone(steep).epochs < 2
    assert outcome(fine) == outcome(Trainer(task)(recipe))
