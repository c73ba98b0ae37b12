"""Tasks of one's own: forms of data, drawn splits, what is penalised, losses of whole splits, and what is refused."""

import math
import tempfile
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import r2_score
from torch import nn
from torch.nn import functional
from torch.utils.data import Dataset, TensorDataset

from frontsearch import Checkpoints, Metric, Recipe, Task, Trainer, WeightedSum
from frontsearch.tasks.metrics import default_metrics, known_name
from frontsearch.training.batches import batch_sizes
from frontsearch.training.certificates import full_gradient
from frontsearch.trial import Status

ROWS, COLUMNS, CLASSES = 120, 6, 3


def table(seed=0, rows=ROWS):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, COLUMNS))
    return inputs, (inputs[:, :CLASSES] + 0.1 * rng.normal(size=(rows, CLASSES))).argmax(1)


def linear():
    return nn.Linear(COLUMNS, CLASSES)


def own(splits=None, **options):
    options = {"name": "own", "build": linear} | options
    return Task(splits={"train": table()} if splits is None else splits, **options)


class Pairs(Dataset):
    """A map-style data set of pairs."""

    def __init__(self, inputs, targets):
        self.inputs, self.targets = inputs, targets

    def __len__(self):
        return len(self.targets)

    def __getitem__(self, number):
        return torch.tensor(self.inputs[number], dtype=torch.float32), int(self.targets[number])


