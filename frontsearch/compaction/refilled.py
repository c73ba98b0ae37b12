"""Kernels that are not zero where the parameters are that a forward pass computes them from."""

import torch
from torch import nn

from frontsearch.tasks import Inputs, forward
from frontsearch.tracing import Step, Tracer

TAKING_KERNELS = ("linear", *(f"conv{transposed}{dims}d" for dims in (1, 2, 3) for transposed in ("", "_transpose")))


@torch.no_grad()
def refilled_kernels(network: nn.Module, inputs: Inputs) -> list[str]:
    """Names of the parameters whose zeros are none in the kernel, as where a layer standardises its weight.

    Args:
        network: The network; half of the entries of each kernel become zero.
        inputs: Inputs of a few examples.
    """
    parameters = dict(network.named_parameters())
    for parameter in parameters.values():
        if parameter.ndim > 1:
            parameter.mul_(torch.arange(parameter.numel(), device=parameter.device).view(parameter.shape) % 2)
    found: dict[str, None] = {}

    def check(tracer: Tracer, step: Step) -> None:
        kernel = step.operands[1]
        parameter = parameters.get(tracer.origin(kernel) or "")
        if parameter is not None and kernel.shape == parameter.shape and bool(kernel[parameter == 0].any()):
            found[tracer.origins[id(kernel)]] = None

    try:
        with Tracer(network, rules=dict.fromkeys(TAKING_KERNELS, check), end=lambda *_: None):
            forward(network, inputs)
    except Exception:  # noqa: BLE001 - a forward pass may do anything that cannot be followed
        return []
    return list(found)
