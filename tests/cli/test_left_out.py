"""The table of what an export leaves out has a name in every row."""

import torch
from torch import nn

from frontsearch.cli.exporting import left_out
from frontsearch.compaction import compact


class OwnParameters(nn.Module):
    """Holds its weights itself, and multiplies by one of them in a way that stays whole."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Parameter(torch.ones(4, 6)), nn.Parameter(torch.ones(3, 6))

    def forward(self, inputs):
        return torch.einsum("bi,oi->bo", torch.relu(inputs @ self.first), self.last)


def test_parameters_of_the_network_itself_have_a_row_and_a_reason_with_a_name():
    lines = list(left_out(compact(OwnParameters().eval(), torch.rand(5, 4))))
    assert lines[2].split() == ["(network)", "9", "42", "42"]
    assert lines[-1] == "(network) stays whole, as the network multiplies by it otherwise than a linear layer does."
