"""A smaller network works in training mode, too, where some networks have auxiliary heads."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from frontsearch import Task, load_network
from frontsearch.compaction import compact
from frontsearch.export import exported


class Auxiliary(nn.Module):
    """Has another head in training mode."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.second = nn.Linear(6, 12), nn.BatchNorm1d(12), nn.Linear(12, 10)
        self.head, self.auxiliary = nn.Linear(10, 3), nn.Linear(12, 3)

    def forward(self, inputs):
        hidden = torch.relu(self.norm(self.first(inputs)))
        outputs = self.head(torch.relu(self.second(hidden)))
        return (outputs, self.other(hidden)) if self.training else outputs

    def other(self, hidden):
        return self.auxiliary(hidden)


class Mean(Auxiliary):
    """Returns a sum in training mode that any number of units has."""

    def other(self, hidden):
        return hidden.mean(1)


class Dropping(Auxiliary):
    """Draws in training mode."""

    def other(self, hidden):
        return self.auxiliary(functional.dropout(hidden))


class Plain(Auxiliary):
    """Has the same layers in both modes, and drops units."""

    def forward(self, inputs):
        hidden = torch.relu(self.norm(self.first(inputs)))
        return self.head(functional.dropout(torch.relu(self.second(hidden)), training=self.training))


class Demanding(Auxiliary):
    """Raises in training mode."""

    def other(self, hidden):
        raise ValueError


@torch.no_grad()
def killed(build):
    """A network some units of whose hidden layers nothing takes in evaluation mode, and one is constant."""
    torch.manual_seed(0)
    network = build().eval()
    network.norm.running_mean.uniform_()
    network.second.weight[:, :4], network.head.weight[:, :3] = 0, 0
    network.first.weight[5], network.norm.bias[5] = 0, 0.7
    return network


def widths(network):
    return [layer.out_features for layer in (network.first, network.second)]


@pytest.mark.parametrize(
    ("build", "left"),
    [(Auxiliary, [12, 7]), (Mean, [12, 7]), (Dropping, [12, 7]), (Plain, [7, 7]), (Demanding, [7, 7])],
)
def test_what_training_mode_takes_stays(build, left):
    network, inputs = killed(build), torch.rand(9, 6)
    compaction = compact(network, inputs)
    small = compaction.network
    assert widths(small) == left
    assert list(compaction.unchanged) == (["first"] if left[0] == 12 else [])
    assert all(reason.endswith(", in training mode") for reason in compaction.unchanged.values())
    torch.testing.assert_close(small(inputs), network(inputs))
    assert not any(module.training for each in (network, small) for module in each.modules())
    if build is Auxiliary:
        torch.testing.assert_close(small.train()(inputs), network.train()(inputs))


def test_formats_that_cannot_be_trained_have_no_need_of_it(tmp_path):
    inputs = torch.rand(60, 6, generator=torch.Generator().manual_seed(0))
    task = Task(
        name="auxiliary", splits={"train": (inputs, torch.arange(60) % 3)}, build=Auxiliary,
        loss=lambda outputs, targets: sum(
            functional.cross_entropy(each, targets) for each in (outputs if isinstance(outputs, tuple) else [outputs])
        ),
    )  # fmt: skip
    found = {
        form: exported(task, killed(Auxiliary).state_dict(), form=form, dense=False, metadata={})
        for form in ("safetensors", "torch")
    }
    units = {form: [layer.units[1] for layer in each.compaction.layers] for form, each in found.items()}
    assert units == {"safetensors": [12, 7, 3], "torch": [7, 7, 3]}
    (tmp_path / "a.safetensors").write_bytes(found["safetensors"].content)
    loaded = load_network(Auxiliary(), tmp_path / "a.safetensors").train()
    sum(each.sum() for each in loaded(inputs)).backward()
    assert loaded.auxiliary.weight.grad is not None
