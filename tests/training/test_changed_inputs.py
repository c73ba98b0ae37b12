"""A network that changes its inputs in place is trained, measured, compacted and exported as any other."""

import io

import onnxruntime
import pytest
import torch
from torch import nn

import frontsearch as fs
from frontsearch import Task, Trainer, UserError
from frontsearch.compaction import Compaction
from frontsearch.compaction.steps import find_channels
from frontsearch.export import compacted_network, exported, exporting
from frontsearch.export.timing import _sparse
from frontsearch.scale import canonical_scale
from frontsearch.training.objectives import stacked_outputs

COUNT = 60


class InPlace(nn.Module):
    """Normalises its inputs in place."""

    def __init__(self):
        super().__init__()
        self.hidden, self.last = nn.Linear(10, 16), nn.Linear(16, 3)

    def forward(self, inputs):
        inputs -= 0.5
        inputs *= 2
        return self.last(torch.relu(self.hidden(inputs)))


class TwoInPlace(InPlace):
    """Changes both of its inputs."""

    def forward(self, first, second):
        return super().forward(first.sub_(second.mul_(3)))


class LikeWeights(InPlace):
    """Changes its inputs by weights, which torch cannot batch."""

    def forward(self, inputs):
        inputs -= 0.5
        inputs += self.last.bias.sum()
        return super().forward(inputs)


def examples():
    return torch.rand(COUNT, 10, generator=torch.Generator().manual_seed(0))


TASKS = {
    "one": lambda: Task(name="one", splits={"train": (examples(), torch.arange(COUNT) % 3)}, build=InPlace),
    "two": lambda: Task(
        name="two", splits={"train": ((examples(), examples() / 7), torch.arange(COUNT) % 3)}, build=TwoInPlace
    ),
    "dictionary": lambda: Task(
        name="two",
        splits={"train": ({"first": examples(), "second": examples() / 7}, torch.arange(COUNT) % 3)},
        build=TwoInPlace,
    ),
}


@pytest.fixture(params=TASKS)
def task(request):
    return TASKS[request.param]()


def half_dead(network):
    """The network without one half of its hidden units."""
    with torch.no_grad():
        network.hidden.weight[8:], network.hidden.bias[8:] = 0, 0
    return network.eval()


def test_it_is_compacted(task):
    compaction = compacted_network(task, half_dead(task.network(0)))
    assert compaction.network.hidden.weight.shape == (8, 10)
    assert not compaction.unchanged
    assert not compaction.unfollowed


@pytest.mark.parametrize("form", ["onnx", "torch", "safetensors"])
def test_it_is_exported_and_the_file_computes_the_same(task, form):
    network = half_dead(task.network(0))
    content = exported(task, network.state_dict(), form=form, dense=False, metadata={}).content
    one = task.splits["test"].inputs
    if not isinstance(one, torch.Tensor) or form == "safetensors":
        return
    if form == "onnx":
        found = torch.from_numpy(onnxruntime.InferenceSession(content).run(["outputs"], {"inputs": one.numpy()})[0])
    else:
        found = torch.export.load(io.BytesIO(content)).module()(one.clone())
    assert torch.allclose(found, network(one.clone()), atol=1e-5)


def test_a_smaller_network_with_other_outputs_is_told_in_words_of_python(monkeypatch):
    point = fs.search(TASKS["one"](), epochs=4, quiet=True).front[0]
    other = Compaction(InPlace().eval(), (), (0, 0), None)
    monkeypatch.setattr(exporting, "compact", lambda *_, **__: other)
    with pytest.raises(UserError, match=r"^The smaller network .* differ by .* Export it whole, with `dense`\.$"):
        point.network(compact=True)


def test_its_units_are_rescaled_and_left_out_in_training(task):
    assert not canonical_scale(task).raw_because
    assert Trainer(task).channels.kernels


def test_checks_and_measures_leave_its_inputs_as_they_are(task):
    before = {split: given.map(torch.clone) for split, given in task.splits.items()}
    network, inputs = task.network(0).eval(), task.splits["train"].inputs
    find_channels(network, inputs)
    list(fs.search(task, epochs=4, quiet=True).front)
    for split, given in task.splits.items():
        assert all(torch.equal(tensor, before[split].tensors[name]) for name, tensor in given.tensors.items())


@pytest.mark.parametrize("build", [InPlace, LikeWeights])
def test_several_networks_are_measured_on_inputs_of_their_own(build):
    networks, inputs = [build().eval(), build().eval()], examples()
    expected = torch.stack([network(inputs.clone()) for network in networks])
    assert torch.allclose(stacked_outputs(networks)(inputs), expected, atol=1e-6)


def test_its_sparse_kernels_are_compared_on_the_same_inputs(tmp_path):
    task = TASKS["one"]()
    content = exported(task, half_dead(task.network(0)).state_dict(), form="torch", dense=True, metadata={}).content
    (tmp_path / "small.pt2").write_bytes(content)
    request = {"files": {"small": tmp_path / "small.pt2"}, "threads": 1, "by_keyword": False}
    given = examples()
    outputs = _sparse("scipy CSR", {"inputs": given.clone().numpy()}, request)()  # raised, were they compared otherwise
    assert torch.allclose(outputs, half_dead(task.network(0))(given.clone()), atol=1e-5)
