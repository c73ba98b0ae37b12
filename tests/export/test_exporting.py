"""An exported file computes what the network computes, without frontsearch where the format allows it."""

import json
import logging
import re
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

import frontsearch as fs
from frontsearch import Task, UserError, load_network
from frontsearch.export import FORMATS, exported, format_of
from frontsearch.tasks.networks import perceptron


def examples(*shape, count=60):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(count, *shape, generator=generator), torch.arange(count) % 3


class Two(nn.Module):
    """Takes two inputs."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(6, 8), nn.Linear(4, 8), nn.Linear(8, 3)

    def forward(self, first, second):
        return self.last(torch.relu(self.first(first) + self.second(second)))


class AnyNumber(Two):
    """Takes any number of inputs."""

    def forward(self, *inputs):
        return super().forward(*inputs)


class OtherOrder(Two):
    """Names its inputs in another order than the alphabet's."""

    def forward(self, second, first):
        return super().forward(first, second)


def convolutional():
    return nn.Sequential(
        nn.Conv2d(2, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, groups=8), nn.ReLU(),
        nn.ConvTranspose2d(8, 6, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3, bias=False),
    )  # fmt: skip


TASKS = {
    "dense": lambda: Task(name="dense", splits={"train": examples(12)}, build=lambda: perceptron(12, 20, 10, 3)),
    "convolutional": lambda: Task(name="conv", splits={"train": examples(2, 8, 8)}, build=convolutional),
    "two inputs": lambda: Task(
        name="two", splits={"train": ((examples(6)[0], examples(4)[0]), examples(6)[1])}, build=Two
    ),
    "a dictionary": lambda: Task(
        name="named", splits={"train": ({"first": examples(6)[0], "second": examples(4)[0]}, examples(6)[1])}, build=Two
    ),
    "any number of inputs": lambda: Task(
        name="any", splits={"train": ((examples(6)[0], examples(4)[0]), examples(6)[1])}, build=AnyNumber
    ),
    "a dictionary in another order": lambda: Task(
        name="order", build=OtherOrder,
        splits={"train": ({"first": examples(6)[0], "second": examples(4)[0]}, examples(6)[1])},
    ),
}  # fmt: skip


def weights_of(task):
    """A state dict with dead rows and columns, random statistics and minus zeros."""
    torch.manual_seed(4)
    network = task.network(0)
    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if tensor.ndim == 1:
                tensor.uniform_(0.5, 1.5)
            elif tensor.ndim > 1:
                tensor[torch.rand(len(tensor)) < 0.4] *= -0.0
                if name != "first.weight":
                    tensor[:, torch.rand(tensor.shape[1]) < 0.3] = 0
    return network.state_dict()


@pytest.fixture(params=sorted(TASKS))
def task(request):
    return TASKS[request.param]()


def whole(task, weights):
    network = task.network(0)
    network.load_state_dict(weights)
    return network.eval()


def outputs(network, inputs):
    with torch.no_grad():
        if isinstance(inputs, dict):
            return network(**inputs)
        return network(*inputs) if isinstance(inputs, tuple) else network(inputs)


@pytest.mark.parametrize("dense", [False, True])
def test_safetensors_give_the_same_network(task, dense, tmp_path):
    weights, inputs = weights_of(task), task.splits["test"].inputs
    done = exported(task, weights, form="safetensors", dense=dense, metadata={"trial": "abc"})
    (tmp_path / "a.safetensors").write_bytes(done.content)
    tensors = load_file(tmp_path / "a.safetensors")
    assert not any(
        bool((tensor.signbit() & (tensor == 0)).any()) for tensor in tensors.values() if tensor.is_floating_point()
    )
    loaded, expected = load_network(task.network(5), tmp_path / "a.safetensors"), whole(task, weights)
    torch.testing.assert_close(outputs(loaded, inputs), outputs(expected, inputs), atol=1e-6, rtol=1e-5)
    sizes = [sum(each.numel() for each in network.parameters()) for network in (loaded, expected)]
    assert (sizes[0] == sizes[1]) == dense
    assert not loaded.training
    if dense:
        task.network(1).load_state_dict(tensors)


