"""Outputs of a network in evaluation mode, and whether those of two are the same."""

import torch
from torch import Tensor, nn

from frontsearch.tasks.examples import Inputs, forward
from frontsearch.tasks.seeding import seeded

TOLERANCE = 1e-3  # of the largest output: what an operation's order changes is far less, a forgotten buffer far more


@torch.no_grad()
def evaluated(network: nn.Module, inputs: Inputs) -> Tensor:
    """The outputs of a network, which is left in evaluation mode, in double precision."""
    with seeded(0):
        return forward(network.eval(), inputs).double()


def are_same(found: Tensor, expected: Tensor) -> bool:
    """Whether outputs are the same up to roundings."""
    return torch.allclose(found, expected, rtol=0, atol=TOLERANCE * float(expected.abs().max()), equal_nan=True)
