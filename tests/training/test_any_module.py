"""Whatever trains in torch trains here: figures are those of the kept weights, and the same every time."""

import copy
from dataclasses import replace
from functools import cache

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from frontsearch import Checkpoints, FromScratch, Recipe, Task, Trainer, WarmStart, WeightedSum, search
from frontsearch.recipe import MultiGradient, Offspring, Pruning, UPGrad
from frontsearch.trial import Status

ROWS, COLUMNS, CLASSES, WORDS, LENGTH = 60, 6, 3, 11, 5


@cache
def examples(kind, seed):
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(ROWS) % CLASSES
    if kind == "words":
        words = torch.randint(CLASSES, WORDS, (ROWS, LENGTH), generator=generator)
        words[:, 0] = targets
        return words, targets
    return torch.randn(ROWS, COLUMNS, generator=generator) + functional.one_hot(targets, COLUMNS), targets


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(COLUMNS, COLUMNS), nn.BatchNorm1d(COLUMNS)
        self.drop, self.output = nn.Dropout(0.2), nn.Linear(COLUMNS, CLASSES)

    def forward(self, inputs):
        return self.output(inputs + self.drop(self.norm(self.first(inputs)).relu()))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(WORDS, 8)
        self.attention, self.output = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, CLASSES)

    def forward(self, words):
        embedded = self.embed(words)
        return self.output(self.attention(embedded, embedded, embedded, need_weights=False)[0].mean(1))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(WORDS, 8)
        layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
        self.encoder, self.output = nn.TransformerEncoder(layer, 2), nn.Linear(8, CLASSES)

    def forward(self, words):
        return self.output(self.encoder(self.embed(words))[:, 0])


