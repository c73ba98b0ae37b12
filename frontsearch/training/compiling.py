"""Compiles networks with ``torch.compile``, if this machine can."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.errors import one_line


def compiler_error() -> str | None:
    """Why ``torch.compile`` does not work on this machine, in one line; None if it works."""
    try:
        torch.compile(torch.neg)(torch.ones(8))
    except Exception as error:  # noqa: BLE001 - a compiler, or its absence, may raise anything
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return one_line(lines[0])
    return None


def compiled(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """The network as a function that is compiled at its first call, or runs uncompiled if compiling fails."""
    from torch._dynamo import config  # noqa: PLC0415 - seconds of imports

    config.suppress_errors = True
    function: Callable[[Tensor], Tensor] = torch.compile(network)
    return function
