"""Outputs and gradients of a network in evaluation mode, and whether those of two are the same."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.tasks.examples import Examples, Inputs, forward
from frontsearch.tasks.seeding import seeded

TOLERANCE = 1e-3  # of the largest output: what an operation's order changes is far less, a forgotten buffer far more


@torch.no_grad()
def evaluated(network: nn.Module, inputs: Inputs) -> Tensor:
    """The outputs of a network, which is left in evaluation mode, in double precision."""
    with seeded(0):
        return forward(network.eval(), inputs).cpu().double()


def are_same(found: Tensor, expected: Tensor) -> bool:
    """Whether outputs are the same up to roundings."""
    return torch.allclose(found, expected, rtol=0, atol=TOLERANCE * float(expected.abs().max()), equal_nan=True)


def gradient(network: nn.Module, few: Examples, loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The gradient of the loss on a few examples, in double precision; the network is left in evaluation mode.

    In training mode, dropout may draw another mask for another layout of the memory or another compiler.
    """
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    with seeded(0):
        value = loss(forward(network.eval(), few.inputs), few.targets)
    parts = torch.autograd.grad(value, parameters, materialize_grads=True)
    return torch.cat([part.flatten().cpu().double() for part in parts])


def are_close(found: Tensor, expected: Tensor) -> bool:
    """Whether gradients are the same up to roundings, which may move a few units to the other side of a kink."""
    return bool((found - expected).norm() <= TOLERANCE * expected.norm())
