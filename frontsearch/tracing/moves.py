"""Steps of a forward pass that keep units or only move them, whatever units are followed for."""

from torch import Tensor

from frontsearch.tracing.tracer import Step, Tracer, tensors


def keep(tracer: Tracer, step: Step) -> None:
    """For a step that treats every element by itself."""
    tracer.label(step.output, tracer.labels(step.operands[0]))


def move(tracer: Tracer, step: Step) -> None:
    """For a step that only moves elements."""
    if tracer.is_labelled(step.operands):
        for output, labels in zip(tensors(step.result), tracer.rearranged(step), strict=True):
            tracer.label(output, labels)


def attribute(tracer: Tracer, step: Step) -> None:
    """For an attribute: most are questions, such as ``x.shape``; ``x.T`` and the like move elements."""
    if isinstance(step.result, Tensor):
        move(tracer, step)


# Names of torch functions, without the underscores of in-place forms.
MOVING = (
    "broadcast_to", "cat", "channel_shuffle", "chunk", "concat", "concatenate", "expand", "expand_as", "flatten",
    "flip", "hsplit", "hstack", "index_select", "movedim", "moveaxis", "narrow", "permute", "pixel_shuffle",
    "pixel_unshuffle", "ravel", "repeat", "repeat_interleave", "reshape", "reshape_as", "roll", "select", "split",
    "split_with_sizes", "squeeze", "stack", "swapaxes", "swapdims", "t", "tile", "transpose", "unbind", "unflatten",
    "unsqueeze", "view", "view_as", "vsplit", "vstack", "__getitem__",
)  # fmt: skip
