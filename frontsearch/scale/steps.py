"""What each torch function does to the units of a network, and the units that a whole network has."""

from functools import partial

import torch
from torch import nn

from frontsearch.scale import kernel_steps, moves
from frontsearch.scale.tracer import UnitTracer
from frontsearch.scale.units import Units
from frontsearch.tasks import Inputs, copied, forward_once
from frontsearch.tracing import MOVING, Rule, attribute, keep, move


def find_units(network: nn.Module, inputs: Inputs) -> Units:
    """Runs a network on a few inputs and follows its units from step to step.

    Args:
        network: Network in evaluation mode.
        inputs: Inputs of a few examples. Their values only matter if the forward pass branches on them.
    """
    inputs = copied(inputs)
    tracer = UnitTracer(network, rules=RULES, end=moves.end)
    with torch.no_grad(), tracer:
        outputs = forward_once(network, inputs)
    tracer.fix(outputs)
    return tracer.units()


# Names of torch functions, without the underscores of in-place forms.
_ELEMENTWISE = (
    "abs", "alias", "clone", "contiguous", "detach", "double", "dropout", "dropout1d", "dropout2d", "dropout3d",
    "feature_dropout", "float", "leaky_relu", "neg", "negative", "prelu", "relu", "rrelu", "to", "type_as", "__neg__",
)  # fmt: skip
_POOLS = ("adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "lp_pool", "max_pool")

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, keep),
    **dict.fromkeys(MOVING, move),
    **dict.fromkeys(("add", "maximum", "minimum", "sub", "__add__", "__iadd__", "__radd__", "__sub__"), moves.add),
    **dict.fromkeys(("mul", "multiply", "__mul__", "__imul__", "__rmul__"), moves.multiply),
    **dict.fromkeys(("div", "divide", "true_divide", "__truediv__", "__itruediv__"), moves.divide),
    **dict.fromkeys(("amax", "amin", "mean", "sum"), moves.reduce),
    **{f"{name}{dims}d": partial(moves.pool, dims=dims) for name in _POOLS for dims in (1, 2, 3)},
    **{f"conv{dims}d": partial(kernel_steps.convolution, dims=dims) for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": partial(kernel_steps.transposed_convolution, dims=dims) for dims in (1, 2, 3)},
    "__get__": attribute,
    "batch_norm": kernel_steps.batch_norm,
    "conv_relu_avg_pool": kernel_steps.conv_relu_avg_pool,
    "embedding": kernel_steps.embedding,
    "interpolate": moves.resize,
    "linear": kernel_steps.linear,
    "matmul": kernel_steps.matmul,
    "mm": kernel_steps.matmul,
    "pad": moves.pad,
    "__matmul__": kernel_steps.matmul,
}
