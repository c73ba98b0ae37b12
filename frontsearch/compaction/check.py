"""Whether a task's chain is one: tried on a few examples, before a training relies on it."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from frontsearch.compaction.units import compacted, live_units
from frontsearch.errors import one_line
from frontsearch.tasks import Task, seeded

EXAMPLES, TRIES, DEAD = 4, 2, 0.4  # several tries, as narrow layers may have the same units dead by chance


@torch.no_grad()
def check_chain(task: Task) -> None:
    """Holds a network of which more and more units are dead against what lives of it, which must answer the same.

    Raises:
        ValueError: When it does not, or torch refuses it.
    """
    inputs = task.splits["train"].inputs[:EXAMPLES]
    with seeded(0):
        network = _drawn(task.network(0)).to(inputs.device).eval()
        network(inputs)  # where it fails on its own, no chain is to blame
        for _ in range(TRIES):
            if fault := _fault(network, task.chain, inputs):
                raise ValueError(
                    "`chain` must be layers in their order, each one's units reaching the next one alone and one by "
                    "one, in a network without sizes written into its steps; "
                    f"found {task.chain!r}, and without its dead units the network {fault}."
                )


def _fault(network: nn.Module, chain: tuple[str, ...], inputs: Tensor) -> str:
    """What is wrong with the network without its dead units, of which there are some more now."""
    try:
        _kill(network, chain)
        same = _near(_living(network, chain)(inputs), network(inputs))
    except Exception as error:  # noqa: BLE001 - whatever a network of other sizes may come to
        return f"fails: {one_line(str(error))[:200].rstrip('.')}"
    return "" if same else "answers otherwise"


def _drawn(network: nn.Module) -> nn.Module:
    """A network whose parameters are drawn anew, in place: biases of zero would hide what a dead unit says."""
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=parameter[0].numel() ** -0.5)
    return network


def _kill(network: nn.Module, chain: tuple[str, ...]) -> None:
    """Makes some units of every layer but the last one dead, and some inputs of a dense first one."""
    kernels = [network.get_parameter(f"{name}.weight") for name in chain]
    for kernel, following in pairwise(kernels):
        dead = torch.rand(len(kernel)) < DEAD
        kernel[dead] = 0
        following[:, dead.repeat_interleave(following.shape[1] // len(dead))] = 0
    if kernels[0].ndim == 2:
        kernels[0][:, torch.rand(kernels[0].shape[1]) < DEAD] = 0


def _living(network: nn.Module, chain: tuple[str, ...]) -> nn.Module:
    kernels = {f"{name}.weight": network.get_parameter(f"{name}.weight") for name in chain}
    return compacted(network, live_units(network, chain, kept=kernels))


def _near(found: Tensor, expected: Tensor) -> bool:
    scale = float(expected.abs().max())
    return torch.allclose(found, expected, rtol=0, atol=scale * torch.finfo(expected.dtype).eps ** 0.5, equal_nan=True)
