"""Networks as a training begins with them, and which of their layers their outputs cannot do without."""

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from frontsearch.tasks import Examples, ExamplesOnDemand, Task, forward, forward_once, seeded

SAMPLE = 1000  # training examples that stand for all of them
BATCH = 128
FEW = 16
ROUNDING = 1e-6  # of the largest output


def fresh_network(task: Task, seed: int) -> nn.Module:
    """A network before training, in evaluation mode, whose running statistics are those of the training examples.

    The statistics that a new BatchNorm has are of no data: in evaluation mode its network has neither the gradient nor
    the l1 with which its training begins. A trained network keeps its own.
    """
    network = task.network(seed).to(task.device)
    network.train()
    layers = [layer for layer in network.modules() if isinstance(layer, _NormBase) and layer.training]
    tracking = [layer for layer in layers if layer.running_mean is not None]
    network.eval()
    if task.build is None or not tracking:
        return network
    momenta = [layer.momentum for layer in tracking]
    for layer in tracking:
        layer.train().reset_running_stats()
        layer.momentum = None  # of what it sees, the plain mean
    pieces = [piece for piece in sample(task.splits["train"]).pieces(BATCH) if len(piece.targets) > 1]
    with torch.no_grad(), seeded(0):
        for piece in pieces:
            forward_once(network, piece.inputs)
    for layer, momentum in zip(tracking, momenta, strict=True):
        layer.momentum = momentum
    return network.eval()


def sample(examples: Examples | ExamplesOnDemand, size: int = SAMPLE) -> Examples:
    """At most so many of the examples, evenly spaced."""
    total = len(examples.targets)
    count = min(total, size)
    return examples.rows(torch.arange(count) * total // count).read()


@torch.no_grad()
def vital_parameters(task: Task, network: nn.Module) -> frozenset[str]:
    """The penalised parameters without any of which a network in evaluation mode ignores its inputs.

    Every kernel of a plain network is one; one that a residual connection leads past is not. The network stays as it
    is.
    """
    examples, found = sample(task.splits["train"], FEW), set()
    for name, parameter in network.named_parameters():
        if name in task.penalised:
            kept = parameter.clone()
            parameter.zero_()
            outputs = forward(network, examples.inputs)
            parameter.copy_(kept)
            if float((outputs - outputs[:1]).abs().max()) <= ROUNDING * float(outputs.abs().max()):
                found.add(name)
    return frozenset(found)
