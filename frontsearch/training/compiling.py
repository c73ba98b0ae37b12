"""Compiles networks with ``torch.compile``, if this machine can."""

import torch
from torch import nn

from frontsearch.errors import one_line
from frontsearch.tasks import Examples, Task, are_close, gradient, seeded

EXAMPLES = 8


def compiler_error() -> str | None:
    """Why ``torch.compile`` does not work on this machine, in one line; None if it works."""
    try:
        torch.compile(torch.neg)(torch.ones(8))
    except Exception as error:  # noqa: BLE001 - a compiler, or its absence, may raise anything
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return one_line(lines[0])
    return None


def compiled(network: nn.Module) -> nn.Module:
    """The network as one that is compiled at its first call, or runs uncompiled if compiling fails."""
    from torch._dynamo import config  # noqa: PLC0415 - seconds of imports

    config.suppress_errors = True
    module: nn.Module = torch.compile(network)  # type: ignore[assignment]
    return module


def keeps_gradient(task: Task) -> bool:
    """Whether a task's network has the same gradient when it is compiled, up to roundings.

    With torch 2.13 to 2.15, an average pooling with ``ceil_mode=True`` has another one (pytorch/pytorch#198119).
    """
    with seeded(0, task.device.type):  # for what a Dataset and a transform draw
        few = next(task.splits["train"].pieces(EXAMPLES))
        few = Examples((task.transform or nn.Identity())(few.inputs), few.targets)
        network = task.network(0).to(task.device)
        expected, found = (gradient(each, few, task.loss) for each in (network, compiled(network)))
    return are_close(found, expected)
