"""Steps of a forward pass that join or end the units of what enters them."""

import torch

from frontsearch.tracing import Step, Tracer


def end(tracer: Tracer, step: Step) -> None:
    """For a step that does not commute with positive factors, or that nothing is known of."""
    if tracer.is_labelled(step.operands):
        tracer.fix(step.operands)
        if step.name not in NOT_HOMOGENEOUS:
            tracer.unknown.add(step.name)


def add(tracer: Tracer, step: Step) -> None:
    """For a sum of tensors, whose elements then have the same units."""
    if len(step.operands) < 2:
        end(tracer, step)  # a number is added
        return
    first, second = map(tracer.labels, step.operands)
    tracer.equate(first, second)
    tracer.label(step.output, torch.maximum(*torch.broadcast_tensors(first, second)))


def multiply(tracer: Tracer, step: Step) -> None:
    """For a product, which has the scale of one factor if no other has any."""
    scaled = [tensor for tensor in step.operands if tracer.is_labelled(tensor)]
    if len(scaled) > 1:
        end(tracer, step)
    elif scaled:
        tracer.label(step.output, tracer.labels(scaled[0]))


def divide(tracer: Tracer, step: Step) -> None:
    """For a quotient, which has the scale of what is divided if the divisor has none."""
    if tracer.is_labelled(step.argument(1, "other")):
        end(tracer, step)
    else:
        multiply(tracer, step)


def reduce(tracer: Tracer, step: Step) -> None:
    """For a sum or mean over dimensions, which joins the units along them."""
    labels, dims = tracer.labels(step.operands[0]), step.argument(1, "dim")
    along = dims if isinstance(dims, int | tuple | list) else tuple(range(labels.ndim))
    low = labels.amin(along, keepdim=True)
    tracer.equate(labels, low)
    tracer.label(step.output, low.reshape(step.output.shape))


def pool(tracer: Tracer, step: Step, dims: int) -> None:
    """For pooling over the last dimensions, along which the units become one."""
    labels = tracer.labels(step.operands[0])
    low = labels.amin(tuple(range(-dims, 0)), keepdim=True)
    tracer.equate(labels, low)
    tracer.label(step.output, low.expand(step.output.shape))


def resize(tracer: Tracer, step: Step) -> None:
    """For interpolation over all dimensions after the channels."""
    pool(tracer, step, step.operands[0].ndim - 2)


def pad(tracer: Tracer, step: Step) -> None:
    """For padding with zeros, which any scale leaves alone."""
    sizes, mode, value = step.argument(1, "pad"), step.argument(2, "mode"), step.argument(3, "value")
    if mode in {None, "constant"} and not value and isinstance(sizes, list | tuple):
        pool(tracer, step, len(sizes) // 2)
    else:
        end(tracer, step)


NOT_HOMOGENEOUS = frozenset({
    "__matmul__", "alpha_dropout", "celu", "cosine_similarity", "cross_entropy", "elu", "exp", "gelu", "glu",
    "group_norm", "gru", "gumbel_softmax", "hardsigmoid", "hardswish", "hardtanh", "instance_norm", "layer_norm",
    "local_response_norm", "log", "log_softmax", "logsigmoid", "lstm", "matmul", "mish", "mm",
    "multi_head_attention_forward", "normalize", "relu6", "rms_norm", "rnn_relu", "rnn_tanh",
    "scaled_dot_product_attention", "selu", "sigmoid", "silu", "softmax", "softmin", "softplus", "softsign", "sqrt",
    "tanh", "tanhshrink",
})  # fmt: skip
