"""Networks as torch compiles them, where it can."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from frontsearch.errors import one_line


def compiler_fault() -> str | None:
    """Why torch compiles nothing here, on one line; None where it does."""
    try:
        torch.compile(torch.neg)(torch.ones(8))
    except Exception as error:  # noqa: BLE001 - a compiler, or its absence, may come to anything
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return one_line(lines[0])
    return None


def compiled(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """The network's outputs, compiled when they are first asked for; as they are where the compiler fails at that."""
    from torch._dynamo import config  # noqa: PLC0415 - seconds of imports

    config.suppress_errors = True
    found: Callable[[Tensor], Tensor] = torch.compile(network)
    return found
