"""``chain_of``: the layers that a network applies one after the other, if it is such a chain."""

import math
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import getitem
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn

from frontsearch.tasks import Contents, forward
from frontsearch.training.stacked.functions import module_for
from frontsearch.training.stacked.layers import LAYERS, is_stackable

ATTEMPTS = 20  # as the generators are the process's: another thread, such as a Dask worker's, may draw during a trace

_trace_lock = threading.Lock()  # of two traces at a time, one would leave the other's replacements behind


@dataclass(frozen=True)
class Link:
    """One layer of a chain.

    Attributes:
        name: Name of the network's module, empty if it is the network; None if a function is called instead.
        module: The module, or one that computes what the function does.
    """

    name: str | None
    module: nn.Module

    @property
    def prefix(self) -> str:
        """What the names of its parameters begin with."""
        return f"{self.name}." if self.name else ""

    def of(self, network: nn.Module) -> nn.Module:
        """The same layer of another network with this architecture."""
        return self.module if self.name is None else network.get_submodule(self.name)


@dataclass(frozen=True)
class Chain:
    """The layers of a network.

    Attributes:
        links: The layers, in the order in which they are applied.
        work: Multiply-adds for one example.
    """

    links: tuple[Link, ...]
    work: int


@torch.no_grad()
def chain_of(network: nn.Module, inputs: Tensor) -> Chain | None:
    """The layers that a network applies one after the other.

    Its forward pass is traced, and the layers found are tried out: they must have the outputs of the network.

    Args:
        network: The network; it is left in evaluation mode.
        inputs: Inputs of a few examples, ``(n, ...)``, which the layers may change in place.

    Returns:
        None unless the network is a chain of layers that can be stacked.
    """
    root = nn.Sequential(network).train()  # or a network of one layer would be traced into that layer
    modules = list(root.modules())
    if not all(module.training for module in modules) or any(map(_is_patched, modules)):
        return None
    try:
        graph = _traced(root)
        links = None if graph is None else _links(graph, root)
        return None if links is None else _tried(links, network.eval(), inputs)
    except Exception:  # noqa: BLE001 - a forward pass may do anything that cannot be traced
        return None


class _ThreadTracer(fx.Tracer):
    """A tracer of what its own thread calls; torch's replaces the call of every module in the process meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def call_module(  # noqa: PLR0917 - torch's signature
        self, m: nn.Module, forward: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> object:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)


def _traced(root: nn.Module) -> fx.Graph | None:
    """The graph of a forward pass; None if the pass changes the network or draws random numbers."""
    contents = Contents().digest(root)
    for _ in range(ATTEMPTS):
        before = _generators()
        with _trace_lock:
            graph = _ThreadTracer().trace(root)
        if Contents().digest(root) != contents:
            return None
        if _generators() == before:
            return graph
    return None


def _links(graph: fx.Graph, root: nn.Module) -> tuple[Link, ...] | None:
    """The layers of a graph; None if it is not a chain of layers that can be stacked."""
    links: list[Link] = []
    nodes = [node for node in graph.nodes if not _is_size(node)]
    for previous, node in pairwise(nodes):
        if node.op == "output":
            return tuple(links) if node.args == (previous,) else None
        if [each for each in node.all_input_nodes if not _is_size(each)] != [previous] or node.args[0] is not previous:
            return None
        link = _link(node, root)
        if link is None or not is_stackable(link.module):
            return None
        links.append(link)
    return None


def _link(node: fx.Node, root: nn.Module) -> Link | None:
    if node.op == "call_module":
        target = str(node.target)
        return Link(target.removeprefix("0").removeprefix("."), root.get_submodule(target))
    module = module_for(node)
    return None if module is None else Link(None, module)


def _is_size(node: fx.Node) -> bool:
    """Whether this is the shape of a tensor, or a number in it."""
    if node.op == "call_method":
        return node.target == "size"
    if node.target is getattr:
        return bool(node.args[1] == "shape")
    return node.target is getitem and isinstance(node.args[0], fx.Node) and _is_size(node.args[0])


def _tried(links: Sequence[Link], network: nn.Module, inputs: Tensor) -> Chain | None:
    """The chain, if each layer takes what it must and the last one has the outputs of the network."""
    outputs, features, work = forward(network, inputs), inputs, 0
    for module in (link.module.eval() for link in links):
        if LAYERS[type(module)].dimensions not in {None, features.ndim}:
            return None
        features = module(features)
        weight = getattr(module, "weight", None)
        if weight is not None and weight.ndim > 1:
            work += weight.numel() * math.prod(features.shape[2:])
    names = [f"{link.prefix}{name}" for link in links for name, _ in link.module.named_parameters()]
    alike = sorted(names) == sorted(name for name, _ in network.named_parameters())
    return Chain(tuple(links), work) if alike and outputs.ndim == 2 and torch.equal(outputs, features) else None


def _generators() -> tuple[object, ...]:
    """The states of the generators that a forward pass may draw from."""
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002 - what others draw from
    return random.getstate(), torch.get_rng_state().tolist(), repr(numpy_state)


def _is_patched(module: nn.Module) -> bool:
    """Whether more or something else happens than its class says."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)  # noqa: SLF001 - torch has no public question
    return any(hooks) or "forward" in vars(module)
