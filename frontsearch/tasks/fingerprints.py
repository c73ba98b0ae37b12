"""A task's parts in a form that is the same in every process, for its fingerprint."""

import hashlib
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn


def tensor_bytes(tensor: Tensor) -> memoryview:
    """The bytes of a tensor of any dtype, including those that NumPy lacks."""
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data


def function_name(function: Callable[..., object] | None) -> str:
    """A function's qualified name, or its type's; unlike its ``repr`` it is the same in every process."""
    return getattr(function, "__qualname__", type(function).__qualname__)


def is_named(function: object) -> bool:
    """Whether a function is fully described by its name; partials and callable objects carry options besides."""
    return function is None or hasattr(function, "__qualname__")


def json_default(value: object) -> object:
    """The ``default`` of ``json.dumps``: describes tensors, partials, modules and objects by their contents."""
    match value:
        case Tensor():
            return [str(value.dtype), list(value.shape), hashlib.sha256(tensor_bytes(value)).hexdigest()]
        case partial():
            return [value.func, value.args, value.keywords]
        case nn.Module():
            options = {name: _options(module) for name, module in value.named_modules()}
            return [str(value), options, dict(value.named_parameters()), dict(value.named_buffers())]
    name = getattr(value, "__qualname__", None)
    return name or [type(value).__qualname__, getattr(value, "__dict__", {})]


def _options(module: nn.Module) -> dict[str, object]:
    """The attributes of a module that a bare ``nn.Module`` does not have."""
    return {name: value for name, value in vars(module).items() if name not in vars(nn.Module())}
