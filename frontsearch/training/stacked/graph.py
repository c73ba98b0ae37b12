"""``Graph``: a function that torch differentiates, where all around it is differentiated in closed form."""

from collections.abc import Callable

import torch
from torch import Tensor


class Graph:
    """Outputs of a function, and from them on its gradients; for use in inference mode, which records nothing.

    Args:
        function: Function of tensors.
        inputs: Its arguments.

    Attributes:
        outputs: What it returns.
    """

    def __init__(self, function: Callable[..., Tensor], *inputs: Tensor) -> None:
        with torch.inference_mode(mode=False), torch.enable_grad():
            self._inputs = [tensor.detach().clone().requires_grad_() for tensor in inputs]
            self._outputs = function(*self._inputs)
        self.outputs = self._outputs.detach()

    def gradients(self, gradient: Tensor) -> tuple[Tensor, ...]:
        """The gradients by all inputs, from that by the outputs."""
        with torch.inference_mode(mode=False):
            return torch.autograd.grad([self._outputs], self._inputs, [gradient.clone()])
