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
        given = value.func, *value.args, *value.keywords.values()
        function, *others = (moved(each, device) for each in given)
        if all(old is new for old, new in zip(given, (function, *others), strict=True)):
            return value
        count = len(value.args)
        return partial(function, *others[:count], **dict(zip(value.keywords, others[count:], strict=True)))
    return value
