"""Random weights, on which what was found by following a network is tried out."""

import torch
from torch import nn


@torch.no_grad()
def draw_weights_(network: nn.Module) -> None:
    """Draws all parameters anew, in place, biases too: zero ones would hide what they do. Outputs keep their size."""
    for parameter in network.parameters():
        if parameter.is_floating_point() and parameter.numel():
            nn.init.normal_(parameter, std=parameter[:1].numel() ** -0.5 if parameter.ndim else 1.0)
