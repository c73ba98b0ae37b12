"""``used_inputs``: the columns of a table that a network still reads."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

ROWS = 8  # random ones, of which several are on the active side of most units


@torch.no_grad()
def used_inputs(network: nn.Module, count: int) -> NDArray[np.bool_] | None:
    """A mask of the inputs with a nonzero weight in the linear layers that take them, ``(count,)``.

    Args:
        network: A network for rows of ``count`` numbers, in evaluation mode.
        count: Number of inputs.

    Returns:
        The mask; None if other parts of the network than linear layers read the inputs.
    """
    like = next(network.parameters())
    rows = torch.randn(ROWS, count, generator=torch.Generator().manual_seed(0)).to(like)
    layers: list[nn.Linear] = []

    def collect(layer: nn.Linear, inputs: tuple[Tensor, ...]) -> None:
        if torch.equal(inputs[0], rows):
            layers.append(layer)

    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    hooks = [layer.register_forward_pre_hook(collect) for layer in linear]
    try:
        outputs = network(rows)
    finally:
        for hook in hooks:
            hook.remove()
    used = sum((layer.weight.count_nonzero(0) for layer in layers), torch.zeros(count, device=like.device)) > 0
    unchanged = torch.equal(network(torch.where(used, rows, -rows)), outputs)
    return used.numpy(force=True) if layers and unchanged else None
