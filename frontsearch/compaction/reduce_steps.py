"""Steps of a forward pass that compute one number from all elements along some dimensions."""

from torch import Tensor

from frontsearch.compaction.tracer import ChannelTracer
from frontsearch.tracing import Step, tensors


def reduce(tracer: ChannelTracer, step: Step, *, position: int = 1) -> None:
    """For a sum, a maximum, a standard deviation and the like.

    Args:
        tracer: What follows the channels.
        step: The step.
        position: Which of its arguments names the dimensions.
    """
    if (labels := _reduced(tracer, step, position=position)) is not None:
        tracer.label(step.output, labels)
        _label_places(tracer, tensors(step.result)[1:], labels)  # those that ``max`` and ``median`` return, too


def find_place(tracer: ChannelTracer, step: Step) -> None:
    """For the place of a maximum or minimum."""
    if (labels := _reduced(tracer, step)) is not None:
        _label_places(tracer, [step.output], labels)


def _label_places(tracer: ChannelTracer, places: list[Tensor], labels: Tensor) -> None:
    """Labels what may differ between examples even for a constant, as rounding decides which number is largest."""
    for place in places:
        tracer.join(place, [labels], varies=True)


def _reduced(tracer: ChannelTracer, step: Step, *, position: int = 1) -> Tensor | None:
    """The labels of what is computed; None if they mix, and what goes in has to stay."""
    given = tracer.labels(step.operands[0])
    dims = _dims(step, position) or list(range(given.ndim))
    if (labels := tracer.together(given, dims)) is None:
        tracer.fix(step.operands)
        return None
    return labels.reshape(_without(labels, step, dims))


def _dims(step: Step, position: int) -> list[int]:
    """The dimensions that the step names; none if it takes all."""
    dim = step.keywords.get("axis", step.argument(position, "dim"))
    if isinstance(dim, tuple | list):
        return list(dim)
    return [dim] if isinstance(dim, int) and not isinstance(dim, bool) else []  # ``x.std(False)`` takes all


def _without(labels: Tensor, step: Step, dims: list[int]) -> list[int]:
    """The shape of what a reduction returns, with 1 where labels have not been expanded."""
    if step.output.ndim == labels.ndim:
        return list(labels.shape)
    gone = {dim % labels.ndim for dim in dims}
    return [size for dim, size in enumerate(labels.shape) if dim not in gone]
