"""What each torch function does to the channels of a network."""

from functools import partial

import torch
from torch import Tensor, nn

from frontsearch.compaction import kernel_steps
from frontsearch.compaction.attention import attention
from frontsearch.compaction.channels import NO_CHANNELS, Channels
from frontsearch.compaction.declared_sizes import declared_sizes
from frontsearch.compaction.head_steps import matmul, scaled_dot_product_attention
from frontsearch.compaction.reduce_steps import find_place, reduce
from frontsearch.compaction.size_steps import (
    narrow,
    reshape,
    select_slices,
    shuffle,
    shuffle_pixels,
    split,
    unflatten,
)
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
    with declared_sizes(network), tracer:
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
    labelled = _without_lone_vectors(tracer, [tensor for tensor in step.operands if tracer.is_labelled(tensor)])
    others = [tensor for tensor in step.operands if not any(tensor is each for each in labelled)]
    if not labelled or not isinstance(step.result, Tensor):  # a comparison with something else than numbers
        return
    parts = broadcast([tracer.labels(tensor) for tensor in labelled], step.output.ndim)
    dims = _dims_of_their_own(others, parts)
    if any(tracer.together(part, dims) is None for part in parts):
        end(tracer, step)
        return
    varying = any(tracer.name(other) is None for other in others)
    if len(labelled) == 1 and not varying:
        tracer.label(step.output, parts[0])
        return
    if not varying and all(torch.equal(part, parts[0]) for part in parts):
        tracer.label(step.output, parts[0])
    else:
        tracer.join(step.output, parts, varies=varying)


def where(tracer: ChannelTracer, step: Step) -> None:
    """For a choice between two values; without them it returns the places of what is true."""
    if len(step.arguments) + len(step.keywords) == 1:
        end(tracer, step)
    else:
        join(tracer, step)


def extreme(tracer: ChannelTracer, step: Step) -> None:
    """For the largest or smallest number, along dimensions or of two tensors at each place."""
    if isinstance(step.argument(1, "other"), Tensor):
        join(tracer, step)
    else:
        reduce(tracer, step)


def _without_lone_vectors(tracer: ChannelTracer, labelled: list[Tensor]) -> list[Tensor]:
    """Leaves out vectors of parameters that stretch along another dimension than channels; they have to stay."""
    ndim, found = max((tensor.ndim for tensor in labelled), default=0), []
    for tensor in labelled:
        rest = [tracer.labels(other) for other in labelled if other is not tensor]
        if tracer.name(tensor) is not None and rest and not _share_a_dimension(tracer.labels(tensor), rest, ndim):
            tracer.fix(tensor)
        else:
            found.append(tensor)
    return found


def _share_a_dimension(labels: Tensor, others: list[Tensor], ndim: int) -> bool:
    parts = [part[(None,) * (ndim - part.ndim)] for part in (labels, *others)]
    return any(varies(parts[0], dim) and any(varies(part, dim) for part in parts[1:]) for dim in range(ndim))


def normalise(tracer: ChannelTracer, step: Step) -> None:
    """For a step along one dimension that keeps its size, such as softmax or a cumulative sum."""
    dim = step.argument(1, "dim")
    labels = tracer.together(tracer.labels(step.operands[0]), [dim]) if isinstance(dim, int) else None
    if labels is None:
        end(tracer, step)
    else:
        tracer.label(step.output, labels)


def normalise_last(tracer: ChannelTracer, step: Step) -> None:
    """For a step along the last dimensions with parameters for each of their entries, such as LayerNorm."""
    shape = step.argument(1, "normalized_shape")
    dims = list(range(-len(shape), 0)) if isinstance(shape, tuple | list) else []
    labels = tracer.together(tracer.labels(step.operands[0]), dims) if dims else None
    if labels is None:
        end(tracer, step)
        return
    tracer.fix(step.operands[1:])
    tracer.label(step.output, labels)


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
    tracer.join(step.output, halves, varies=False)


def _dims_of_their_own(others: list[Tensor], parts: list[Tensor]) -> list[int]:
    """Dimensions along which tensors without labels have an entry for each of some different channels."""
    differing = [dim for dim in range(-parts[0].ndim, 0) if any(varies(part, dim) for part in parts)]
    return [dim for dim in differing if any(other.ndim >= -dim and other.shape[dim] > 1 for other in others)]


