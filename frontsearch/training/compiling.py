"""Whether torch can compile networks on this machine."""

import torch

from frontsearch.errors import one_line


def compiler_fault() -> str | None:
    """Why torch compiles nothing here, on one line; None where it does."""
    try:
        torch.compile(torch.neg)(torch.ones(8))
    except Exception as error:  # noqa: BLE001 - a compiler, or its absence, may come to anything
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return one_line(lines[0])
    return None
