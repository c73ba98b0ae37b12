"""Steps of a forward pass that move elements by sizes, which may come from attributes of the network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from frontsearch.compaction.declared_sizes import DeclaredSize
from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tracing import Step, move, tensors, varies


def reshape(tracer: ChannelTracer, step: Step) -> None:
    """For a new shape."""
    move(tracer, step)
    given = step.arguments[1:] or (step.keywords.get("shape"),)
    shape = given[0] if isinstance(given[0], tuple | list) else given
    _count_axes(tracer, step.output, shape, first=0)
    axis = _split_axis(step.operands[0].shape, step.output.shape)
    if axis is not None and not any(isinstance(size, DeclaredSize) or size == -1 for size in shape):
        labels = tracer.labels(step.output)  # equal parts stay equal, as when channels are shuffled
        tracer.equate(labels, labels.narrow(axis, 0, 1))


def _split_axis(before: torch.Size, after: torch.Size) -> int | None:
    """The first of the two axes that one axis has become; None if a shape has changed in any other way."""
    pairs = (axis for axis in range(len(before)) if before[:axis] == after[:axis])
    found = (axis for axis in pairs if (*after[:axis], before[axis], *after[axis + 2 :]) == tuple(before))
    return next((axis for axis in found if len(after) == len(before) + 1 and before[axis] > after[axis] > 1), None)


def shuffle(tracer: ChannelTracer, step: Step) -> None:
    """For channels whose equal parts are interleaved; the parts stay equal."""
    move(tracer, step)
    if isinstance(groups := step.argument(1, "groups"), int):
        parts = tracer.labels(step.operands[0]).unflatten(1, (groups, -1))
        tracer.equate(parts, parts[:, :1])


def shuffle_pixels(tracer: ChannelTracer, step: Step) -> None:
    """For channels whose pixels become neighbours: all that become one channel come and go together."""
    labels, factor = tracer.labels(step.operands[0]), step.argument(1, "upscale_factor")
    if not isinstance(factor, int) or varies(labels, -2) or varies(labels, -1):
        tracer.fix(step.operands)
        return
    parts = labels[..., :1, :1].unflatten(-3, (-1, factor**2))
    tracer.join(step.output, parts.unbind(-3), varies=False)


def unflatten(tracer: ChannelTracer, step: Step) -> None:
    """For an axis that becomes several."""
    move(tracer, step)
    dim, sizes = step.argument(1, "dim"), step.argument(2, "sizes")
    if isinstance(dim, int) and isinstance(sizes, tuple | list):
        _count_axes(tracer, step.output, sizes, first=dim if dim >= 0 else dim + 1 - len(sizes))


def _count_axes(tracer: ChannelTracer, output: Tensor, sizes: Sequence[object], *, first: int) -> None:
    for axis, size in enumerate(sizes, start=first):
        tracer.count(size, tracer.labels(output), axis)


def split(tracer: ChannelTracer, step: Step) -> None:
    """For a cut into pieces. Equal ones stay equal: their channels come and go together."""
    move(tracer, step)
    dim, sizes = step.argument(2, "dim"), step.arguments[1] if len(step.arguments) > 1 else _sizes(step)
    axis, pieces = dim if isinstance(dim, int) else 0, [tracer.labels(piece) for piece in tensors(step.result)]
    if isinstance(sizes, tuple | list):
        for size, piece in zip(sizes, pieces, strict=True):
            tracer.count(size, piece, axis)
    elif pieces and all(piece.shape == pieces[0].shape for piece in pieces):
        for piece in pieces[1:]:
            tracer.equate(pieces[0], piece)
        tracer.count(sizes, pieces[0], axis)


def _sizes(step: Step) -> object:
    return next((step.keywords[name] for name in ("split_size_or_sections", "split_size", "split_sizes", "chunks")
                 if name in step.keywords), None)  # fmt: skip


def narrow(tracer: ChannelTracer, step: Step) -> None:
    """For the part of an axis from a start on."""
    move(tracer, step)
    dim, start = step.argument(1, "dim"), step.argument(2, "start")
    if isinstance(dim, int) and isinstance(start, int):
        tracer.count(step.argument(3, "length"), tracer.labels(step.output), dim)
        tracer.count(start, tracer.labels(step.operands[0]).narrow(dim, 0, start), dim)


def select_slices(tracer: ChannelTracer, step: Step) -> None:
    """For an index, whose slices may begin and end at such sizes."""
    move(tracer, step)
    index = step.arguments[1] if isinstance(step.arguments[1], tuple) else (step.arguments[1],)
    if any(isinstance(part, Tensor | list) for part in index):
        return
    labels, axis = tracer.labels(step.operands[0]), 0
    for place, part in enumerate(index):
        if part is Ellipsis:
            axis = labels.ndim - sum(isinstance(later, slice | int) for later in index[place + 1 :])
        if isinstance(part, slice):
            for end in (part.start, part.stop):
                if isinstance(end, int) and end >= 0:
                    tracer.count(end, labels.narrow(axis, 0, min(end, labels.shape[axis])), axis)
        axis += isinstance(part, slice | int)
