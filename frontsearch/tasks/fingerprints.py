"""What a fingerprint is of, in a form that is the same in every process."""

import hashlib
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn


def content(tensor: Tensor) -> memoryview:
    """The bytes of a tensor, not by way of NumPy's types, which lack some of torch's."""
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data


def title(function: Callable[..., object] | None) -> str:
    """What a function is called, which unlike its representation is the same in every process."""
    return getattr(function, "__qualname__", type(function).__qualname__)


def plain(function: object) -> bool:
    """Whether there is nothing to a function but its name: it has no options that were set when it was made."""
    return function is None or hasattr(function, "__qualname__")


def described(value: object) -> object:
    """What JSON has no form for, in one that tells its options from others: for ``json.dumps`` as its ``default``."""
    match value:
        case Tensor():
            return [str(value.dtype), list(value.shape), hashlib.sha256(content(value)).hexdigest()]
        case partial():
            return [value.func, value.args, value.keywords]
        case nn.Module():
            own = {name: _options(module) for name, module in value.named_modules()}
            return [str(value), own, dict(value.named_parameters()), dict(value.named_buffers())]
    name = getattr(value, "__qualname__", None)
    return name or [type(value).__qualname__, getattr(value, "__dict__", {})]


def _options(module: nn.Module) -> dict[str, object]:
    """The attributes of a module that not every module has."""
    return {name: value for name, value in vars(module).items() if name not in vars(nn.Module())}
