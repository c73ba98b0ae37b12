"""Linear layers that multiply by their nonzero weights only, to see whether that is faster.

CSR tensors of torch cannot be saved as safetensors or ONNX and break ``torch.compile``, so these networks are thrown
away once they are timed.
"""

from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.fx import GraphModule, Node
from torch.nn import functional

from frontsearch.export.rounds import Call, timed

Product = Callable[[Tensor, Tensor | None], Tensor]  # of a matrix of inputs, one example a row, and a bias


def use_sparse_kernels(network: GraphModule, kernel: str) -> None:
    """Replaces the linear layers of a network that have zeros by :class:`SparseLinear`.

    Args:
        network: A program of ``torch.export`` as a module.
        kernel: Name of the kernel, one of ``KERNELS``.

    Raises:
        ValueError: If no linear layer has a zero.
    """
    layers = list(_linear_layers(network))
    if not layers:
        raise ValueError("no linear layer of the smaller network has zeros.")
    for number, (node, weight) in enumerate(layers):
        network.add_submodule(f"sparse{number}", SparseLinear(KERNELS[kernel](weight.detach())))
        with network.graph.inserting_before(node):
            layer = network.graph.call_module(f"sparse{number}", node.args, node.kwargs)
        node.replace_all_uses_with(layer)
        network.graph.erase_node(node)
    network.recompile()


class SparseLinear(nn.Module):
    """A linear layer that chooses the faster of its dense and its sparse kernels when it is called first.

    Attributes:
        products: The sparse kernels.
        chosen: What it calls; None before its first call.
    """

    def __init__(self, products: list[Product]) -> None:
        super().__init__()
        self.products = products
        self.chosen: int | None = None

    def forward(self, inputs: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """Returns the outputs of the layer."""
        kernels: list[Callable[..., Tensor]] = [
            functional.linear,
            *(partial(_multiplied, product) for product in self.products),
        ]
        if self.chosen is None:
            calls: dict[str, Call] = {
                str(number): partial(kernel, inputs, weight, bias) for number, kernel in enumerate(kernels)
            }
            seconds = timed(calls, rounds=5, least=0.002)
            self.chosen = int(min(seconds, key=lambda number: median(seconds[number])))
        return kernels[self.chosen](inputs, weight, bias)


def _linear_layers(network: GraphModule) -> Iterator[tuple[Node, Tensor]]:
    """The calls of linear layers whose weights are stored and have zeros."""
    for node in network.graph.nodes:
        if node.target is torch.ops.aten.linear.default and node.args[1].op == "get_attr":
            weight = attrgetter(node.args[1].target)(network)
            if (weight == 0).any():
                yield node, weight


def _multiplied(product: Product, inputs: Tensor, _weight: Tensor, bias: Tensor | None) -> Tensor:
    if inputs.dim() == 2:
        return product(inputs, bias)
    rows = product(inputs.reshape(-1, inputs.shape[-1]), bias)
    return rows.reshape(*inputs.shape[:-1], -1).contiguous()


def _torch_kernels(weight: Tensor) -> list[Product]:
    matrix = weight.to_sparse_csr()

    def by_column(inputs: Tensor, bias: Tensor | None) -> Tensor:  # three times as fast for many examples
        shift = torch.zeros(()) if bias is None else bias[:, None]
        return torch.addmm(shift, matrix, inputs.T).T

    return [lambda inputs, bias: functional.linear(inputs, matrix, bias), by_column]


def _scipy_kernels(weight: Tensor) -> list[Product]:
    from scipy.sparse import csr_array  # noqa: PLC0415 - only measuring needs it

    matrix = csr_array(weight.numpy())

    def product(inputs: Tensor, bias: Tensor | None) -> Tensor:
        outputs = matrix @ inputs.numpy().T
        return torch.from_numpy(outputs if bias is None else np.add(outputs, bias.numpy()[:, None])).T

    return [product]


KERNELS: dict[str, Callable[[Tensor], list[Product]]] = {"torch CSR": _torch_kernels, "scipy CSR": _scipy_kernels}