class Recurrent(nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        self.embed = nn.Embedding(WORDS, 4, padding_idx=0, **options)
        self.cell, self.output = kind(4, 6, batch_first=True), nn.Linear(6, CLASSES)

    def forward(self, words):
        return self.output(self.cell(self.embed(words))[0][:, -1])


class Tied(nn.Module):
    """A weight under two names, and a module that is used twice."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(COLUMNS, 4, bias=False), nn.Linear(COLUMNS, 4)
        self.decoder.weight = self.encoder.weight
        self.shared, self.output = nn.Linear(4, 4), nn.Linear(4, CLASSES)

    def forward(self, inputs):
        hidden = self.encoder(inputs).relu() + self.decoder(inputs)
        return self.output(self.shared(self.shared(hidden).relu()))


class Frozen(nn.Module):
    """A frozen layer, a frozen integer weight and buffers of every kind."""

    def __init__(self):
        super().__init__()
        self.first, self.output = nn.Linear(COLUMNS, 8).requires_grad_(requires_grad=False), nn.Linear(8, CLASSES)
        self.order = nn.Parameter(torch.randperm(8), requires_grad=False)
        self.register_buffer("mean", torch.zeros(COLUMNS))
        self.register_buffer("steps", torch.tensor(0))
        self.register_buffer("one", torch.ones(1), persistent=False)
        self.register_buffer("phase", torch.zeros(2, dtype=torch.complex64))
        self.register_buffer("nothing", None)

    def forward(self, inputs):
        if self.training:
            self.steps += 1
            self.mean.lerp_(inputs.mean(0), 0.1)
        return self.output(self.first((inputs - self.mean) * self.one).relu()[:, self.order])


class Typed(nn.Module):
    """A body and a head of different dtypes."""

    def __init__(self, body, head):
        super().__init__()
        self.body, self.head = nn.Linear(COLUMNS, 8, dtype=body), nn.Linear(8, CLASSES, dtype=head)

    def forward(self, inputs):
        return self.head(self.body(inputs.to(self.body.weight.dtype)).relu().to(self.head.weight.dtype)).float()


class PartlyInEvaluation(nn.Sequential):
    """Keeps its normalisation in evaluation mode, as people do with pretrained layers."""

    def train(self, mode=True):  # noqa: FBT002 - torch's signature
        super().train(mode)
        self[1].eval()
        return self


class Scaled(nn.Module):
    """Has a parameter without dimensions and one without entries."""

    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(COLUMNS, 8), nn.Linear(8, CLASSES)
        self.scale, self.empty = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.zeros(0))

    def forward(self, inputs):
        return self.scale * self.head(torch.relu(self.body(inputs)))


class InPlace(nn.Sequential):
    def forward(self, inputs):
        return super().forward(inputs.sub_(0.5).relu_())


def normed():
    return nn.Linear(COLUMNS, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, CLASSES)


def weight_normed():
    return nn.Sequential(parametrizations.weight_norm(nn.Linear(COLUMNS, 8)), nn.Tanh(), nn.Linear(8, CLASSES))


def shared_twice():
    layer = nn.Linear(COLUMNS, COLUMNS)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(COLUMNS, CLASSES))


def image_network():
    layers = nn.Unflatten(1, (1, 2, 3)), nn.Conv2d(1, 4, 2), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten()
    return nn.Sequential(*layers, nn.Linear(8, CLASSES))


NETWORKS = {
    "normalisation and dropout": ("numbers", Residual, "kernels"),
    "convolution": ("numbers", image_network, "all"),
    "attention": ("words", Attention, "kernels"),
    "a transformer": ("words", Transformer, ["encoder.*.weight", "encoder.*proj_weight"]),
    "an LSTM": ("words", lambda: Recurrent(nn.LSTM), "kernels"),
    "a GRU": ("words", lambda: Recurrent(nn.GRU), "all"),
    "a sparse embedding": ("words", lambda: Recurrent(nn.GRU, sparse=True), ["embed.weight"]),
    "tied weights": ("numbers", Tied, ["encoder.weight", "decoder.weight", "shared.weight"]),
    "a shared module": ("numbers", shared_twice, "kernels"),
    "frozen weights and buffers": ("numbers", Frozen, "kernels"),
    "a head in float64": ("numbers", lambda: Typed(torch.float32, torch.float64), ["body.weight"]),
    "a head in bfloat16": ("numbers", lambda: Typed(torch.float32, torch.bfloat16), "kernels"),
    "a body in bfloat16": ("numbers", lambda: Typed(torch.bfloat16, torch.float32), "kernels"),
    "a module kept in evaluation mode": ("numbers", lambda: PartlyInEvaluation(*normed()), "kernels"),
    "a scalar and no entries": ("numbers", Scaled, ["body.weight", "scale", "empty"]),
    "inputs changed in place": ("numbers", lambda: InPlace(*normed()), "kernels"),
    "a normalised weight": ("numbers", weight_normed, ["0.parametrizations.weight.original0", "2.weight"]),
}
RECIPE = Recipe(epochs=2.0, batch_size=16, learning_rate=0.02, descent=WeightedSum(l1_weight=0.02), seed=5)


def task(name, **options):
    kind, build, penalised = NETWORKS[name]
    splits = {split: examples(kind, seed) for seed, split in enumerate(("train", "validation", "test"))}
    return Task(name=name, splits=splits, **{"build": build, "penalised": penalised} | options)


def kept(trainer, trial):
    network = trainer.task.network(0)
    network.load_state_dict(trainer.load_checkpoint(trial.key)[0])
    return network.eval()


def assert_true(trainer, trial, *, rounding=1e-5):
    """The figures of a trial are those that plain torch computes from its checkpoint."""
    network = kept(trainer, trial)
    assert trial.status is Status.COMPLETE
    for seed, split in enumerate(("train", "validation", "test")):
        inputs, targets = examples(NETWORKS[trainer.task.name][0], seed)
        with torch.no_grad():
            outputs = network(inputs.clone())
        loss, wrong = functional.cross_entropy(outputs, targets), (outputs.argmax(1) != targets).double().mean()
        assert trial.metrics[f"{split}_cross_entropy"] == pytest.approx(float(loss), rel=rounding)
        assert trial.metrics[f"{split}_error"] == pytest.approx(float(wrong), abs=0.05 if rounding > 1e-5 else 0)
    named = dict(network.named_parameters())  # tied weights once
    penalised = [named[name].detach() for name in trainer.task.penalised]
    assert trial.metrics["nonzeros"] == sum(int(each.count_nonzero()) for each in penalised)
    assert trial.metrics["prunable"] == sum(each.numel() for each in penalised)
    l1 = sum(float(each.double().abs().sum()) for each in penalised)
    assert trial.metrics["l1_raw"] == pytest.approx(l1, rel=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_l1_is_that_of_the_kept_weights_at_their_scale_of_measurement(name, tmp_path):
    trainer = Trainer(task(name), Checkpoints(tmp_path))
    trial = trainer(replace(RECIPE, descent=WeightedSum(l1_weight=1e-4)))
    network, rates = kept(trainer, trial), trainer.scale.rates(kept(trainer, trial))
    expected = sum(float((rates[each] * network.get_parameter(each).detach().double().abs()).sum()) for each in rates)
    assert trial.objectives[1] == trial.metrics["l1"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", NETWORKS)
def test_group_l1_is_that_of_the_kept_weights_at_their_scale_of_measurement(name, tmp_path):
    trainer = Trainer(task(name, complexity="group-l1"), Checkpoints(tmp_path))
    trial = trainer(replace(RECIPE, descent=WeightedSum(l1_weight=1e-4)))  # no unit dies, which would count for nothing
    assert_true(trainer, trial)
    network, groups = kept(trainer, trial), trainer.scale.groups
    rates, squares, sizes = trainer.scale.rates(network), {}, {}
    for parameter, of_entries in groups.items():
        scaled = network.get_parameter(parameter).detach().double() * rates[parameter]
        for group, value in zip(of_entries.flatten().tolist(), scaled.flatten().tolist(), strict=True):
            squares[group] = squares.get(group, 0.0) + value**2
            sizes[group] = sizes.get(group, 0) + 1
    expected = sum((sizes[group] * square) ** 0.5 for group, square in squares.items())
    assert trial.objectives[1] == trial.metrics["group_l1"] == pytest.approx(expected, rel=1e-6)


@pytest.fixture(params=NETWORKS)
def trainer(request, tmp_path):
    return Trainer(task(request.param), Checkpoints(tmp_path / "checkpoints"))


def test_figures_are_those_of_the_kept_weights_and_the_same_every_time(trainer, tmp_path):
    start = Trainer(trainer.task, trainer.checkpoints)(
        Recipe(start=FromScratch(density=0.5), epochs=0.26, batch_size=16)
    )
    first = trainer(RECIPE)
    assert_true(trainer, first)
    other = Trainer(task(trainer.task.name), Checkpoints(tmp_path / "again"))
    again = other(RECIPE)
    assert first.metrics == again.metrics
    states = zip(trainer.load_checkpoint(first.key), other.load_checkpoint(again.key), strict=True)
    assert all(torch.equal(one[name], two[name]) for one, two in states for name in one)
    assert first.objectives[0] < start.objectives[0]  # it has learned


@pytest.mark.parametrize("optimiser", [True, False])
def test_a_warm_start_continues_where_its_parent_ended(trainer, optimiser):
    parent = trainer(RECIPE)
    still = Recipe(
        epochs=0.25, batch_size=16, learning_rate=1e-30, start=WarmStart(trial=parent.key, optimiser=optimiser),
        descent=WeightedSum(l1_weight=0.0),
    )  # fmt: skip
    child = trainer(still)
    assert_true(trainer, child)
    assert child.metrics["l1_raw"] == pytest.approx(parent.metrics["l1_raw"])


OTHERS = {
    "pruned": Recipe(epochs=1.0, batch_size=16, pruning=Pruning(sparsity=0.8)),
    "straight through": Recipe(epochs=1.0, batch_size=16, pruning=Pruning(sparsity=0.8, straight_through=True)),
    "adabreg": Recipe(epochs=1.0, batch_size=16, optimiser="adabreg", start=FromScratch(density=0.5)),
    "smgd": Recipe(epochs=1.0, batch_size=16, optimiser="sgd", descent=MultiGradient(l1_scale=0.01)),
    "upgrad": Recipe(epochs=1.0, batch_size=16, optimiser="adam", descent=UPGrad(l1_scale=0.01)),
    "mpg": Recipe(epochs=1.0, batch_size=16, optimiser="mpg", descent=MultiGradient(l1_scale=0.01)),
    "shrunk": Recipe(epochs=1.0, batch_size=16, start=FromScratch(density=0.3)),
}


@pytest.mark.parametrize("recipe", OTHERS.values(), ids=OTHERS)
def test_every_kind_of_training_gives_true_figures(trainer, recipe):
    assert_true(trainer, trainer(recipe))


def test_crossovers_of_two_trainings_give_true_figures(trainer):
    parents = [trainer(RECIPE), trainer(Recipe(epochs=1.0, batch_size=16, seed=8))]
    first, second = (parent.key for parent in parents)
    recipes = [Recipe(start=Offspring(trial=first, other=second), seed=seed) for seed in range(2)]
    rounding = 1e-3 if "bfloat16" in trainer.task.name else 1e-5  # products of several networks are added differently
    for trial in trainer.train(recipes):
        assert_true(trainer, trial, rounding=rounding)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_frozen_weights_never_change(tmp_path, decay):
    trainer = Trainer(task("frozen weights and buffers", weight_decay=0.0), Checkpoints(tmp_path))
    if decay:
        own = task("frozen weights and buffers", build=Frozen, penalised=["output.bias"], weight_decay=decay)
        trainer = Trainer(own, Checkpoints(tmp_path))
    trials = [trainer(RECIPE)]
    trials.append(trainer(Recipe(epochs=1.0, start=WarmStart(trial=trials[0].key), descent=WeightedSum(l1_weight=0.1))))
    trials.append(trainer(Recipe(start=Offspring(trial=trials[0].key, other=trials[1].key))))
    states = [trainer.load_checkpoint(trial.key)[0] for trial in trials]
    assert all(torch.equal(states[0][name], state[name]) for state in states for name in ("first.weight", "order"))
    assert not torch.equal(states[0]["output.weight"], states[1]["output.weight"])
    assert int(states[0]["steps"]) == 8


def test_tied_weights_are_penalised_once_by_any_of_their_names():
    names = ["encoder.weight"], ["decoder.weight"], ["encoder.weight", "decoder.weight"], "*coder.weight"
    assert {task("tied weights", penalised=each).penalised for each in names} == {frozenset({"encoder.weight"})}
    assert task("tied weights", penalised="kernels").penalised == {"encoder.weight", "shared.weight", "output.weight"}


def test_the_gradients_of_a_sparse_embedding_are_those_of_a_dense_one():
    plain = task("a sparse embedding", build=lambda: Recurrent(nn.GRU))
    assert Trainer(plain)(RECIPE).metrics == Trainer(task("a sparse embedding"))(RECIPE).metrics


@pytest.mark.parametrize(("body", "head"), [(torch.float32, torch.float64), (torch.bfloat16, torch.float32)])
def test_every_parameter_keeps_its_dtype_and_is_moved_along_its_gradient(tmp_path, body, head):
    build = lambda: Typed(body, head)  # noqa: E731
    own = task("a head in float64", build=build)
    recipe = Recipe(
        epochs=1.0, batch_size=ROWS, optimiser="sgd", learning_rate=0.5, momentum=0.0,
        learning_rate_schedule="constant", descent=WeightedSum(l1_weight=0.0),
    )  # fmt: skip
    trainer = Trainer(Task(name="t", splits=own.splits, network=own.network(0)), Checkpoints(tmp_path))
    found = kept(trainer, trainer(recipe)).state_dict()
    network = own.network(0)
    inputs, targets = examples("numbers", 0)
    functional.cross_entropy(network(inputs), targets).backward()
    torch.optim.SGD(network.parameters(), lr=0.5).step()
    for name, expected in network.state_dict().items():
        assert found[name].dtype == expected.dtype == (body if name.startswith("body") else head)
        torch.testing.assert_close(found[name], expected, rtol=1e-2 if body == torch.bfloat16 else 1e-5, atol=1e-4)


def test_a_network_may_arrive_as_it_was_left(tmp_path):
    network = nn.Sequential(*normed())
    fresh = copy.deepcopy(network).requires_grad_(requires_grad=True)
    network(examples("numbers", 0)[0]).sum().backward()  # leaves gradients and statistics
    fresh.load_state_dict(network.state_dict())
    calls = []
    network.eval().register_forward_hook(lambda *_: calls.append(1))
    before = copy.deepcopy(network.state_dict())
    trainers = [
        Trainer(task("a module kept in evaluation mode", build=None, network=each), Checkpoints(tmp_path / name))
        for name, each in (("arrived", network), ("fresh", fresh))
    ]
    vars(trainers[1])["stacked"] = None  # as one with hooks, which is trained alone
    arrived, plain = (trainer(RECIPE) for trainer in trainers)
    assert arrived.metrics == plain.metrics
    assert calls
    assert all(torch.equal(before[name], each) for name, each in network.state_dict().items())
    assert network[0].weight.grad is not None


@pytest.mark.parametrize("name", ["normalisation and dropout", "a transformer", "a head in bfloat16"])
def test_a_search_finds_a_front_of_any_of_them(name, tmp_path):
    recipe = Recipe(batch_size=16, learning_rate=0.02)
    result = search(
        task(name), method="path", epochs=12, training=recipe, l1_weights=(1e-3, 1.0), out=tmp_path, quiet=True
    )
    assert result.front
    assert result.pick().network().state_dict().keys() == task(name).network(0).state_dict().keys()
