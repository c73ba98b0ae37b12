"""Steps of attention that a network computes itself: each head is left out as a whole, or stays."""

from torch import Tensor

from frontsearch.compaction.kernel_steps import other_product, product_with_a_parameter
from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tracing import Step, varies


def scaled_dot_product_attention(tracer: ChannelTracer, step: Step) -> None:
    """For torch's attention over queries, keys and values, ``(..., heads, places, entries)``.

    Each output is a mean of values, so what holds for a value at every place holds for it: it has the same label.
    """
    query, key, value, *masks = step.operands
    parts = [tracer.labels(part) for part in (query, key, value)]
    if step.argument(7, "enable_gqa"):  # several queries for each key and value
        times = query.shape[-3] // key.shape[-3]
        parts[1:] = [part.repeat_interleave(times, -3) for part in parts[1:]]
    if any(varies(part, -2) for part in parts) or query.ndim != value.ndim:
        tracer.fix(step.operands)
        return
    heads = [part[..., :1, :1] for part in parts]
    if any(_differs_by_head(mask, heads[0]) for mask in masks):
        tracer.fix(step.operands)
        return
    tracer.fix(masks)
    for part, head in zip(parts, heads, strict=True):
        tracer.equate(part[..., :1, :], head)
        tracer.equate(head, heads[0])
    tracer.label(step.output, parts[2][..., :1, :])


def _differs_by_head(mask: Tensor, heads: Tensor) -> bool:
    dims = range(-min(mask.ndim, heads.ndim), -2)
    return any(mask.shape[dim] > 1 and varies(heads, dim) for dim in dims)


def matmul(tracer: ChannelTracer, step: Step) -> None:
    """For a product with a parameter, or of queries with keys, or of the weights of attention with values."""
    if len(step.operands) != 2 or step.keywords:
        other_product(tracer, step)
    elif tracer.origin(step.operands[1]) and step.operands[1].ndim == 2:
        product_with_a_parameter(tracer, step)
    elif tracer.is_labelled(step.operands):
        _product(tracer, step)
    else:
        other_product(tracer, step)


def _product(tracer: ChannelTracer, step: Step) -> None:
    left, right = (tracer.labels(operand) for operand in step.operands)
    if left.ndim < 2 or right.ndim < 2 or varies(left, -2) or (varies(right, -2) and varies(right, -1)):
        other_product(tracer, step)
    elif varies(left, -1) or varies(right, -2):
        _sum_over_channels(tracer, step, left[..., :1, :], right[..., :, :1].mT)
    else:
        _sum_over_places(tracer, step)


def _sum_over_channels(tracer: ChannelTracer, step: Step, *parts: Tensor) -> None:
    """For channels along the last dimension of both: they come and go together."""
    if not all(map(Tensor.any, parts)):
        other_product(tracer, step)
        return
    for part in parts:
        tracer.equate(part, parts[0][..., :1])
    tracer.join(step.output, [part[..., :1] for part in parts], varies=True)


def _sum_over_places(tracer: ChannelTracer, step: Step) -> None:
    """For weights of the places, such as those of attention, which may be different for each head."""
    left, right = (tracer.labels(operand)[..., :1, :] for operand in step.operands)
    if left.any():
        tracer.equate(left[..., :1], right)
        tracer.join(step.output, [left[..., :1], right], varies=True)
        return
    weights = step.operands[0]
    by_head = [dim for dim in range(-min(weights.ndim, right.ndim), -2) if weights.shape[dim] > 1]
    if tracer.together(right, [dim for dim in by_head if varies(right, dim)]) is None:
        tracer.fix(step.operands)
    else:
        tracer.join(step.output, [right], varies=True)
