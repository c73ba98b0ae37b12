"""Checks a task's ``chain`` on a few examples before trainings rely on it."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from frontsearch.compaction.units import compacted, live_units
from frontsearch.errors import one_line
from frontsearch.tasks import Inputs, Task, forward, seeded

EXAMPLES, ROUNDS, DEAD_SHARE = 4, 2, 0.4  # two rounds, as one may zero the same units of narrow layers by chance


@torch.no_grad()
def check_chain(task: Task) -> None:
    """Zeroes random units of the task's network and checks that the compacted network has the same outputs.

    Raises:
        ValueError: If the outputs differ or the compacted network fails.
    """
    with seeded(0):
        inputs = next(task.splits["train"].pieces(EXAMPLES)).inputs
        network = _randomise_(task.network(0)).to(task.device).eval()
        forward(network, inputs)  # an error here is the network's own and no fault of the chain
        for _ in range(ROUNDS):
            if fault := _compaction_fault(network, task.chain, inputs):
                raise ValueError(
                    "`chain` must list the layers in forward order, each feeding only the next one, unit by unit, in a "
                    "network whose forward pass contains no layer sizes; "
                    f"found {task.chain!r}, and without its dead units the network {fault}."
                )


def _compaction_fault(network: nn.Module, chain: tuple[str, ...], inputs: Inputs) -> str:
    """What is wrong with the network once more units are zeroed and left out; empty if nothing is."""
    try:
        _zero_random_units_(network, chain)
        equal = _close(forward(_compacted(network, chain), inputs), forward(network, inputs))
    except Exception as error:  # noqa: BLE001 - a network with other layer sizes may fail in any way
        return f"fails: {one_line(str(error))[:200].rstrip('.')}"
    return "" if equal else "has other outputs"


def _randomise_(network: nn.Module) -> nn.Module:
    """Draws all parameters anew, in place; zero biases would hide that a dead unit has an effect."""
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    return network


def _zero_random_units_(network: nn.Module, chain: tuple[str, ...]) -> None:
    """Zeroes all weights of some units of every layer but the last, and of some inputs if the first layer is linear."""
    kernels = [network.get_parameter(f"{name}.weight") for name in chain]
    for kernel, following in pairwise(kernels):
        dead = torch.rand(len(kernel)) < DEAD_SHARE
        kernel[dead] = 0
        following[:, dead.repeat_interleave(following.shape[1] // len(dead))] = 0
    if kernels[0].ndim == 2:
        kernels[0][:, torch.rand(kernels[0].shape[1]) < DEAD_SHARE] = 0


def _compacted(network: nn.Module, chain: tuple[str, ...]) -> nn.Module:
    kernels = {f"{name}.weight": network.get_parameter(f"{name}.weight") for name in chain}
    return compacted(network, live_units(network, chain, masks=kernels))


def _close(outputs: Tensor, expected: Tensor) -> bool:
    scale = float(expected.abs().max())
    return torch.allclose(
        outputs, expected, rtol=0, atol=scale * torch.finfo(expected.dtype).eps ** 0.5, equal_nan=True
    )