class Mapped(nn.Module):
    """A network with two named inputs."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(2, CLASSES), nn.Linear(4, CLASSES)

    def forward(self, left, right):
        return self.left(left) + self.right(right)


FORMS = {
    "arrays": lambda x, y: (x, y),
    "lists": lambda x, y: (x.tolist(), y.tolist()),
    "tensors": lambda x, y: (torch.tensor(x, dtype=torch.float32), torch.tensor(y)),
    "a TensorDataset": lambda x, y: TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y)),
    "a Dataset": Pairs,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_data_is_the_same_task(form):
    assert own({"train": FORMS[form](*table())}).fingerprint == own().fingerprint


@pytest.mark.parametrize("form", [tuple, lambda parts: dict(zip(("left", "right"), parts, strict=True))])
def test_several_inputs_are_arguments_and_a_dictionary_is_keywords(form):
    inputs, targets = table()
    task = own({"train": (form((inputs[:, :2], inputs[:, 2:])), targets)}, build=Mapped)
    trial = Trainer(task)(Recipe(epochs=20.0, batch_size=16, learning_rate=0.05))
    assert trial.metrics["test_error"] < 0.2


def test_a_task_prints_itself_in_one_line():
    text = "<Task 'own': Linear, 84 train, 18 validation, 18 test examples, inputs (6,), cross entropy, l1>"
    assert repr(own()) == str(own()) == text
    assert "Linear, 84" in repr(own(build=None, network=linear()))
    (left, right), targets = np.split(table()[0], [2], axis=1), table()[1]
    several = own({"train": ({"right": right, "left": left}, targets)}, build=Mapped, complexity="group-l1")
    assert "inputs left (2,), right (4,), cross entropy, group-l1>" in repr(several)


def test_missing_splits_are_drawn_disjoint_stratified_and_the_same_every_time():
    inputs, targets = table(rows=400)
    splits = own({"train": (inputs, targets)}, held_out=0.2).splits
    assert {split: len(examples.targets) for split, examples in splits.items()} == {
        "train": 240, "validation": 80, "test": 80,
    }  # fmt: skip
    rows = torch.cat([examples.inputs for examples in splits.values()])
    assert len(rows.unique(dim=0)) == 400
    shares = [examples.targets.bincount() / len(examples.targets) for examples in splits.values()]
    assert max(float((share - shares[0]).abs().max()) for share in shares) < 0.03
    again = own({"train": (inputs, targets)}, held_out=0.2).splits
    assert all(torch.equal(splits[split].inputs, again[split].inputs) for split in splits)


def test_given_splits_are_kept_and_only_the_missing_one_is_drawn():
    task = own({"train": table(), "validation": table(1)})
    assert len(task.splits["validation"].targets) == ROWS
    assert len(task.splits["train"].targets) == ROWS - 18


PENALISED = {
    "kernels": {"0.weight", "2.weight"},
    "dense": {"2.weight"},
    "all": {"0.weight", "0.bias", "2.weight", "2.bias"},
    "*.bias": {"0.bias", "2.bias"},
}


@pytest.mark.parametrize("rule", PENALISED)
def test_parameters_are_penalised_by_rule_or_pattern(rule):
    build = lambda: nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), nn.Linear(8, CLASSES))  # noqa: E731
    inputs, targets = table()
    task = own({"train": (inputs[:, None], targets)}, build=build, penalised=rule)
    assert task.penalised == PENALISED[rule]
    chosen = own({"train": (inputs[:, None], targets)}, build=build, penalised=lambda name, _: name in PENALISED[rule])
    assert chosen.penalised == task.penalised


def weighted_loss(outputs, targets, weights):
    """A weighted mean, example by example, in double precision."""
    losses = functional.cross_entropy(outputs.double(), targets, reduction="none")
    factors = weights.double()[targets]
    return float((factors * losses).sum() / factors.sum())


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.05, 20.0), min_size=CLASSES, max_size=CLASSES), st.integers(0, 99))
def test_a_weighted_loss_is_that_of_the_whole_split_whatever_its_order(weights, seed):
    inputs, targets = table(seed, rows=1_300)  # more than two pieces
    order = np.argsort(targets)  # whole pieces of one class
    weights = torch.tensor(weights)
    loss = nn.CrossEntropyLoss(weight=weights)
    splits = {"train": (inputs[order], targets[order]), "validation": table(1), "test": table(2)}
    task = own(splits, loss=loss, objective_split="train")
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(task, Checkpoints(folder))
        trial = trainer(Recipe(epochs=0.5, seed=seed))
        network = task.network(0)
        network.load_state_dict(trainer.load_checkpoint(trial.key)[0])
    examples = task.splits["train"]
    with torch.no_grad():
        expected = weighted_loss(network(examples.inputs), examples.targets, weights)
    assert trial.objectives[0] == pytest.approx(expected, rel=1e-5)
    loss(network(examples.inputs), examples.targets).backward()
    gradient = network.weight.grad.clone()
    _, found = full_gradient(task, network, trainer.scale)
    torch.testing.assert_close(found.view_as(gradient), gradient.double(), rtol=1e-3, atol=1e-6)


def test_batches_and_pieces_of_ignored_targets_alone_do_no_harm():
    inputs, targets = table(rows=1_200)
    targets[:1_000] = -100  # pieces of 500, and most batches of one example
    splits = {"train": (inputs, targets), "validation": (inputs, targets), "test": table(1)}
    trial = Trainer(own(splits))(Recipe(epochs=1.0, batch_size=2, learning_rate=0.01))
    assert trial.status is Status.COMPLETE
    assert trial.metrics["validation_cross_entropy"] < 0.9
    assert trial.metrics["validation_error"] < 0.5


@given(st.integers(1, 500), st.integers(1, 64))
def test_batches_hold_every_example_once_and_never_one_beside_others(count, size):
    sizes = batch_sizes(count, size)
    assert sum(sizes) == count
    assert size == 1 or count == 1 or 1 not in sizes
    assert all(found == size for found in sizes[:-1])


def test_a_last_batch_of_one_example_does_not_end_batch_normalisation():
    build = lambda: nn.Sequential(nn.Linear(COLUMNS, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, CLASSES))  # noqa: E731
    splits = {"train": table(rows=65), "validation": table(1), "test": table(2)}
    assert Trainer(own(splits, build=build))(Recipe(epochs=2.0, batch_size=32)).status is Status.COMPLETE


def test_a_transform_changes_training_batches_only_and_is_seeded_by_the_recipe():
    noisy = own(transform=lambda inputs: inputs + torch.randn_like(inputs))
    recipe = Recipe(epochs=2.0, batch_size=16, learning_rate=0.02, seed=3)
    first, again, plain = Trainer(noisy)(recipe), Trainer(noisy)(recipe), Trainer(own())(recipe)
    assert first.objectives == again.objectives != plain.objectives
    zero = own(transform=torch.zeros_like, penalised="all")
    trial = Trainer(zero)(Recipe(epochs=2.0, batch_size=16))
    assert trial.metrics["train_cross_entropy"] != pytest.approx(math.log(CLASSES), abs=1e-3)  # on the true inputs


LOSSES = {
    "cross entropy": (nn.CrossEntropyLoss(label_smoothing=0.1), {"error"}),
    "binary cross entropy": (functional.binary_cross_entropy_with_logits, {"error"}),
    "mean squared error": (nn.MSELoss(), {"r2"}),
    "smooth l1 loss": (partial(functional.smooth_l1_loss, beta=0.5), {"r2"}),
    "poisson NLL loss": (nn.PoissonNLLLoss(), set()),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_brings_its_name_and_its_metrics(name):
    loss, metrics = LOSSES[name]
    assert set(default_metrics(loss)) == metrics
    assert known_name(loss) == name


def test_one_logit_is_wrong_on_the_wrong_side_of_zero():
    measure = default_metrics(nn.BCEWithLogitsLoss())["error"].function
    outputs, targets = torch.tensor([[-2.0], [0.3], [5.0], [-0.1]]), torch.tensor([[0.0], [1.0], [0.0], [1.0]])
    assert measure(outputs, targets) == 0.5


def test_r2_is_that_of_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    outputs, targets = torch.randn(50, 3, generator=generator), torch.randn(50, 3, generator=generator)
    metric = default_metrics(nn.MSELoss())["r2"]
    assert metric.maximise
    assert metric.function(outputs, targets) == pytest.approx(r2_score(targets.numpy(), outputs.numpy()))


def test_metrics_of_ones_own_are_those_of_whole_splits():
    largest = Metric(function=lambda outputs, targets: float(outputs.max()), maximise=True)
    task = own(
        {"train": table(rows=1_500)}, metrics={"largest": largest, "rows": lambda outputs, targets: len(targets)}
    )
    metrics = Trainer(task)(Recipe(epochs=1.0)).metrics
    assert metrics["train_rows"] == len(task.splits["train"].targets)
    assert {"test_largest", "validation_largest"} <= set(metrics)
    assert "test_error" not in metrics


def test_a_trained_network_is_where_every_training_starts():
    trained = linear()
    task = own(build=None, network=trained)
    still = Trainer(task)(Recipe(epochs=0.1, batch_size=1, learning_rate=1e-12, descent=WeightedSum(l1_weight=0.0)))
    with torch.no_grad():
        outputs = trained(task.splits["test"].inputs)
    expected = float(functional.cross_entropy(outputs, task.splits["test"].targets))
    assert still.metrics["test_cross_entropy"] == pytest.approx(expected, rel=1e-5)
    assert torch.equal(task.network(7).weight, trained.weight)
    assert task.network(0) is not trained


class Empty(nn.Linear):
    def __init__(self):
        super().__init__(COLUMNS, CLASSES)
        self.empty = nn.Parameter(torch.zeros(0, 2))


class Raising(nn.Linear):
    def forward(self, _):
        raise KeyError("missing")


class Pair(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs), inputs


class Flat(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs).squeeze(-1)


class Nowhere(nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs) * torch.nan


class Broken(torch.utils.data.Dataset):
    """Examples, one of which cannot be read."""

    def __init__(self, broken):
        self.broken = broken

    def __len__(self):
        return ROWS

    def __getitem__(self, number):
        if number == self.broken:
            raise KeyError("no image")
        return table()[0][number], table()[1][number]


class Stream(torch.utils.data.IterableDataset):
    """Examples, which end with an error."""

    def __init__(self, length):
        self.length = length

    def __iter__(self):
        yield from zip(*(part[: self.length] for part in table()), strict=True)
        raise OSError("no more")


def halves():
    return table()[0], table()[1] / 2


def column():
    return table()[0], (table()[1] / 2)[:, None]


def squared(outputs, targets):
    return (outputs - targets).square().mean()


RETURN = "Return `outputs.squeeze(-1)` in `forward`, or give targets of shape (n, 1)."
NAN = (np.full((ROWS, COLUMNS), np.nan), table()[1])


def words():
    return nn.Sequential(nn.Embedding(20, 4), nn.Flatten(), nn.Linear(4 * COLUMNS, CLASSES))


INDICES = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS) % 20
TOO_LARGE = np.where(np.arange(ROWS)[:, None] == ROWS - 1, 20, INDICES)
WRONG = {
    "an index beyond the embedding": (
        {"build": words, "splits": {"train": (INDICES, table()[1]), "validation": (TOO_LARGE, table()[1])}},
        "takes the validation inputs, (120, 6) int64; its forward pass raised IndexError: index out of range",
    ),
    "kernels without entries": (
        {"build": Empty, "penalised": ["empty"]},
        "`penalised` must be parameters with entries; found {'empty': (0, 2)}.",
    ),
    "a predicate of names alone": (
        {"penalised": lambda name: name == "weight"},
        "`penalised` must be a function of a parameter's name and the parameter that returns True or False; for ",
    ),
    "no network": ({"build": None}, "`build` must be given, or `network`, and not both; found None."),
    "both": ({"network": linear()}, "`build` must be given, or `network`, and not both"),
    "a forward that raises": (
        {"build": lambda: Raising(COLUMNS, CLASSES)}, "takes the train inputs, (4, 6) float32; its forward pass raised",
    ),
    "a forward that returns a pair": (
        {"build": lambda: Pair(COLUMNS, CLASSES)},
        "`build` must be a function that returns a network whose forward pass returns one tensor; found 'tuple'.",
    ),
    "doubles": (
        {"splits": {"train": tuple(map(torch.tensor, table()))}}, "takes the train inputs, (4, 6) float64; its forward",
    ),
    "labels from 1": (
        {"splits": {"train": (table()[0], table()[1] + 1)}},
        "must be classes from 0 to 2, as the network has 3 outputs; found '1 to 3'.",
    ),
    "NaN in test": (
        {"splits": {"train": table(), "validation": table(), "test": NAN}},
        "`splits['test'].inputs` must be finite numbers; fill or drop the others; found 'NaN or infinity'.",
    ),
    "other columns in validation": (
        {"splits": {"train": table(), "validation": (table()[0][:, :4], table()[1]), "test": table()}},
        "`splits['validation']` must be of the parts, shapes and dtypes of the training examples",
    ),
    "one class": (
        {"splits": {"train": (table()[0], 0 * table()[1])}}, "must be of at least two classes; found 'only 0'",
    ),
    "a loss of each example": (
        {"loss": nn.CrossEntropyLoss(reduction="none")}, "`loss` must be a mean, one number; found (4,).",
    ),
    "a sum": ({"loss": nn.CrossEntropyLoss(reduction="sum")}, "`loss` must be a mean over examples"),
    "targets of another shape": ({"loss": nn.MSELoss(), "build": lambda: nn.Linear(COLUMNS, 1)}, "`loss` must take"),
    "texts": ({"splits": {"train": (table()[0], np.array(["a"] * ROWS))}}, "found an array of <U1; encode"),
    "a metric that raises": ({"metrics": {"f": lambda outputs, targets: 1 / 0}}, "`metrics['f']` must return a number"),
    "no splits": ({"splits": {}}, "`splits` must be a mapping of train and, if you have them, validation and test"),
    "no name": ({"name": " "}, "`name` must be a text that people know the task by, such as 'wine'; found ' '."),
    "a number for a name": ({"name": 3}, "`name` must be a text that people know the task by, such as 'wine'; found 3"),
    "an item that raises": (
        {"splits": {"train": table(), "test": Broken(7)}},
        "`splits['test']` must be a Dataset whose items can all be read; item 7 raised KeyError: 'no image'.",
    ),
    "an iterable that raises": (
        {"splits": {"train": Stream(3)}},
        "`splits['train']` must be a Dataset whose items can all be read; item 3 raised OSError: no more.",
    ),
    "targets of one dimension too few": (
        {"loss": nn.MSELoss(), "build": lambda: nn.Linear(COLUMNS, 1)}, RETURN,
    ),
    "targets of one dimension too few for binary classes": (
        {"loss": nn.BCEWithLogitsLoss(), "build": lambda: nn.Linear(COLUMNS, 1), "splits": {"train": halves()}}, RETURN,
    ),
    "targets of one dimension too many": (
        {"loss": nn.MSELoss(), "build": lambda: Flat(COLUMNS, 1), "splits": {"train": column()}},
        "Give targets of shape (n,), such as `targets.squeeze(-1)`.",
    ),
    "a loss of one's own that broadcasts": (
        {"loss": squared, "build": lambda: nn.Linear(COLUMNS, 1), "splits": {"train": halves()}},
        "of outputs (4, 1) float32 and train targets (4,) float32, it compares each with all. Return",
    ),
    "whole numbers for binary classes": (
        {"loss": nn.BCEWithLogitsLoss(), "build": lambda: nn.Linear(COLUMNS, 1)},
        "`splits['train'].targets` must be floating-point numbers for this loss, such as `targets.float()`; found",
    ),
    "numbers for classes": ({"splits": {"train": halves()}}, "Give numbers of classes, such as `targets.long()`."),
    "a column of classes": (
        {"splits": {"train": (table()[0], table()[1][:, None])}}, "Give targets of shape (n,), such as `targets.squ",
    ),
    "NaN among the outputs": (
        {"build": lambda: Nowhere(COLUMNS, CLASSES)}, "whose outputs for the train inputs are numbers; found 'NaN'.",
    ),
    "too few to hold out": ({"splits": {"train": tuple(part[:3] for part in table())}}, "enough examples to hold"),
    "nothing penalised": ({"penalised": lambda *_: False}, "`penalised` must be a choice of at least one parameter"),
}  # fmt: skip


def test_a_loss_of_ones_own_may_want_any_shapes():
    def paired(outputs, targets):
        return squared(outputs.squeeze(-1), targets)

    assert own(loss=paired, build=lambda: nn.Linear(COLUMNS, 1), splits={"train": halves()}).splits


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_go_together_is_refused_in_one_sentence_before_any_training(name):
    options, sentence = WRONG[name]
    with pytest.raises(ValueError, match=r"\.$") as raised:
        own(**options)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)
