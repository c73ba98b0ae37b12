"""Which parameters are kernels: those of recurrent, bilinear and attention layers as well; computed ones are not."""

import pytest
import torch
from test_any_module import Recurrent, task
from torch import nn
from torch.nn.utils import parametrizations, prune

from frontsearch import Checkpoints, Recipe, Task, Trainer, WeightedSum
from frontsearch.scale import canonical_scale
from frontsearch.study.notes import measure_notes
from frontsearch.tasks import computed_kernels
from frontsearch.tasks.penalised import penalised_names


def both_ways(*names):
    return {name + way for name in names for way in ("", "_reverse")}


LAYERS = {
    "LSTM": (lambda: nn.LSTM(2, 3, num_layers=2), {f"weight_{of}_l{at}" for of in ("ih", "hh") for at in (0, 1)}),
    "projected": (
        lambda: nn.LSTM(2, 4, proj_size=3, bidirectional=True),
        both_ways("weight_ih_l0", "weight_hh_l0", "weight_hr_l0"),
    ),
    "GRU": (lambda: nn.GRU(2, 3), {"weight_ih_l0", "weight_hh_l0"}),
    "RNN cell": (lambda: nn.RNNCell(2, 3), {"weight_ih", "weight_hh"}),
    "bilinear": (lambda: nn.Bilinear(2, 3, 4), {"weight"}),
    "transposed convolution": (lambda: nn.ConvTranspose2d(2, 3, 2), {"weight"}),
    "attention": (lambda: nn.MultiheadAttention(4, 2), {"in_proj_weight", "out_proj.weight"}),
    "attention of three widths": (
        lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5),
        {"q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_the_kernels_of_every_layer_are_penalised_and_its_biases_are_not(name):
    build, kernels = LAYERS[name]
    assert penalised_names("kernels", nn.ModuleList([build()])) == {f"0.{kernel}" for kernel in kernels}


def masked():
    layer = nn.Linear(3, 3)
    prune.l1_unstructured(layer, "weight", 2)
    return layer


COMPUTED = {
    "weight norm": lambda: parametrizations.weight_norm(nn.Linear(3, 3)),
    "spectral norm": lambda: parametrizations.spectral_norm(nn.Linear(3, 3)),
    "a mask": masked,
    "weight norm of an LSTM": lambda: parametrizations.weight_norm(nn.LSTM(3, 3), "weight_hh_l0"),
}


@pytest.mark.parametrize("name", COMPUTED)
def test_what_a_kernel_is_computed_from_is_left_out_with_a_sentence(name):
    network = nn.ModuleList([COMPUTED[name](), nn.Linear(3, 3)])
    left_out = computed_kernels(network)
    assert left_out
    assert all("original" in each or each.endswith("_orig") for each in left_out)
    assert "1.weight" in penalised_names("kernels", network)
    assert not penalised_names("kernels", network) & set(left_out)


def test_a_network_of_computed_kernels_alone_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"kernels that are computed .* `torch.nn.utils.parametrize.remove_paramet"):
        penalised_names("kernels", nn.Sequential(COMPUTED["weight norm"]()))


def test_frozen_recurrent_kernels_are_not_penalised_and_tied_ones_once():
    network = nn.ModuleList([nn.GRUCell(3, 3), nn.GRUCell(3, 3), nn.Linear(2, 2)])
    network[1].weight_hh = network[0].weight_hh
    network[0].weight_ih.requires_grad_(requires_grad=False)
    assert penalised_names("kernels", network) == {"0.weight_hh", "1.weight_ih", "2.weight"}


def test_an_lstm_loses_recurrent_weights_exactly_and_keeps_its_scale(tmp_path):
    own = task("an LSTM", penalised="kernels")
    assert own.penalised == {"cell.weight_ih_l0", "cell.weight_hh_l0", "output.weight"}
    assert measure_notes(own)[0].startswith("Not penalised, and so never pruned: embed.weight (44 of 353 trained")
    trainer = Trainer(own, Checkpoints(tmp_path))
    trial = trainer(Recipe(epochs=15.0, batch_size=16, learning_rate=0.05, descent=WeightedSum(l1_weight=0.001)))
    state, _ = trainer.load_checkpoint(trial.key)
    for name in ("cell.weight_ih_l0", "cell.weight_hh_l0"):
        assert 0 < int(state[name].count_nonzero()) < state[name].numel()
    assert trial.metrics["nonzeros"] == sum(int(state[name].count_nonzero()) for name in own.penalised)
    assert trial.metrics["l1"] == pytest.approx(trial.metrics["l1_raw"])


class Embedded(Recurrent):
    """Linear layers before and after a cell, whose units must keep their scale."""

    def __init__(self, kind):
        super().__init__(kind)
        self.embed, self.first, self.output = nn.Linear(4, 8), nn.Linear(8, 4), nn.Linear(6, 3)

    def forward(self, inputs):
        return self.output(self.cell(self.first(self.embed(inputs).relu()))[0][:, -1])


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_units_between_a_recurrent_layer_and_others_keep_their_scale(kind):
    inputs, targets = torch.randn(40, 5, 4, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 3
    own = Task(name="cells", splits={"train": (inputs, targets)}, build=lambda: Embedded(kind))
    scale = canonical_scale(own)
    rates = scale.rates(own.network(0))
    for name, rate in rates.items():
        rescaled = name in {"embed.weight", "first.weight"}
        assert bool((rate != 1).any()) == rescaled, name
    assert not scale.raw_because
