"""Metrics of a network: the loss and the task's metrics on every split, l1, nonzeros and sparsity."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from frontsearch.compaction import Channels, network_size, size_with
from frontsearch.names import (
    L1_RAW,
    LIMITED_UNITS,
    MULTIPLY_ADDS,
    NONZEROS,
    PRUNABLE,
    REGULARISATION,
    SPARSITY,
    SPLITS,
    UNITS,
    Split,
    on_split,
)
from frontsearch.scale import CanonicalScale, canonical_scale
from frontsearch.tasks import Inputs, Task, copied, forward, forward_once, seeded
from frontsearch.training.penalties import penalty_of
from frontsearch.training.weights import Weights

FEW = 4  # examples that a network is followed with
CHUNK = 500  # examples in a forward pass: fits the cache of one core; metrics do not depend on it

Outputs = Callable[[Inputs], Tensor]


def network_metrics(
    task: Task, outputs: Outputs, weights: Sequence[Weights], *, scale: CanonicalScale, channels: Channels | None = None
) -> list[dict[str, float]]:
    """All metrics of ``k`` networks: loss and task metrics by split, l1, nonzeros, prunable weights and sparsity.

    Args:
        task: Task whose splits the networks are evaluated on.
        outputs: Function from inputs ``(n, ...)`` to the outputs of all networks, ``(k, n, ...)``.
        weights: Parameters of each of the ``k`` networks.
        scale: Scale that l1 is measured in.
        channels: Channels of the networks, if they are known to be those of every network of the task.
    """
    metrics = [_weight_metrics(task, network_weights, scale, channels=channels) for network_weights in weights]
    for split in SPLITS:
        for values, figures in zip(metrics, split_figures(task, outputs, split), strict=True):
            values |= {on_split(split, name): figure for name, figure in figures.items()}
    return metrics


def network_outputs(network: nn.Module) -> Outputs:
    """A function that returns the outputs of one network in evaluation mode, ``(1, n, ...)``."""
    network.eval()
    return lambda inputs: forward_once(network, inputs).unsqueeze(0)


def stacked_outputs(networks: Sequence[nn.Module]) -> Outputs:
    """A function that returns the outputs of ``k`` networks of one architecture in evaluation mode, ``(k, n, ...)``.

    One batched forward pass computes them all; one for each where torch cannot batch an operation, such as an LSTM's,
    or a network has a module twice, where torch would leave batched weights behind.
    """
    for network in networks:
        network.eval()
    each: Outputs = lambda inputs: torch.stack([forward(network, inputs) for network in networks])  # noqa: E731
    named = [name for name, _ in networks[0].named_modules(remove_duplicate=False)]
    if len(named) > len(list(networks[0].modules())):
        return each
    parameters, buffers = stack_module_state(list(networks))

    def outputs(inputs: Inputs) -> Tensor:
        try:
            return _batched_outputs(networks[0], copied(inputs), parameters=parameters, buffers=buffers)
        except Exception:  # noqa: BLE001 - what fails for other reasons fails again
            return each(inputs)

    return outputs


def _batched_outputs(
    network: nn.Module, inputs: Inputs, *, parameters: dict[str, Tensor], buffers: dict[str, Tensor]
) -> Tensor:
    arguments = (inputs,) if isinstance(inputs, Tensor) else inputs if isinstance(inputs, tuple) else ()
    keywords = dict(inputs) if isinstance(inputs, Mapping) else {}

    def single(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        outputs: Tensor = functional_call(network, (parameters, buffers), arguments, keywords)
        return outputs

    with warnings.catch_warnings():  # of operations that are batched slowly
        warnings.simplefilter("ignore", UserWarning)
        stacked: Tensor = vmap(single)(parameters, buffers)
    return stacked


def complexity_of(weights: Weights, scale: CanonicalScale) -> tuple[float, int]:
    """The complexity of a network in the scale of measurement, and how many units' scales were kept within bounds."""
    if scale.is_plain:
        return penalty_of(weights, scale.groups).norm(weights.penalised.cpu().double()), 0
    balance = scale.balance(weights.network)
    return balance.least, balance.limited


def _weight_metrics(
    task: Task, weights: Weights, scale: CanonicalScale, *, channels: Channels | None
) -> dict[str, float]:
    prunable, nonzeros = len(weights.penalised), weights.nonzeros()
    complexity, limited = complexity_of(weights, scale)
    return {
        task.measures.complexity.key: complexity, L1_RAW: weights.l1(),
        NONZEROS: nonzeros, PRUNABLE: prunable, SPARSITY: 1 - nonzeros / prunable,
        **_size(task, weights.network, channels), **({LIMITED_UNITS: limited} if limited else {}),
        **_regularisation(task, weights),
    }  # fmt: skip


def _size(task: Task, network: nn.Module, channels: Channels | None) -> dict[str, float]:
    """What compaction would leave of a network; nothing if it cannot be followed."""
    if channels is not None:
        size = size_with(channels, network)
    else:
        with seeded(0):  # for what a Dataset draws
            size = network_size(network.eval(), next(task.splits["train"].pieces(FEW)).inputs)
    return {} if size is None else {UNITS: size.units, MULTIPLY_ADDS: size.multiply_adds}


def _regularisation(task: Task, weights: Weights) -> dict[str, float]:
    """What weight decay adds to the loss, if the task has any."""
    decayed = task.decayed(weights.network)
    squares = (float(weights.network.get_parameter(name).detach().cpu().double().square().sum()) for name in decayed)
    return {REGULARISATION: task.weight_decay * math.fsum(squares)} if decayed else {}


@torch.no_grad()
def split_figures(task: Task, outputs: Outputs, split: Split) -> list[dict[str, float]]:
    """The loss and the metrics of each network on a whole split, by name.

    All outputs are collected first: a loss with class weights or ignored targets is no mean of its means over pieces.
    """
    examples = task.metric_examples(split)
    stacked = torch.cat([outputs(piece.inputs) for piece in examples.pieces(CHUNK)], dim=1)
    name = task.measures.loss.key
    return [
        {
            name: float(task.loss(single, examples.targets)),
            **{other: metric.value(single, examples.targets) for other, metric in task.metrics.items()},
        }
        for single in stacked
    ]


def untrained_metrics(task: Task) -> dict[str, float]:
    """All metrics of the untrained network with seed 0."""
    return metrics_of(task, task.network(0))


def metrics_of(task: Task, network: nn.Module) -> dict[str, float]:
    """All metrics of a network of the task, as those of a training."""
    weights, scale = Weights(network.to(task.device), task.penalised), canonical_scale(task)
    return network_metrics(task, network_outputs(network), [weights], scale=scale)[0]
