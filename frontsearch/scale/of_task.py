"""The canonical scale of a task's network; where the network cannot be followed, its own scale."""

import copy
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from frontsearch.compaction import weight_groups
from frontsearch.errors import one_line
from frontsearch.scale.canonical import CanonicalScale, named_tensors
from frontsearch.scale.initial import initial_mean_squares
from frontsearch.scale.steps import find_units
from frontsearch.scale.units import Units
from frontsearch.tasks import Inputs, Task, forward, seeded
from frontsearch.tracing import draw_weights_

EXAMPLES = 2


def canonical_scale(task: Task) -> CanonicalScale:
    """The scale that a task's complexity is measured in.

    If the network cannot be followed, or a trial with random scales shows that it was followed wrongly, no unit is
    rescaled: weights are then taken as they are, and the scale's ``raw_because`` says why.

    Examples:
        >>> from frontsearch import canonical_scale, digits
        >>> task = digits()
        >>> network = task.network(0)
        >>> round(canonical_scale(task).balance(network).least, 1)  # the plain sum is 308.9
        240.7
    """
    network = task.network(0).eval()
    with seeded(0):  # for what a Dataset draws
        inputs = next(task.splits["train"].pieces(EXAMPLES)).map(Tensor.cpu).inputs
        grouped = task.complexity == "group-l1"
        groups = weight_groups(network, inputs, task.penalised) if grouped else None
    as_built = replace(task.network, channels_last=False)  # as what was drawn there is forgotten once it is moved
    scale_of = partial(
        CanonicalScale,
        penalised=task.penalised,
        network=network,
        mean_squares=initial_mean_squares(partial(as_built, 0)),
        groups=groups,
    )
    try:
        with seeded(0):
            scale = scale_of(find_units(network, inputs))
            fault = _fault(scale, network, inputs)
    except Exception as error:  # noqa: BLE001 - a network's forward pass may raise anything
        fault = f"the network could not be followed: {one_line(str(error))[:200].rstrip('.')}"
    return scale_of(Units(1, (), ()), raw_because=fault) if fault else scale


@torch.no_grad()
def _fault(scale: CanonicalScale, network: nn.Module, inputs: Inputs) -> str:
    """What is wrong with the units; empty if random scales do not change the outputs of a network of random weights."""
    network = copy.deepcopy(network)
    draw_weights_(network)
    expected, named = forward(network, inputs), named_tensors(network)
    log_scale = np.append(0.0, torch.rand(scale.units.count - 1).numpy())
    for name, factor in scale.factors(network, log_scale).items():
        named[name].mul_(factor)
    found = forward(network, inputs)
    tolerance = float(expected.abs().max()) * torch.finfo(expected.dtype).eps ** 0.5
    equal = torch.allclose(found, expected, rtol=0, atol=tolerance, equal_nan=True)
    return "" if equal else "the network has other outputs after a rescaling that should not change them"