@pytest.mark.parametrize("dense", [False, True])
def test_onnx_files_run_in_onnxruntime_for_any_number_of_examples(task, dense, tmp_path):
    weights, inputs = weights_of(task), task.splits["test"].inputs
    content = exported(task, weights, form="onnx", dense=dense, metadata={"trial": "abc"}).content
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    expected = outputs(whole(task, weights), inputs).numpy()
    parts = (
        list(inputs.values()) if isinstance(inputs, dict) else list(inputs) if isinstance(inputs, tuple) else [inputs]
    )
    names = [each.name for each in session.get_inputs()]
    assert names == (
        list(inputs) if isinstance(inputs, dict) else ["inputs"] if len(parts) == 1 else ["input0", "input1"]
    )
    # torch 2.13.0 calls the dimension s77 or the like where the program has a name for it.
    assert {each.shape[0] for each in (*session.get_inputs(), *session.get_outputs())} == {"batch"}
    for count in (1, 2, 7):
        (found,) = session.run(
            ["outputs"], {name: part[:count].numpy() for name, part in zip(names, parts, strict=True)}
        )
        np.testing.assert_allclose(found, expected[:count], atol=1e-5)
    assert session.get_modelmeta().custom_metadata_map["trial"] == "abc"
    # torch 2.13.0 writes a stack trace into every node of an ONNX file.
    assert not re.search(rb"/[\w/.-]+\.py", content)


class Attending(nn.Module):
    """Attention with four heads."""

    def __init__(self):
        super().__init__()
        self.attention, self.output = nn.MultiheadAttention(8, 4, batch_first=True), nn.Linear(8, 3)

    def forward(self, inputs):
        return self.output(self.attention(inputs, inputs, inputs, need_weights=False)[0].mean(1))


def test_nothing_but_the_file_comes_of_an_export_to_onnx(caplog):
    """onnxscript 0.7.2 warns of each split with several outputs that it does not compute beforehand."""
    task = Task(name="attention", splits={"train": examples(5, 8)}, build=Attending)
    weights = task.network(0).state_dict()
    weights["attention.out_proj.weight"][:, :2] = 0
    exported(task, weights, form="onnx", dense=False, metadata={})
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_programs_of_torch_export_load_without_frontsearch(task, tmp_path):
    weights, inputs = weights_of(task), task.splits["test"].inputs
    content = exported(task, weights, form="torch", dense=False, metadata={}).content
    (tmp_path / "a.pt2").write_bytes(content)
    # torch 2.13.0 writes stack traces and the example inputs, here data of the test split, into a program's file.
    with zipfile.ZipFile(tmp_path / "a.pt2") as file:
        assert not any(re.search(rb"/[\w/.-]+\.py", file.read(name)) for name in file.namelist())
    first = (list(inputs.values()) if isinstance(inputs, dict) else inputs if isinstance(inputs, tuple) else [inputs])[
        0
    ]
    assert first[:2].numpy().tobytes() not in content
    loaded = torch.export.load(tmp_path / "a.pt2").module()
    torch.testing.assert_close(outputs(loaded, inputs), outputs(whole(task, weights), inputs), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("dense", [False, True])
def test_programs_keep_how_kernels_lie_in_memory(dense, tmp_path):
    task = TASKS["convolutional"]()
    content = exported(task, weights_of(task), form="torch", dense=dense, metadata={}).content
    (tmp_path / "a.pt2").write_bytes(content)
    loaded = torch.export.load(tmp_path / "a.pt2").module()
    kernel = loaded.state_dict()["0.weight"]
    assert (len(kernel) == 8) == dense
    assert kernel.is_contiguous(memory_format=torch.channels_last)
    assert not kernel.is_contiguous()


DECLARED = {"class_names": ["zero", "one", "zwö"], "normalisation": {"mean": [0.5, 0.1], "std": [0.25]}}


def metadata_of(content, form, path):
    """What a file says of itself, read as its format's own package reads it."""
    path.write_bytes(content)
    match form:
        case "onnx":
            texts = onnxruntime.InferenceSession(path).get_modelmeta().custom_metadata_map
            return {name: json.loads(text) if name in DECLARED else text for name, text in texts.items()}
        case "torch":
            extra = {"frontsearch.json": ""}
            torch.export.load(path, extra_files=extra)
            return json.loads(extra["frontsearch.json"])
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["frontsearch"])


@pytest.mark.parametrize("form", FORMATS)
def test_files_say_where_they_come_from_and_what_the_task_declares(form, tmp_path):
    plain = TASKS["convolutional"]()
    normalisation = tuple(DECLARED["normalisation"].values())
    task = replace(plain, class_names=DECLARED["class_names"], normalisation=normalisation)
    origin = {"trial": "abc", "task": "conv"}
    for each, declared in ((plain, {}), (task, DECLARED)):
        done = exported(each, weights_of(each), form=form, dense=False, metadata=origin)
        found = metadata_of(done.content, form, tmp_path / "file")
        assert found == {**origin, "network": "Sequential", **declared}


class Named(nn.Module):
    """Has a parameter of this name."""

    def __init__(self, name):
        super().__init__()
        self.layer, self.name = nn.Linear(6, 3), name
        self.register_parameter(name, nn.Parameter(torch.ones(6)))

    def forward(self, given):
        return self.layer(given * getattr(self, self.name))


class TakesOutputs(Two):
    """Has an input of the name that a file gives what it returns."""

    def forward(self, first, outputs):
        return super().forward(first, outputs)


