"""An exported ONNX file keeps the convolutions that onnxruntime computes fast for the whole network."""

import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from frontsearch import Task
from frontsearch.export import compacted_network, exported
from frontsearch.export.formats import FORMATS, Chosen

CHANNELS, DEAD = 32, 9


def separable():
    return nn.Sequential(
        nn.Conv2d(3, CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, groups=CHANNELS),
        nn.ReLU(),
        nn.Conv2d(CHANNELS, 16, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


@pytest.fixture
def task():
    images = torch.rand(40, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    return Task(name="separable", splits={"train": (images, torch.arange(40) % 4)}, build=separable)


@pytest.fixture
def network(task):
    torch.manual_seed(0)
    network = task.network(0).eval()
    with torch.no_grad():
        for layer in (network[0], network[2]):
            layer.weight[:DEAD], layer.bias[:DEAD] = 0, 0
        network[4].weight[:, :DEAD] = 0
    return network


def fast_convolutions(content, tmp_path):
    """Whether onnxruntime computes each convolution of a file by blocks of channels, in forward order."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 3  # it warns that such a file is for this machine
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    nodes = onnx.load(tmp_path / "optimised.onnx").graph.node
    return [node.domain == "com.microsoft.nchwc" for node in nodes if node.op_type.endswith("Conv")]


def test_a_smaller_network_has_the_fast_convolutions_of_the_whole_one(task, network, tmp_path):
    """onnxruntime 1.32.0 leaves them out where the number of channels is no multiple of four.

    The condition is in its nchwc_transformer.cc.
    """
    whole, small = (
        exported(task, network.state_dict(), form="onnx", dense=dense, metadata={}) for dense in (True, False)
    )
    if not all(fast_convolutions(whole.content, tmp_path)):
        pytest.skip("onnxruntime has no blocks of channels on this processor")
    assert fast_convolutions(small.content, tmp_path) == [True] * 3
    assert [layer.units for layer in small.compaction.layers] == [(32, 24), (32, 24), (16, 16)]
    exact = FORMATS["onnx"].content(Chosen.of(task, compacted_network(task, network), {}))
    assert fast_convolutions(exact, tmp_path) == [True, False, False]


def test_other_formats_keep_no_dead_channel(task, network):
    small = exported(task, network.state_dict(), form="safetensors", dense=False, metadata={})
    assert [layer.units for layer in small.compaction.layers] == [(32, 23), (32, 23), (16, 16)]


def test_a_graph_is_the_same_however_kernels_lie_in_memory(task, tmp_path):
    """With input channels last, torch 2.13.0 writes the strides of what is pooled: a range, a gathering, reshaping."""
    network = task.network(0)
    assert network[0].weight.stride()[1] == 1
    content = exported(task, network.state_dict(), form="onnx", dense=True, metadata={}).content
    assert not {"Gather", "Range"} & {node.op_type for node in onnx.load_from_string(content).graph.node}
