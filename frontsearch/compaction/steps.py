"""What each torch function does to the channels of a network."""

from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.compaction import kernel_steps
from frontsearch.compaction.attention import attention
from frontsearch.compaction.channels import NO_CHANNELS, Channels, Join
from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tasks import Inputs, copied, forward_once
from frontsearch.tracing import MOVING, Rule, Step, along, attribute, broadcast, keep, move, varies


@torch.no_grad()
def find_channels(network: nn.Module, inputs: Inputs) -> Channels:
    """Runs a network on a few inputs and follows its channels from step to step.

    Args:
        network: Network in evaluation mode.
        inputs: Inputs of a few examples.
    """
    inputs = copied(inputs)  # here, as the tracer knows them by identity
    tracer = ChannelTracer(network, inputs, rules=RULES, end=end)
    with tracer:
        outputs = forward_once(network, inputs)
    tracer.fix(outputs)
    return tracer.channels()


def followed_channels(network: nn.Module, inputs: Inputs) -> Channels:
    """As ``find_channels``, but none of a network that cannot be followed, as its forward pass may do anything."""
    try:
        return find_channels(network, inputs)
    except Exception:  # noqa: BLE001
        return NO_CHANNELS


def end(tracer: ChannelTracer, step: Step) -> None:
    """For a step that mixes channels, or that nothing is known of: they have to stay."""
    tracer.fix(step.operands)


def join(tracer: ChannelTracer, step: Step) -> None:
    """For a step that computes each element from the elements at its place, such as a sum or a product."""
    labelled = [tensor for tensor in step.operands if tracer.is_labelled(tensor)]
    others = [tensor for tensor in step.operands if not any(tensor is each for each in labelled)]
    if not labelled:
        return
    parts = broadcast([tracer.labels(tensor) for tensor in labelled], step.output.ndim)
    if any(_conflicts(other, parts) for other in others):
        end(tracer, step)
        return
    varying = any(tracer.name(other) is None for other in others)
    if len(labelled) == 1 and not varying:
        tracer.label(step.output, parts[0])
        return
    different, place = torch.stack([part.flatten() for part in parts]).unique(dim=1, return_inverse=True)
    if not varying and (different == different[0]).all():
        tracer.label(step.output, parts[0])
        return
    rows = tracer.new_units(different.shape[1])
    for part in different:
        tracer.equate(rows, part)
    tracer.add(Join(rows, different, varying))
    tracer.label(step.output, rows[place].view(parts[0].shape))


def reduce(tracer: ChannelTracer, step: Step) -> None:
    """For a sum or mean over dimensions that channels do not differ along."""
    labels, dims = tracer.labels(step.operands[0]), step.argument(1, "dim")
    along_dims = (
        [dims] if isinstance(dims, int) else list(dims) if isinstance(dims, tuple | list) else range(labels.ndim)
    )
    if any(varies(labels, dim) for dim in along_dims):
        end(tracer, step)
        return
    for dim in along_dims:
        labels = labels.narrow(dim, 0, 1)
    tracer.label(step.output, labels.reshape(_without(labels, step, along_dims)))


def _without(labels: Tensor, step: Step, dims: "list[int] | range") -> list[int]:
    """The shape of what a reduction returns, with 1 where labels have not been expanded."""
    if step.output.ndim == labels.ndim:
        return list(labels.shape)
    gone = {dim % labels.ndim for dim in dims}
    return [size for dim, size in enumerate(labels.shape) if dim not in gone]


def normalise(tracer: ChannelTracer, step: Step) -> None:
    """For a step along one dimension, such as softmax, that channels do not differ along."""
    dim = step.argument(1, "dim")
    labels = tracer.labels(step.operands[0])
    if isinstance(dim, int) and not varies(labels, dim):
        tracer.label(step.output, labels)
    else:
        end(tracer, step)


def pool(tracer: ChannelTracer, step: Step, dims: int) -> None:
    """For a step over the last dimensions, such as pooling or padding, that channels do not differ along."""
    labels = tracer.labels(step.operands[0])
    for dim in range(-dims, 0):
        if varies(labels, dim):
            end(tracer, step)
            return
        labels = labels.narrow(dim, 0, 1)
    tracer.label(step.output, labels)


