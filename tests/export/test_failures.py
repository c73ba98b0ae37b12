"""A network that a format cannot hold is refused in one sentence, and nothing is written."""

import io

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import frontsearch as fs
from frontsearch import Task, UserError
from frontsearch.export import exported
from frontsearch.export.failures import written_as

COUNT = 60


class Words(nn.Module):
    """Has a layer that is called by a word of Python."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({"in": nn.Linear(10, 8), "act": nn.Tanh(), "out": nn.Linear(8, 3)})

    def forward(self, inputs):
        for layer in self.layers.values():
            inputs = layer(inputs)
        return inputs


class FrozenBackbone(nn.Module):
    """Switches the gradient off for its first layer."""

    def __init__(self):
        super().__init__()
        self.backbone, self.head = nn.Linear(10, 8).requires_grad_(requires_grad=False), nn.Linear(8, 3)

    def forward(self, inputs):
        with torch.set_grad_enabled(False):
            features = self.backbone(inputs)
        return self.head(torch.relu(features))


class Counting(nn.Module):
    """Counts its examples by a function."""

    def __init__(self, count):
        super().__init__()
        self.count, self.token, self.layer = count, nn.Parameter(torch.zeros(1, 2)), nn.Linear(12, 3)

    def forward(self, inputs):
        return self.layer(torch.cat([self.token.expand(self.count(inputs), -1), inputs], 1))


class Deciding(nn.Module):
    """Does something else if its inputs are small."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(10, 3)

    def forward(self, inputs):
        return self.layer(inputs if inputs.sum() > 0 else -inputs)


def orthogonal():
    return nn.Sequential(parametrizations.orthogonal(nn.Linear(10, 10)), nn.ReLU(), nn.Linear(10, 3))


def convolution():
    return nn.Sequential(nn.Unflatten(1, (1, 10)), nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3))


def task(build, dtype=torch.float32):
    inputs = torch.rand(COUNT, 10, generator=torch.Generator().manual_seed(0), dtype=dtype)
    return Task(name="e", splits={"train": (inputs, torch.arange(COUNT) % 3)}, build=lambda: build().to(dtype))


PROGRAM, ONNX = r"a torch\.export program, where torch raised", "ONNX, where torch raised"
REFUSED = {
    "a word of Python in a program": (
        Words,
        "torch",
        rf"{PROGRAM} SyntaxError: .*, as the module 'layers\.in' has a word",
    ),
    "a word of Python in ONNX": (Words, "onnx", rf"{ONNX} SyntaxError: .*, as the module 'layers\.in' has a word"),
    "orthogonal layers": (orthogonal, "onnx", f"{ONNX} DispatchError: No ONNX function found for .*linalg_matrix_exp"),
    "no gradient": (FrozenBackbone, "torch", f"{PROGRAM} SpecViolationError: .*set_grad"),
}


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_torch_cannot_write_is_refused_with_its_reason(name, dense):
    build, form, sentence = REFUSED[name]
    made = task(build)
    with pytest.raises(UserError, match=f"^The network cannot be written as {sentence}") as raised:
        exported(made, made.network(0).state_dict(), form=form, dense=dense, metadata={})
    assert str(raised.value).isprintable()
    assert "[9" not in str(raised.value)
    assert str(raised.value).endswith("; export it as safetensors.")


GRAPH = r"^The network cannot be made a graph by torch\.export, which this format needs, "


@pytest.mark.parametrize("form", ["torch", "onnx"])
@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Counting(len), r"as .* a constant: use `x\.shape\[0\]` in place of `len\(x\)` .*, or"),
        (lambda: Counting(lambda inputs: int(inputs.shape[0])), "as .* a constant: .*, or"),
        (Deciding, "where torch raised .*;"),
    ],
)
def test_a_network_that_is_no_graph_is_refused_with_a_remedy(build, sentence, form):
    made = task(build)
    with pytest.raises(UserError, match=f"{GRAPH}{sentence} export it as safetensors\\.$"):
        exported(made, made.network(0).state_dict(), form=form, dense=True, metadata={})


def test_a_number_of_examples_by_the_shape_is_a_graph():
    made = task(lambda: Counting(lambda inputs: inputs.shape[0]))
    state, inputs = made.network(0).state_dict(), torch.rand(7, 10)
    content = exported(made, state, form="torch", dense=True, metadata={}).content
    program = torch.export.load(io.BytesIO(content)).module()
    network = Counting(len)
    network.load_state_dict(state)
    torch.testing.assert_close(program(inputs), network(inputs))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_an_operator_that_onnxruntime_has_not_for_a_dtype_is_named_as_that(dtype):
    made = task(convolution, dtype)
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(UserError, match=rf"has few operators for {name}: train .* `network\.float\(\)`") as raised:
        exported(made, made.network(0).state_dict(), form="onnx", dense=False, metadata={})
    assert "can be called so" not in str(raised.value)


def test_colours_of_a_terminal_are_left_out():
    made = task(Words)
    sentence = "written as ONNX, where torch raised RuntimeError: step 2/3; export it as safetensors"
    with pytest.raises(UserError, match=sentence), written_as("ONNX", made.network(0)):
        raise RuntimeError("\x1b[96mstep 2/3\x1b[0m.")


def test_nothing_is_written(tmp_path):
    point = fs.search(task(Words), epochs=30, method="path", quiet=True).front[0]
    with pytest.raises(UserError, match="cannot be written as ONNX"):
        point.export(tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())