TAKEN = {
    "a parameter called inputs": lambda: (examples(6)[0], lambda: Named("inputs")),
    "a parameter called outputs": lambda: (examples(6)[0], lambda: Named("outputs")),
    "an input called outputs": lambda: ({"first": examples(6)[0], "outputs": examples(4)[0]}, TakesOutputs),
}


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_an_onnx_file_gives_otherwise_are_refused_in_one_line(name):
    inputs, build = TAKEN[name]()
    task = Task(name="taken", splits={"train": (inputs, examples(6)[1])}, build=build)
    sentence = (
        "^The ONNX file must load in onnxruntime, which raised .* and outputs: no parameter, buffer or other input"
    )
    with pytest.raises(UserError, match=sentence) as caught:
        exported(task, task.network(0).state_dict(), form="onnx", dense=False, metadata={})
    assert "\n" not in str(caught.value)


PROGRAM = """
import sys, json
import numpy as np, onnxruntime
inputs, targets = np.load(sys.argv[1]), np.load(sys.argv[2])
session = onnxruntime.InferenceSession(sys.argv[3])
(logits,) = session.run(None, {session.get_inputs()[0].name: inputs})
shifted = logits - logits.max(1, keepdims=True)
losses = np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(targets)), targets]
print(json.dumps([float(losses.mean()), float((logits.argmax(1) != targets).mean()), "frontsearch" in sys.modules]))
"""


def test_a_program_without_frontsearch_finds_the_reported_figures(tmp_path):
    result = fs.search(TASKS["dense"](), epochs=30, out=tmp_path / "run", method="path")
    point = result.front[0]
    point.export(tmp_path / "small.onnx")
    split = result.task.splits["test"]
    np.save(tmp_path / "x.npy", split.inputs.numpy())
    np.save(tmp_path / "y.npy", split.targets.numpy())
    command = [sys.executable, "-c", PROGRAM, *(str(tmp_path / name) for name in ("x.npy", "y.npy", "small.onnx"))]
    loss, error, imported = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert not imported
    assert loss == pytest.approx(point.metrics["test_cross_entropy"], rel=1e-5)
    assert error == pytest.approx(point.metrics["test_error"])
    small = point.network(compact=True)
    torch.testing.assert_close(small(split.inputs), point.network()(split.inputs), atol=1e-6, rtol=1e-5)


def test_formats_go_by_name_or_ending(tmp_path):
    assert {name: format_of(None, tmp_path / f"a{known.suffix}") for name, known in FORMATS.items()} == {
        n: n for n in FORMATS
    }
    assert format_of("onnx", tmp_path / "a.bin") == "onnx"
    assert format_of(None, tmp_path / "a.bin") == "safetensors"
    with pytest.raises(UserError, match="there is no format 'onx': did you mean 'onnx'"):
        format_of("onx", None)


def test_without_the_packages_of_onnx_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    task = TASKS["dense"]()
    with pytest.raises(
        UserError, match=r"ONNX needs onnxruntime, which is not installed; `pip install 'frontsearch\[onnx\]'`"
    ):
        exported(task, weights_of(task), form="onnx", dense=False, metadata={})


class Branching(nn.Module):
    """Does something else with one example, which a graph with any number of examples cannot say."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(12, 3)

    def forward(self, inputs):
        outputs = self.layer(inputs)
        return outputs if len(inputs) > 1 else outputs + 1


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_a_graph_that_computes_something_else_is_not_written(form):
    task = Task(name="branching", splits={"train": examples(12)}, build=Branching)
    with pytest.raises(
        UserError, match=r"must have the outputs of the network|cannot be made a graph|fails on 1 examples"
    ):
        exported(task, weights_of(task), form=form, dense=False, metadata={})


WRONG = {
    "another network": (lambda: perceptron(12, 20, 3), "is of another network: "),
    "a smaller network": (lambda: perceptron(12, 4, 4, 3), "is of another network: 1.bias has shape"),
    "another dtype": (lambda: perceptron(12, 20, 10, 3).double(), "is torch.float32, in the network torch.float64"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_of_another_network_is_refused_and_the_network_stays(name, tmp_path):
    build, sentence = WRONG[name]
    task = TASKS["dense"]()
    (tmp_path / "a.safetensors").write_bytes(
        exported(task, weights_of(task), form="safetensors", dense=False, metadata={}).content
    )
    network = build()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    with pytest.raises(UserError, match=sentence):
        load_network(network, tmp_path / "a.safetensors")
    assert all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())


def test_a_file_that_is_none_is_one_sentence(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    for path in (tmp_path / "a.safetensors", tmp_path / "none"):
        with pytest.raises(UserError, match="must be a safetensors file; it cannot be read"):
            load_network(perceptron(2, 2), path)
