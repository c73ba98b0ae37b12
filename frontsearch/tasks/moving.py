"""``moved``: a loss or a transform with its tensors, such as weights of classes, on a device."""

import copy
from functools import partial
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn


def moved(value: Any, device: torch.device) -> Any:  # noqa: ANN401 - of any type, and returned with the same one
    """A value with its tensors on a device; the value itself if it has none elsewhere that can be found.

    Args:
        value: A tensor, a module, or a ``functools.partial`` with some; what a function captures stays where it is.
        device: The device.
    """
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, nn.Module):
        tensors = chain(value.parameters(), value.buffers())
        return value if all(tensor.device == device for tensor in tensors) else copy.deepcopy(value).to(device)
    if isinstance(value, partial):
        arguments = [moved(each, device) for each in value.args]
        keywords = {name: moved(each, device) for name, each in value.keywords.items()}
        return partial(moved(value.func, device), *arguments, **keywords)
    return value