def resize(tracer: ChannelTracer, step: Step) -> None:
    """For interpolation over all dimensions after the channels."""
    pool(tracer, step, step.operands[0].ndim - 2)


def pad(tracer: ChannelTracer, step: Step) -> None:
    """For padding of the last dimensions."""
    sizes = step.argument(1, "pad")
    if isinstance(sizes, list | tuple):
        pool(tracer, step, len(sizes) // 2)
    else:
        end(tracer, step)


def by_channel(tracer: ChannelTracer, step: Step) -> None:
    """For a step with parameters of each channel, such as BatchNorm."""
    labels = along(tracer.labels(step.operands[0]), 1)
    vectors = [tensor for tensor in step.operands[1:] if tensor.numel() > 1]
    if labels is None or any(len(vector) != len(labels) or not tracer.is_labelled(vector) for vector in vectors):
        end(tracer, step)
        return
    for vector in vectors:
        tracer.equate(labels, tracer.labels(vector))
    tracer.label_axis(step.output, 1, labels)


def gate(tracer: ChannelTracer, step: Step) -> None:
    """For a gated linear unit, which multiplies one half of the channels by a function of the other."""
    dim = step.argument(1, "dim")
    halves = tracer.labels(step.operands[0]).chunk(2, -1 if not isinstance(dim, int) else dim)
    tracer.equate(*halves)
    rows, place = torch.stack([half.flatten() for half in halves]).unique(dim=1, return_inverse=True)
    joined = tracer.new_units(rows.shape[1])
    tracer.equate(joined, rows[0])
    tracer.add(Join(joined, rows, varies=False))
    tracer.label(step.output, joined[place].view(halves[0].shape))


def _conflicts(other: Tensor, parts: list[Tensor]) -> bool:
    """Whether a tensor without labels has entries of its own for different channels."""
    dims = range(-other.ndim, 0) if other.ndim else ()
    return any(other.shape[dim] > 1 and any(varies(part, dim) for part in parts) for dim in dims)


# Names of torch functions, without the underscores of in-place forms.
_ELEMENTWISE = (
    "abs", "alias", "alpha_dropout", "celu", "clamp", "clamp_max", "clamp_min", "clip", "clone", "contiguous", "cos",
    "detach", "double", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "erf", "exp", "feature_alpha_dropout",
    "feature_dropout", "float", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log",
    "log1p", "logsigmoid", "mish", "neg", "negative", "reciprocal", "relu", "relu6", "rrelu", "rsqrt", "selu",
    "sigmoid", "sign", "silu", "sin", "softplus", "softshrink", "softsign", "sqrt", "square", "tanh", "tanhshrink",
    "threshold", "to", "type_as", "__neg__",
)  # fmt: skip
_JOINING = (
    "add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "pow", "lerp",
    "__add__", "__iadd__", "__radd__", "__sub__", "__isub__", "__rsub__", "__mul__", "__imul__", "__rmul__",
    "__truediv__", "__itruediv__", "__rtruediv__", "__pow__",
)  # fmt: skip
_POOLS = ("adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "lp_pool", "max_pool")

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, keep),
    **dict.fromkeys(_JOINING, join),
    **dict.fromkeys(MOVING, move),
    **dict.fromkeys(("amax", "amin", "mean", "sum"), reduce),
    **dict.fromkeys(("softmax", "log_softmax", "softmin"), normalise),
    **dict.fromkeys(("batch_norm", "instance_norm", "prelu"), by_channel),
    **{f"{name}{dims}d": partial(pool, dims=dims) for name in _POOLS for dims in (1, 2, 3)},
    **{f"conv{dims}d": partial(kernel_steps.convolution, dims=dims) for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": partial(kernel_steps.transposed_convolution, dims=dims) for dims in (1, 2, 3)},
    "__get__": attribute,
    "multi_head_attention_forward": attention,
    "conv_relu_avg_pool": kernel_steps.conv_relu_avg_pool,
    "embedding": kernel_steps.embedding,
    "glu": gate,
    "interpolate": resize,
    "linear": kernel_steps.linear,
    "matmul": kernel_steps.matmul,
    "mm": kernel_steps.matmul,
    "pad": pad,
    "__matmul__": kernel_steps.matmul,
}  # fmt: skip
