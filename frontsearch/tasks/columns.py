"""Which weights read the columns of a table, so that their zeros tell which columns a network does not use."""

from typing import cast

import torch
from torch import Tensor, nn

from frontsearch.tasks.base import Task
from frontsearch.tasks.feature_names import ONE_TABLE
from frontsearch.tasks.seeding import seeded

EXAMPLES = 256  # a forward pass of so many takes no time, and few columns are constant in them
ROUNDS = 4  # a layer that mixes up its columns may pass one by chance
NOISE = 0.1  # added to weights, as zeros that a network begins with would hide what else reads the inputs


@torch.no_grad()
def input_weights(task: Task) -> tuple[str, ...]:
    """Names of the weights of the linear layers that take the inputs, each ``(units, columns)``.

    The outputs of a network of the task do not depend on a column for which all these weights are zero.

    Returns:
        The names; none if anything else than linear layers reads the inputs, or the inputs are no table: several
        tensors, images, or of another number of dimensions than two; none either if looking fails.
    """
    shape, _ = task.splits["train"].forms.get(ONE_TABLE, ((), None))
    if task.image or len(shape) != 2:
        return ()
    rows = next(task.splits["train"].pieces(EXAMPLES)).inputs
    assert isinstance(rows, Tensor)  # noqa: S101 - as the form says
    with seeded(0):
        try:
            return _reading(task.network(0).to(rows.device).eval(), rows)
        except Exception:  # noqa: BLE001 - a forward pass may do anything
            return ()


def _reading(network: nn.Module, rows: Tensor) -> tuple[str, ...]:
    """The names of the weights for a network, which is changed."""
    weights = _weights_called_with(network, rows)
    names = tuple(name for name, parameter in network.named_parameters() if parameter in weights)
    return names if names and _read_all(network, names, rows) else ()


def _weights_called_with(network: nn.Module, rows: Tensor) -> set[Tensor]:
    """The weights of the linear layers that are called with these rows."""
    found: set[Tensor] = set()

    def collect(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if inputs and not inputs[0].is_nested and inputs[0].shape == rows.shape and bool((inputs[0] == rows).all()):
            found.add(cast("nn.Linear", layer).weight)

    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    hooks = [layer.register_forward_pre_hook(collect) for layer in linear]
    network(rows.clone())  # which it may change
    for hook in hooks:
        hook.remove()
    return found


def _read_all(network: nn.Module, names: tuple[str, ...], rows: Tensor) -> bool:
    """Whether outputs stay the same when columns change whose weights of these names are zero, some at a time.

    The weights are changed in place, as not every network, such as an ``nn.DataParallel``, can be called with others.
    """
    parameters = dict(network.named_parameters())
    for parameter in parameters.values():
        parameter.copy_(_noisy(parameter))
    weights = {name: parameters[name].clone() for name in names}
    halves = torch.rand(ROUNDS, rows.shape[1], device=rows.device) < 0.5
    for zeroed in torch.cat([halves, ~halves]):
        for name, weight in weights.items():
            parameters[name].copy_(torch.where(zeroed, 0.0, weight))
        changed = torch.where(zeroed, rows.flip(0), rows)  # the values of other examples in these columns
        one, other = (network(inputs.clone()) for inputs in (rows, changed))
        if not torch.equal(one, other):
            return False
    return True


def _noisy(parameter: Tensor) -> Tensor:
    return parameter + NOISE * torch.randn_like(parameter) if parameter.is_floating_point() else parameter
