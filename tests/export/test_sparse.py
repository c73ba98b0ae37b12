"""A network with sparse kernels computes what it computed, whatever kernel each of its layers chooses."""

import io
import json
import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch.export import timing
from frontsearch.export.sparse import KERNELS, SparseLinear, use_sparse_kernels

pytestmark = pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")


class Words(nn.Module):
    """Has linear layers over three dimensions, one without a bias, and one that has no zeros."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(12, 40, bias=False), nn.Linear(40, 6)
        self.last = nn.Linear(6, 3)

    def forward(self, inputs):
        hidden = torch.relu(self.second(torch.relu(self.first(inputs)))).view(inputs.shape[0], -1, 6)
        return self.last(hidden).sum(1)


def thinned(network):
    torch.manual_seed(1)
    for layer in (network.first, network.second):
        layer.weight.data[torch.rand_like(layer.weight) < 0.9] = 0
    return network.eval()


def program(network, inputs):
    return torch.export.export(network, (inputs,), dynamic_shapes=({0: torch.export.Dim("batch")},))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("shape", [(1, 12), (7, 12), (1, 5, 12), (7, 5, 12)])
def test_outputs_are_those_of_the_dense_kernels(kernel, shape, monkeypatch):
    network, inputs = thinned(Words()), torch.randn(shape)
    expected = network(inputs)
    module = program(network, torch.randn(3, *shape[1:])).module()
    use_sparse_kernels(module, kernel)
    layers = [layer for layer in module.modules() if isinstance(layer, SparseLinear)]
    assert len(layers) == 2
    with torch.no_grad():
        torch.testing.assert_close(module(inputs), expected)
        assert all(layer.chosen is not None for layer in layers)
        for chosen in range(1, 1 + len(layers[0].products)):
            for layer in layers:
                layer.chosen = chosen
            torch.testing.assert_close(module(inputs), expected)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_network_without_zeros_is_refused(kernel):
    module = program(nn.Linear(4, 2), torch.randn(3, 4)).module()
    with pytest.raises(ValueError, match="no linear layer of the smaller network has zeros"):
        use_sparse_kernels(module, kernel)


def test_a_sparse_kernel_with_other_outputs_is_not_timed(tmp_path, monkeypatch, capsys):
    torch.export.save(program(thinned(Words()), torch.randn(3, 12)), tmp_path / "small.pt2")
    np.savez(tmp_path / "inputs.npz", torch.randn(4, 12).numpy())
    wrong = lambda weight: [lambda inputs, bias: 2 * functional.linear(inputs, weight, bias)] * 9  # noqa: E731
    monkeypatch.setitem(KERNELS, "torch CSR", wrong)
    monkeypatch.setattr("frontsearch.export.sparse.timed", lambda calls, **_: {name: [-int(name)] for name in calls})
    request = {
        "engine": "torch", "threads": 1, "files": {"small": str(tmp_path / "small.pt2")}, "batches": [2],
        "inputs": str(tmp_path / "inputs.npz"), "names": ["file"], "by_keyword": False, "kernels": [*KERNELS],
    }  # fmt: skip
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(request)))
    timing.main()
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["seconds"]["2"]) == {"small", "scipy CSR"}
    assert set(answer["failed"]) == {"torch CSR"}
    assert answer["failed"]["torch CSR"].startswith("its outputs differ by ")
