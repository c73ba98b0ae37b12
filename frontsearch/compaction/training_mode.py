"""Whether a smaller network still works in training mode, in which some have auxiliary heads."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from frontsearch.compaction.proof import difference
from frontsearch.tasks import Inputs, forward, joined, seeded


def training_fault(network: nn.Module, inputs: Inputs, *, tolerance: float) -> Callable[[nn.Module], str]:
    """A function that says what is wrong with a smaller network in training mode; empty if nothing is.

    Args:
        network: The whole network.
        inputs: Inputs of a few examples.
        tolerance: How far outputs may be apart, relative to the largest.
    """
    whole = copy.deepcopy(network)
    try:
        expected, again = (_outputs(whole, inputs, seed=seed) for seed in (0, 1))
    except Exception:  # noqa: BLE001 - it may ask for more than inputs in training mode, such as targets
        return lambda _: ""
    seen = torch.clone if torch.equal(expected, again) else torch.zeros_like  # what was drawn differs with the shapes

    def fault(small: nn.Module) -> str:
        outputs = lambda: seen(_outputs(small, inputs, seed=0))  # noqa: E731
        found = difference(outputs, seen(expected), tolerance=tolerance)
        return f"{found}, in training mode" if found else ""

    return fault


def _outputs(network: nn.Module, inputs: Inputs, *, seed: int) -> Tensor:
    """A network's outputs in training mode, but that its parts drop nothing and normalise as in evaluation mode.

    Compaction may change what dropout draws, and the statistics of a batch: it puts a constant of evaluation mode into
    biases. The network is left in this mode.
    """
    for module in network.modules():
        has_parts = next(module.children(), None) is not None
        module.training = module is network or (has_parts and not isinstance(module, _BatchNorm))
    with seeded(seed):
        return joined(forward(network, inputs))
