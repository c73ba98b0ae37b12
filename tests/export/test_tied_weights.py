"""Weights that are tied in a network are tied in the one that a file is read into."""

import pytest
import torch
from torch import nn

from frontsearch import Task, load_network
from frontsearch.compaction import compact
from frontsearch.export import exported
from frontsearch.export.loading import saved

WORDS, WIDTH = 20, 16
INPUTS = torch.randint(0, WORDS, (60, 6), generator=torch.Generator().manual_seed(0))


class Language(nn.Module):
    """Has the embedding's weight in its output layer, too."""

    def __init__(self):
        super().__init__()
        self.embedding, self.hidden = nn.Embedding(WORDS, WIDTH), nn.Linear(WIDTH, 8)
        self.back, self.outputs = nn.Linear(8, WIDTH), nn.Linear(WIDTH, WORDS, bias=False)
        self.embedding.weight = self.outputs.weight

    def forward(self, words):
        hidden = torch.relu(self.hidden(self.embedding(words).mean(1)))
        return self.outputs(self.back(hidden))


@pytest.mark.parametrize("dense", [False, True])
def test_an_embedding_stays_tied_to_the_output_layer(dense, tmp_path):
    task = Task(name="words", splits={"train": (INPUTS, INPUTS[:, 0])}, build=Language)
    weights = task.network(0).state_dict()
    weights["back.weight"][:, :3] = 0
    (tmp_path / "a.safetensors").write_bytes(
        exported(task, weights, form="safetensors", dense=dense, metadata={}).content
    )
    loaded = load_network(Language().requires_grad_(requires_grad=False), tmp_path / "a.safetensors")
    assert loaded.embedding.weight is loaded.outputs.weight
    assert not loaded.outputs.weight.requires_grad
    assert loaded.hidden.out_features == (8 if dense else 5)
    network = Language().eval()
    network.load_state_dict(weights)
    torch.testing.assert_close(loaded(INPUTS), network(INPUTS))


class Biased(nn.Module):
    """Three layers with one bias."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.third = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 6)
        self.second.bias = self.third.bias = self.first.bias

    def forward(self, inputs):
        return self.third(torch.tanh(self.second(torch.tanh(self.first(inputs)))))


def test_names_whose_values_differ_in_the_file_stay_apart(tmp_path):
    small, inputs = compact(Biased().eval(), torch.rand(3, 4)).network, torch.rand(5, 4)
    with torch.no_grad():
        small.first.bias = nn.Parameter(small.first.bias + 1)
    (tmp_path / "a.safetensors").write_bytes(saved(small, None, metadata={}))
    loaded = load_network(Biased(), tmp_path / "a.safetensors")
    assert loaded.first.bias is not loaded.second.bias
    assert loaded.second.bias is loaded.third.bias
    torch.testing.assert_close(loaded(inputs), small(inputs))
