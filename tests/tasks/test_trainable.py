"""What cannot be trained, or not be kept, is refused in one sentence before the first step."""

import pytest
import torch
from torch import nn

from frontsearch import Recipe, Task, Trainer
from frontsearch.trial import Status

ROWS, COLUMNS, CLASSES = 60, 6, 3
TARGETS = torch.arange(ROWS) % CLASSES
INPUTS = torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(0))
FORMS = {"tensor": INPUTS, "tuple": (INPUTS[:, :2], INPUTS[:, 2:]), "dict": {"a": INPUTS[:, :2], "b": INPUTS[:, 2:]}}


class Network(nn.Module):
    """A network that takes any form of the same inputs."""

    def __init__(self):
        super().__init__()
        self.output = nn.Linear(COLUMNS, CLASSES)

    def forward(self, *parts, **named):
        return self.output(torch.cat([*parts, *named.values()], dim=1))


def task(form="tensor", **options):
    splits = dict.fromkeys(("train", "validation", "test"), (FORMS[form], TARGETS))
    return Task(**{"name": "own", "splits": splits, "build": Network, "penalised": "all"} | options)


TRANSFORMS = {
    "tensor": lambda inputs: inputs + torch.randn_like(inputs),
    "tuple": lambda inputs: tuple(each + torch.randn_like(each) for each in inputs),
    "dict": lambda inputs: {name: each + torch.randn_like(each) for name, each in inputs.items()},
}


@pytest.mark.parametrize("form", TRANSFORMS)
def test_a_transform_takes_and_returns_the_form_of_the_inputs(form):
    recipe = Recipe(epochs=2.0, batch_size=16, learning_rate=0.05)
    own = task(form, transform=TRANSFORMS[form])
    first, again, plain = (Trainer(each)(recipe).metrics for each in (own, own, task(form)))
    assert first == again != plain


def test_a_transform_in_place_leaves_the_data_as_they_were():
    before = INPUTS.clone()
    trial = Trainer(task(transform=lambda inputs: inputs.mul_(0).add_(1)))(Recipe(epochs=1.0, batch_size=16))
    assert trial.status is Status.COMPLETE
    assert torch.equal(INPUTS, before)


WRONG_TRANSFORMS = {
    "another dtype": ("tensor", torch.Tensor.double, "{'inputs': '32 rows of float64'}"),
    "fewer rows": ("tuple", lambda inputs: (inputs[0][:3], inputs[1]), "{'inputs.0': '3 rows of float32', 'inputs.1'"),
    "another form": ("dict", lambda inputs: tuple(inputs.values()), "{'inputs.0': '32 rows of float32', 'inputs.1'"),
    "a part too few": ("dict", lambda inputs: {"a": inputs["a"]}, "{'inputs.a': '32 rows of float32'}"),
}


@pytest.mark.parametrize("name", WRONG_TRANSFORMS)
def test_a_transform_that_changes_more_than_numbers_is_refused(name):
    form, transform, found = WRONG_TRANSFORMS[name]
    with pytest.raises(ValueError, match=r"^`transform` must be a function that keeps the form, the dtypes") as raised:
        task(form, transform=transform)
    assert f"found {found}" in str(raised.value).replace('"', "")


def images(network, transform):
    inputs = torch.rand(ROWS, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Task(name="own", splits={"train": (inputs, TARGETS)}, build=network, transform=transform)


def test_a_transform_that_makes_shapes_that_the_network_does_not_take_is_named():
    flat = lambda: nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, CLASSES))  # noqa: E731
    with pytest.raises(ValueError, match=r"^`transform` must return inputs that the network takes, and ") as raised:
        images(flat, lambda inputs: inputs[..., 1:7, 1:7])
    made = "makes {'inputs': (32, 3, 6, 6)} of {'inputs': (32, 3, 8, 8)}; a forward and a backward pass of 32 training"
    assert made in str(raised.value)


