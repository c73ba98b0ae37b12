"""Memory that stands for that of a GPU: tensors there have another device, mix with no others and have no doubles."""

from contextlib import ExitStack

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

GPU, CPU = torch.device("cpu", 0), torch.device("cpu")  # torch takes both for the same one, and tells them apart
MIXING = {
    "copy_",
    "_to_copy",
    "index",
    "index_put",
    "index_put_",
    "_index_put_impl_",
    "lift_fresh",
}  # as torch lets them

ANSWERS = {
    Tensor.device.__get__: lambda is_there: GPU if is_there else CPU,
    Tensor.is_cpu.__get__: lambda is_there: not is_there,
}
NOT_DETERMINISTIC = {"_adaptive_avg_pool2d_backward", "kthvalue", "nll_loss2d_forward", "reflection_pad2d_backward"}


class SimulatedGpu(ExitStack):
    """Within this context, ``to(GPU)`` copies tensors there, and ``cpu()`` back."""

    def __init__(self):
        super().__init__()
        self._stored = {}

    def __enter__(self):
        self.enter_context(_Functions(self))
        self.enter_context(_Operations(self))
        return self

    def has(self, tensor):
        """Whether a tensor lies there."""
        return _address(tensor) in self._stored

    def add(self, values):
        """Says of tensors that they lie there; returns them."""
        for part in tensors(values):
            if part.numel():
                self._stored[_address(part)] = part.untyped_storage()  # kept, so that no other memory gets its place
        return values


def tensors(values):
    """All tensors in some values."""
    return [part for part in tree_iter(values) if isinstance(part, Tensor)]


def _are_strict():
    return torch.are_deterministic_algorithms_enabled() and not torch.is_deterministic_algorithms_warn_only_enabled()


def _address(tensor):
    return tensor.untyped_storage().data_ptr()


class _Functions(TorchFunctionMode):
    """Moves tensors, and says where they are."""

    def __init__(self, gpu):
        super().__init__()
        self.gpu = gpu

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if function in ANSWERS:
            return ANSWERS[function](self.gpu.has(args[0]))
        if function is torch.unravel_index:  # made of several steps, which ask for devices themselves
            return (
                self.gpu.add(function(_copied(args[0]), **kwargs))
                if self.gpu.has(args[0])
                else function(*args, **kwargs)
            )
        result = function(*args, **kwargs)
        if function is Tensor.new_tensor and self.gpu.has(args[0]):
            self.gpu.add(result)
        if function is Tensor.cpu:
            return _copied(result)
        if function is Tensor.to:
            given = [each for each in (*args[1:], *kwargs.values()) if isinstance(each, torch.device | str)]
            given += [GPU if self.gpu.has(each) else CPU for each in args[1:2] if isinstance(each, Tensor)]
            if given and (torch.device(given[0]) == GPU) != self.gpu.has(args[0]):
                return _copied(result) if self.gpu.has(args[0]) else self.gpu.add(result.clone())
        elif kwargs.get("device") is not None and torch.device(kwargs["device"]) == GPU:
            self.gpu.add(result)
        return result


def _copied(tensor):
    with torch.no_grad():
        return torch.from_numpy(tensor.numpy().copy())


class _Operations(TorchDispatchMode):
    """Refuses what a GPU refuses, with torch's kinds of exceptions."""

    def __init__(self, gpu):
        super().__init__()
        self.gpu = gpu

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        given = [each for each in tensors((args, kwargs)) if each.numel()]
        there = [self.gpu.has(each) for each in given]
        if any(there):
            mixed = [each for each, is_there in zip(given, there, strict=True) if not is_there and each.ndim]
            if mixed and function.__name__.partition(".")[0] not in MIXING:
                raise RuntimeError(f"Expected all tensors of {function} to be on the same device.")
            self.gpu.add(result)
            if function.__name__.partition(".")[0] in NOT_DETERMINISTIC and _are_strict():
                raise RuntimeError(f"{function} does not have a deterministic implementation.")
            if any(part.dtype == torch.float64 for part in tensors(result)):
                raise TypeError(f"{function} makes a tensor of dtype float64, which the device does not have.")
        return result
