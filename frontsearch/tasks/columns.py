"""Which weights read the columns of a table, so that their zeros tell which columns a network does not use."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

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
        tensors, images, or of another number of dimensions than two.
    """
    shape, _ = task.splits["train"].forms.get(ONE_TABLE, ((), None))
    if task.image or len(shape) != 2:
        return ()
    rows = next(task.splits["train"].pieces(EXAMPLES)).inputs
    assert isinstance(rows, Tensor)  # noqa: S101 - as the form says
    network = task.network(0).to(rows.device).eval()
    with seeded(0):
        names, weights = _readers(network, rows), _noisy_weights(network)
        known = names and weights.keys() >= set(names)  # a parametrised weight is no parameter
        return names if known and _read_all(network, names, rows=rows, weights=weights) else ()


def _noisy_weights(network: nn.Module) -> dict[str, Tensor]:
    """All parameters by all their names, with noise; tied ones stay equal."""
    noisy = {each: each + NOISE * torch.randn_like(each) for each in network.parameters() if each.is_floating_point()}
    return {name: noisy.get(each, each) for name, each in network.named_parameters(remove_duplicate=False)}


def _readers(network: nn.Module, rows: Tensor) -> tuple[str, ...]:
    """Names of the weights of the linear layers that are called with these rows."""
    found: list[nn.Module] = []

    def collect(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if inputs[0].shape == rows.shape and bool((inputs[0] == rows).all()):
            found.append(layer)

    linear = {name: module for name, module in network.named_modules() if isinstance(module, nn.Linear)}
    hooks = [layer.register_forward_pre_hook(collect) for layer in linear.values()]
    network(rows.clone())  # which it may change
    for hook in hooks:
        hook.remove()
    return tuple(f"{name}.weight".removeprefix(".") for name, layer in linear.items() if layer in found)


def _read_all(network: nn.Module, names: tuple[str, ...], *, rows: Tensor, weights: Mapping[str, Tensor]) -> bool:
    """Whether outputs stay the same when columns change whose weights of these names are zero, some at a time."""
    halves = torch.rand(ROUNDS, rows.shape[1], device=rows.device) < 0.5
    for zeroed in torch.cat([halves, ~halves]):
        cut = {name: torch.where(zeroed, 0.0, weights[name]) for name in names}
        changed = torch.where(zeroed, rows.flip(0), rows)  # the values of other examples in these columns
        one, other = (
            functional_call(network, {**weights, **cut}, (inputs.clone(),), tie_weights=False)
            for inputs in (rows, changed)
        )
        if not torch.equal(one, other):
            return False
    return True
