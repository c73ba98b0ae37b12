"""The best constant outputs: equal for all examples, as those of a network that ignores its inputs."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.tasks import Examples, ExamplesOnDemand, forward_once

CHUNK = 500  # examples in a forward pass: fits the cache of one core
ITERATIONS = 100  # of L-BFGS, which needs about ten for the usual losses
TOLERANCE = 1e-3  # of the loss: outputs that are doubled must not be better by more


@torch.no_grad()
def outputs_of(network: nn.Module, examples: Examples | ExamplesOnDemand) -> Tensor:
    """The outputs of a network in evaluation mode, ``(n, ...)``."""
    network.eval()
    return torch.cat([forward_once(network, piece.inputs) for piece in examples.pieces(CHUNK)])


def as_they_are(outputs: Tensor) -> Tensor:
    """The same outputs."""
    return outputs


def best_constant(
    loss: Callable[[Tensor, Tensor], Tensor],
    targets: Tensor,
    *,
    like: Tensor,
    form: Callable[[Tensor], Tensor] = as_they_are,
) -> Tensor | None:
    """The outputs, the same for all examples, with the least loss, ``(n, ...)``; None if they were not found.

    They are found by L-BFGS from zeros, which is safe for losses that are convex in the outputs. There are none to
    speak of if all targets are the same, or if the loss goes on falling.

    Args:
        loss: Mean loss of outputs and targets.
        targets: Targets of ``n`` examples.
        like: Outputs of a network, ``(n, ...)``.
        form: Function that makes any numbers outputs of the network, such as a softmax where they are probabilities.
    """
    if bool((targets == targets[:1]).all()):
        return None
    constant = torch.zeros_like(like[:1]).requires_grad_()
    optimiser = torch.optim.LBFGS([constant], max_iter=ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimiser.zero_grad()
        value = loss(form(constant).expand_as(like), targets)
        value.backward()
        return value.item()

    try:
        optimiser.step(closure)
        with torch.no_grad():
            found, doubled = (float(loss(form(factor * constant).expand_as(like), targets)) for factor in (1, 2))
    except (RuntimeError, ValueError):  # a loss may accept probabilities only
        return None
    attained = math.isfinite(found) and not doubled < found - TOLERANCE * abs(found)
    return form(constant.detach()).expand_as(like) if attained else None
