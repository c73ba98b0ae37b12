"""``agrees``: whether a step of a stacked network does what a step of the network itself does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from frontsearch.tasks import Examples, Task, forward, seeded
from frontsearch.tracing import draw_weights_
from frontsearch.training.stacked.chain import Chain, Link
from frontsearch.training.stacked.losses import StackedLoss
from frontsearch.training.stacked.network import StackedNetwork
from frontsearch.training.stacked.weights import StackedWeights
from frontsearch.training.weights import Weights

RELATIVE, FLOOR = 1e-3, 1e-5  # of the largest entry of a gradient, and of all gradients, for roundings
DROPOUTS = (nn.Dropout, nn.Dropout2d)


class WithoutDropout(TorchFunctionMode):
    """Dropout keeps everything, as no two passes draw the same."""

    def __torch_function__(  # noqa: PLR0917 - as torch calls it
        self, function: Callable[..., Any], types: Sequence[type], args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 # fmt: skip
        """What the function returns; dropout returns its inputs."""
        return args[0] if function in {functional.dropout, functional.dropout2d} else function(*args, **kwargs or {})


def agrees(task: Task, chain: Chain, loss: StackedLoss, *, few: Examples) -> bool:
    """Whether loss, gradients and buffers are the same after a step with random weights, up to roundings.

    A forward pass may stop gradients or compute others than torch would, and its graph does not tell.

    Args:
        task: The task.
        chain: The layers that were found.
        loss: The loss of stacked networks.
        few: Training examples.
    """
    links = tuple(Link(None, nn.Identity()) if isinstance(each.module, DROPOUTS) else each for each in chain.links)
    try:
        with seeded(0), WithoutDropout():
            found = _stacked_step(task, replace(chain, links=links), loss, few=few)
            expected = _step(task, few)
    except Exception:  # noqa: BLE001 - a loss may take what it does not take when stacked
        return False
    scale = max(float(tensor.abs().max()) for tensor in expected.values())
    return all(_close(found[name], tensor, scale) for name, tensor in expected.items())


def _network(task: Task) -> nn.Module:
    with seeded(1):
        network = task.network(0).to(task.device)
        draw_weights_(network)
    return network.train()


def _step(task: Task, few: Examples) -> dict[str, Tensor]:
    """Loss, gradients and buffers after a step of the network itself, by name."""
    network = _network(task)
    loss = task.loss(forward(network, few.inputs), few.targets)
    loss.backward()
    none = {name: torch.zeros_like(parameter) for name, parameter in network.named_parameters()}
    gradients = {name: parameter.grad for name, parameter in network.named_parameters() if parameter.grad is not None}
    return {"loss": loss.detach(), **dict(network.named_buffers()), **none, **gradients}


@torch.inference_mode()
def _stacked_step(task: Task, chain: Chain, loss: StackedLoss, *, few: Examples) -> dict[str, Tensor]:
    """Those of a stack of it."""
    with torch.inference_mode(mode=False):
        network = _network(task)
        stacked = StackedWeights([Weights(network, task.penalised)])
    assert isinstance(few.inputs, Tensor)  # noqa: S101 - or its trainings are not stacked
    count = len(stacked.vector)
    inputs, targets = (each.expand(count, *each.shape) for each in (few.inputs, few.targets))
    losses = StackedNetwork(chain, [network], [], weights=stacked, loss=loss).gradient_step(
        inputs, targets, examples=len(few.targets)
    )
    gradients = {name: gradient[0] for name, gradient in stacked.views(stacked.gradient).items()}
    return {"loss": losses[0], **dict(network.named_buffers()), **gradients}


def _close(found: Tensor, expected: Tensor, scale: float) -> bool:
    if not expected.numel() or not expected.is_floating_point():
        return torch.equal(found, expected)
    difference = float((found - expected).abs().max())
    return difference <= RELATIVE * float(expected.abs().max()) + FLOOR * scale
