"""Compares a smaller network with the whole one on all examples of a split."""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor, nn

from frontsearch.errors import UserError, one_line
from frontsearch.names import Split
from frontsearch.tasks import Inputs, Task, forward

PIECE = 500  # examples at a time
SPLIT: Split = "test"

Outputs = Callable[[Inputs], Tensor]


def inputs_in_pieces(task: Task) -> Iterator[Inputs]:
    """The inputs of the test split, on the CPU: its first two, its first one alone, and then all of them."""
    first = first_inputs(task, 2)
    yield first
    yield _rows(first, 1)
    for piece in task.splits[SPLIT].pieces(PIECE):
        yield piece.map(Tensor.cpu).inputs


def first_inputs(task: Task, count: int) -> Inputs:
    """The first inputs of the test split, on the CPU."""
    return _rows(next(task.splits[SPLIT].pieces(count)).map(Tensor.cpu).inputs, count)


@torch.no_grad()
def check_outputs(network: nn.Module, found: Outputs, task: Task, *, tolerance: float, what: str, remedy: str) -> None:
    """Raises a UserError unless outputs are equal on the whole test split, relative to the largest.

    Args:
        network: The whole network.
        found: Function that computes what must be equal to its outputs, and leaves its inputs as they are.
        task: The task.
        tolerance: How far they may be apart.
        what: What computes them, for the message.
        remedy: What to do if they are apart, a sentence.
    """
    apart = largest = 0.0
    for inputs in inputs_in_pieces(task):
        try:
            expected = forward(network, inputs).double()
        except ValueError:  # torch's for a single example where batches are normalised
            if _count(inputs) > 1:
                raise
            continue
        try:
            outputs = found(inputs).double()
        except Exception as error:
            raise UserError(f"{what} fails on {len(expected)} examples: {one_line(str(error))[:300]}") from error
        if outputs.shape != expected.shape:
            raise UserError(f"{what} returns shape {tuple(outputs.shape)} where {tuple(expected.shape)} is right.")
        apart = max(apart, float((outputs - expected).abs().max()))
        largest = max(largest, float(expected.abs().max()))
    if not apart <= tolerance * largest:
        raise UserError(
            f"{what} must have the outputs of the network, to {tolerance:g} of the largest; they differ by "
            f"{apart / largest:.2g}. {remedy}"
        )


def _count(inputs: Inputs) -> int:
    several = inputs.values() if isinstance(inputs, Mapping) else inputs
    return len(inputs if isinstance(inputs, Tensor) else next(iter(several)))


def _rows(inputs: Inputs, count: int) -> Inputs:
    match inputs:
        case Tensor():
            return inputs[:count]
        case tuple():
            return tuple(part[:count] for part in inputs)
    return {name: part[:count] for name, part in inputs.items()}
