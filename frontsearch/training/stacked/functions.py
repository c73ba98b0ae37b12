"""``module_for``: the module that computes what a function does which a forward pass calls."""

from collections.abc import Callable

import torch
from torch import fx, nn
from torch.nn import functional

MODULES: dict[Callable[..., object] | str, type[nn.Module]] = {
    functional.relu: nn.ReLU, torch.relu: nn.ReLU, "relu": nn.ReLU,
    functional.tanh: nn.Tanh, torch.tanh: nn.Tanh, "tanh": nn.Tanh,
    functional.sigmoid: nn.Sigmoid, torch.sigmoid: nn.Sigmoid, "sigmoid": nn.Sigmoid,
    functional.gelu: nn.GELU, functional.silu: nn.SiLU, functional.elu: nn.ELU, functional.leaky_relu: nn.LeakyReLU,
    functional.softplus: nn.Softplus, functional.relu6: nn.ReLU6, functional.selu: nn.SELU, functional.celu: nn.CELU,
    functional.mish: nn.Mish, functional.hardtanh: nn.Hardtanh, functional.hardsigmoid: nn.Hardsigmoid,
    functional.hardswish: nn.Hardswish, functional.logsigmoid: nn.LogSigmoid, functional.softsign: nn.Softsign,
    functional.log_softmax: nn.LogSoftmax, torch.log_softmax: nn.LogSoftmax, "log_softmax": nn.LogSoftmax,
    functional.max_pool2d: nn.MaxPool2d, functional.avg_pool2d: nn.AvgPool2d,
    functional.adaptive_avg_pool2d: nn.AdaptiveAvgPool2d, functional.dropout: nn.Dropout,
    functional.dropout2d: nn.Dropout2d, torch.flatten: nn.Flatten, "flatten": nn.Flatten,
}  # fmt: skip
RESHAPES = {"view", "reshape", torch.reshape}
IGNORED = {
    "inplace",
    "training",
    "return_indices",
    "_stacklevel",
    "dtype",
}  # by modules; none changes what they compute
MAX_POSITIONAL = 4  # up to here a function's arguments are in the order of its module's


def module_for(node: fx.Node) -> nn.Module | None:
    """The module that computes what this call does, from its first argument; None if there is none.

    A call that reshapes to two dimensions is taken for one that flattens each example.
    """
    arguments, keywords = node.args[1:], dict(node.kwargs)
    if node.target in RESHAPES:
        shape = arguments[0] if isinstance(arguments[0], tuple | list) else arguments
        return nn.Flatten() if len(shape) == 2 and not keywords else None
    if node.target not in MODULES or len(arguments) > MAX_POSITIONAL or keywords.get("dtype") is not None:
        return None
    if keywords.get("training") is False:
        return nn.Identity()
    known = {name: value for name, value in keywords.items() if name not in IGNORED}
    return MODULES[node.target](*arguments, **known)
