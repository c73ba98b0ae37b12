"""ONNX files are measured without the study they come from; others are refused, and none is unpickled."""

import onnx
import pytest
import torch
from torch import nn

from frontsearch import Task, UserError
from frontsearch.export import benchmark_files, exported

METADATA = {"trial": "ab" * 16, "study": "\x1b[31mwide"}


def written(path, *, features=40, dense=False):
    """An ONNX file of a network with 24 of 600 units alive, whose input has the name of a parameter of numpy.savez."""
    torch.manual_seed(0)
    inputs = torch.rand(60, features)
    build = lambda: nn.Sequential(nn.Linear(features, 600), nn.ReLU(), nn.Linear(600, 3))  # noqa: E731
    task = Task(name="wide", splits={"train": (inputs, torch.arange(60) % 3)}, build=build)
    state = task.network(0).state_dict()
    state["0.weight"][24:] = 0
    content = exported(task, state, form="onnx", dense=dense, metadata=METADATA).content
    model = onnx.load_model_from_string(content)
    model.graph.input[0].name = "file"
    for node in model.graph.node:
        node.input[:] = ["file" if name == "inputs" else name for name in node.input]
    path.write_bytes(model.SerializeToString())
    return path


def test_one_file_has_sizes_and_times_and_says_where_it_is_from(tmp_path):
    found = benchmark_files([written(tmp_path / "small.onnx")])
    (file,) = found.files
    assert file.size[0] == (tmp_path / "small.onnx").stat().st_size > file.size[1]
    assert file.parameters == 24 * 41 + 3 * 25
    assert (file.metadata["trial"], file.metadata["study"]) == ("ab" * 16, "[31mwide")
    assert {timing.batch for timing in found.timings} == {1, 64, 256}
    for timing in found.timings:
        assert (timing.engine, timing.ratios, timing.is_faster) == ("onnxruntime", (), False)
        assert [len(rounds) for rounds in timing.rounds] == [15]


def test_two_files_take_turns(tmp_path):
    paths = [written(tmp_path / "dense.onnx", dense=True), written(tmp_path / "small.onnx")]
    found = benchmark_files(paths)
    assert [file.path for file in found.files] == paths
    (large,) = {timing.is_faster for timing in found.timings if timing.batch == 256}
    assert large
    assert all(len(timing.ratios) == 15 for timing in found.timings)


def test_two_files_with_other_inputs_are_refused(tmp_path):
    paths = [written(tmp_path / "a.onnx"), written(tmp_path / "b.onnx", features=8)]
    with pytest.raises(UserError, match=r"same inputs; found file float32\[40\] and file float32\[8\]"):
        benchmark_files(paths)


class Trap:
    """Unpickling it would be a fault."""

    def __reduce__(self):
        return pytest.fail, ("a file was unpickled",)


def test_a_program_of_torch_is_not_opened(tmp_path):
    torch.save(Trap(), tmp_path / "program.pt2")
    with pytest.raises(UserError, match=r"program\.pt2 is not opened, because torch\.export\.load runs any code"):
        benchmark_files([tmp_path / "program.pt2"])


def model_of(**changes):
    info = onnx.helper.make_tensor_value_info
    given = info("x", onnx.TensorProto.FLOAT, changes.get("shape", ["batch", 2]))
    node = onnx.helper.make_node("Nothing" if "unknown" in changes else "Add", ["x", "w"], ["y"])
    weights = onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, [2], [1.0, 2.0])
    if "external" in changes:
        weights.external_data.add(key="location", value="/etc/hostname")
        weights.data_location = onnx.TensorProto.EXTERNAL
    graph = onnx.helper.make_graph([node], "g", [given], [info("y", onnx.TensorProto.FLOAT, ["batch", 2])], [weights])
    opset = onnx.helper.make_opsetid("", 18)
    return onnx.helper.make_model(graph, ir_version=9, opset_imports=[opset]).SerializeToString()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it has no inputs"),
        (b"no model", "must be an ONNX file; it cannot be read"),
        (model_of(external=True), "keeps its weights in another file"),
        (model_of(shape=[4, 2]), r"its input 'x' is \[4, 2\]"),
        (model_of(shape=["batch", "length"]), r"its input 'x' is \['\?', '\?'\]"),
        (model_of(shape=["batch", 10**9]), "nothing else of variable size"),
        (model_of(shape=[]), "must take any number of examples"),
        (model_of(unknown=True), r"onnxruntime must run .*other\.onnx; it fails: "),
    ],
)
def test_a_file_of_another_program_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "other.onnx").write_bytes(content)
    with pytest.raises(UserError, match=sentence):
        benchmark_files([tmp_path / "other.onnx"])