def test_a_transform_may_change_shapes_where_the_network_takes_them():
    pooled = lambda: nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, CLASSES))  # noqa: E731
    own = images(pooled, lambda inputs: inputs[..., 1:7, 1:7])
    assert Trainer(own)(Recipe(epochs=1.0, batch_size=16)).status is Status.COMPLETE


@pytest.mark.parametrize("transform", [lambda inputs: inputs.nothing, lambda inputs: None])
def test_a_transform_that_fails_is_named(transform):
    with pytest.raises(ValueError, match=r"^`transform` must take a batch of training inputs, .*; it raised \w+: "):
        task(transform=transform)


def with_buffer(*, persistent, seen=False):
    class Buffered(Network):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", torch.zeros(COLUMNS) if seen else torch.rand(COLUMNS), persistent=persistent)

        def forward(self, inputs):
            if seen and self.training:
                self.mean = inputs.mean(0) + 5
            return self.output(inputs - self.mean)

    return Buffered


class Counting(Network):
    """A network whose outputs depend on a number that no state dict holds."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def forward(self, inputs):
        self.steps += self.training
        return self.output(inputs) / (1 + self.steps)


class Caching(Network):
    """A network that keeps what it has computed, which changes no output."""

    def __init__(self):
        super().__init__()
        self.register_buffer("cache", torch.zeros(1), persistent=False)

    def forward(self, inputs):
        self.cache = torch.arange(inputs.shape[1]) / 10
        return self.output(inputs + self.cache)


LOST = {
    "a buffer drawn at random": with_buffer(persistent=False),
    "a buffer changed in training": with_buffer(persistent=False, seen=True),
    "an attribute changed in training": Counting,
}
KEPT = {
    "a buffer drawn at random": with_buffer(persistent=True),
    "a buffer changed in training": with_buffer(persistent=True, seen=True),
    "a cache": Caching,
}


@pytest.mark.parametrize("name", LOST)
def test_outputs_that_depend_on_more_than_the_state_dict_are_refused(name):
    with pytest.raises(ValueError, match=r"^`build` must be a function that returns a network whose state dict is all"):
        task(build=LOST[name])


@pytest.mark.parametrize("name", KEPT)
def test_outputs_that_the_state_dict_determines_are_fine(name):
    assert task(build=KEPT[name])


def test_networks_that_share_what_training_changes_are_refused():
    layer = nn.Linear(COLUMNS, CLASSES)
    for build in (lambda: layer, lambda: nn.Sequential(layer), lambda: nn.Sequential(nn.BatchNorm1d(COLUMNS), layer)):
        with pytest.raises(ValueError, match=r"a new network at each call; .*the same .*weight, .*bias twice'\.$"):
            task(build=build)
    encoder = nn.Linear(COLUMNS, COLUMNS).requires_grad_(requires_grad=False)
    assert task(build=lambda: nn.Sequential(encoder, nn.Linear(COLUMNS, CLASSES)))


class Single(nn.Sequential):
    def forward(self, inputs):
        if self.training:
            raise ZeroDivisionError("no training")
        return super().forward(inputs)


class Complex(Network):
    def __init__(self):
        super().__init__()
        self.phase = nn.Parameter(torch.ones(COLUMNS, dtype=torch.complex64))

    def forward(self, inputs):
        return self.output((inputs * self.phase).abs())


class Sparse(Network):
    def __init__(self):
        super().__init__()
        self.register_buffer("matrix", torch.eye(COLUMNS).to_sparse())

    def forward(self, inputs):
        return self.output(torch.sparse.mm(self.matrix, inputs.T).T)


def unlearnable():
    return nn.Sequential(nn.Linear(COLUMNS, CLASSES), Detached())


class Detached(nn.Module):
    def forward(self, inputs):
        return inputs.detach()


class Quantised(Network):
    def __init__(self):
        super().__init__()
        table = torch.quantize_per_tensor(torch.ones(CLASSES), 0.1, 0, torch.qint8)
        self.register_buffer("table", table)

    def forward(self, inputs):
        return self.output(inputs) + self.table.dequantize()


def all_frozen():
    return Network().requires_grad_(requires_grad=False)


REFUSED = {
    "training mode fails": (lambda: Single(nn.Linear(COLUMNS, CLASSES)), "training mode raised ZeroDivisionError: no"),
    "no gradient": (unlearnable, "training mode raised RuntimeError: element 0 of tensors does not require grad"),
    "complex parameters": (
        Complex,
        "with real parameters, as l1 is of real numbers; found ['phase, torch.complex64'].",
    ),
    "sparse tensors": (Sparse, "of plain tensors, neither sparse nor quantised ones; found ['matrix']."),
    "quantised tensors": (Quantised, "of plain tensors, neither sparse nor quantised ones; found ['table']."),
    "all frozen": (all_frozen, "with parameters that require a gradient; found 'Network'."),
}


@pytest.mark.filterwarnings("ignore")  # torch is about to drop quantised tensors
@pytest.mark.parametrize("given", ["build", "network"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_trained_is_refused(name, given):
    build, sentence = REFUSED[name]
    options = {"build": build} if given == "build" else {"build": None, "network": build()}
    with pytest.raises(ValueError, match=r"^`(build|network)` must [^\n]*\.$") as raised:
        task(**options)
    assert sentence in str(raised.value)
    assert "raised" in sentence or str(raised.value).startswith(f"`{given}` must be a")


@pytest.mark.skipif(torch.cuda.device_count() == 0, reason="needs a GPU")
def test_a_network_on_two_devices_is_refused():
    build = lambda: nn.Sequential(nn.Linear(COLUMNS, 4), nn.Linear(4, CLASSES, device="cuda"))  # noqa: E731
    with pytest.raises(ValueError, match="on one device"):
        task(build=build)


def test_a_network_that_cannot_be_copied_is_refused():
    network = Network()
    network.last = network(INPUTS)
    with pytest.raises(ValueError, match=r"^`network` must be a network that `copy\.deepcopy` can copy; that raised"):
        task(build=None, network=network)


class Replaced(nn.Linear):
    """Its norm is limited by another tensor in place of its weight."""

    def forward(self, inputs):
        self.weight.data = torch.renorm(self.weight.data, 2, 0, 1.0)
        return super().forward(inputs)


class Limited(nn.Linear):
    """Its norm is limited in place."""

    def forward(self, inputs):
        self.weight.data.copy_(torch.renorm(self.weight.data, 2, 0, 1.0))
        return super().forward(inputs)


def tied():
    network = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 4))
    network[2].weight = nn.Parameter(network[0].weight.t())
    return network


class Stopped(nn.Sequential):
    """The gradient does not reach its first layer."""

    def forward(self, inputs):
        return self[1](self[0](inputs).detach())


def small(build, **changes):
    inputs = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    return Task(name="small", build=build, splits={"train": (inputs, torch.arange(40) % 4)}, **changes)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: nn.Sequential(Replaced(4, 4), nn.Linear(4, 4)), r"changes weights only in place.*0\.weight"),
        (tied, r"memory of their own.*weight in that of"),
        (lambda: Stopped(nn.Linear(4, 4), nn.Linear(4, 4)), r"that the gradient of the loss reaches.*0\.weight"),
    ],
)
def test_weights_that_could_not_be_trained_as_they_are_meant_are_refused(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        small(build)


def test_weights_that_are_limited_in_place_are_trained_within_their_limit():
    task = small(lambda: nn.Sequential(Limited(4, 4), nn.Linear(4, 4)), penalised=["1.weight"])
    assert Trainer(task)(Recipe(epochs=2, batch_size=10)).objectives is not None


def test_a_layer_without_a_gradient_may_be_left_out_of_the_penalty():
    assert small(lambda: Stopped(nn.Linear(4, 4), nn.Linear(4, 4)), penalised=["1.weight"]).penalised == {"1.weight"}


def test_so_may_one_that_nothing_uses():
    class Unused(nn.Linear):
        def __init__(self):
            super().__init__(4, 4)
            self.spare = nn.Linear(4, 4)

    assert "spare.weight" in small(Unused).penalised