# Names of torch functions, without the underscores of in-place forms.
_ELEMENTWISE = (
    "abs", "alias", "alpha_dropout", "bfloat16", "bitwise_not", "bool", "ceil", "celu", "clone", "contiguous", "cos",
    "detach", "double", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "erf", "exp", "expm1",
    "feature_alpha_dropout", "feature_dropout", "float", "floor", "gelu", "half", "hardshrink", "hardsigmoid",
    "hardswish", "hardtanh", "int", "isfinite", "isinf", "isnan", "leaky_relu", "log", "log10", "log1p", "log2",
    "logical_not", "logsigmoid", "long", "mish", "nan_to_num", "neg", "negative", "ones_like", "reciprocal", "relu",
    "relu6", "round", "rrelu", "rsqrt", "selu", "sigmoid", "sign", "silu", "sin", "softplus", "softshrink", "softsign",
    "sqrt", "square", "tanh", "tanhshrink", "threshold", "to", "trunc", "type_as", "zeros_like", "__invert__",
    "__neg__",
)  # fmt: skip
_JOINING = (
    "add", "sub", "subtract", "mul", "multiply", "div", "divide", "true_divide", "maximum", "minimum", "pow", "lerp",
    "clamp", "clamp_max", "clamp_min", "clip", "full_like", "masked_fill",
    "eq", "ne", "gt", "ge", "lt", "le", "not_equal", "greater", "greater_equal", "less", "less_equal",
    "logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor",
    "__add__", "__iadd__", "__radd__", "__sub__", "__isub__", "__rsub__", "__mul__", "__imul__", "__rmul__",
    "__truediv__", "__itruediv__", "__rtruediv__", "__pow__",
    "__eq__", "__and__", "__iand__", "__or__", "__ior__", "__xor__", "__ixor__",
)  # fmt: skip
_REDUCING = (
    "all", "amax", "amin", "any", "logsumexp", "mean", "median", "nanmean", "nanmedian", "nansum", "prod", "std",
    "sum", "var",
)  # fmt: skip
_RECURRENT = ("gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell")
_OTHER_PRODUCTS = ("addbmm", "baddbmm", "einsum", "inner", "tensordot")
_POOLS = ("adaptive_avg_pool", "adaptive_max_pool", "avg_pool", "lp_pool", "max_pool")

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE, keep),
    **dict.fromkeys(_JOINING, join),
    **dict.fromkeys(MOVING, move),
    **dict.fromkeys(_REDUCING, reduce),
    **dict.fromkeys(("max", "min"), extreme),
    **dict.fromkeys(("norm", "linalg_norm", "linalg_vector_norm"), partial(reduce, position=2)),
    **dict.fromkeys(("argmax", "argmin"), find_place),
    **dict.fromkeys(("layer_norm", "rms_norm"), normalise_last),
    **dict.fromkeys(("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp"), normalise),
    **dict.fromkeys(("batch_norm", "instance_norm", "prelu"), by_channel),
    **{f"{name}{dims}d": partial(pool, dims=dims) for name in _POOLS for dims in (1, 2, 3)},
    **{f"conv{dims}d": partial(kernel_steps.convolution, dims=dims) for dims in (1, 2, 3)},
    **{f"conv_transpose{dims}d": partial(kernel_steps.transposed_convolution, dims=dims) for dims in (1, 2, 3)},
    "__get__": attribute,
    "multi_head_attention_forward": attention,
    "addmm": kernel_steps.addmm,
    "bilinear": kernel_steps.bilinear,
    "channel_shuffle": shuffle,
    "conv_relu_avg_pool": kernel_steps.conv_relu_avg_pool,
    "embedding": kernel_steps.embedding,
    "glu": gate,
    "interpolate": resize,
    "linear": kernel_steps.linear,
    "narrow": narrow,
    "pad": pad,
    "pixel_shuffle": shuffle_pixels,
    "scaled_dot_product_attention": scaled_dot_product_attention,
    "unflatten": unflatten,
    "where": where,
    "__getitem__": select_slices,
    **dict.fromkeys(("bmm", "matmul", "mm", "__matmul__"), matmul),
    **dict.fromkeys(_OTHER_PRODUCTS, kernel_steps.other_product),
    **dict.fromkeys(("reshape", "view"), reshape),
    **dict.fromkeys(_RECURRENT, kernel_steps.recurrent),
    **dict.fromkeys(("chunk", "split", "split_with_sizes"), split),
}  # fmt: skip
