"""``ExamplesOnDemand``: examples that are read whenever they are used, as all of them would not fit into memory."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from frontsearch.tasks.contents import tensor_bytes
from frontsearch.tasks.examples import Examples, Form, Inputs, parts_of

MEMORY_SHARE = 0.25  # of the machine's memory, per split: reading needs twice as much, and there are three splits
CHUNK = 500  # examples that are read at once


class Source(Protocol):
    """Where examples are read from, such as a Dataset or a file mapped into memory."""

    def rows(self, rows: Tensor) -> Examples:
        """The examples with these numbers, in memory."""


def fits_in_memory(size: int) -> bool:
    """Whether this many bytes are at most a quarter of the memory that the machine has."""
    if not hasattr(os, "sysconf"):  # Windows
        return True
    return size <= MEMORY_SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, eq=False)
class ExamplesOnDemand:
    """Examples of which only the targets are in memory, with the interface of :class:`Examples`.

    Attributes:
        source: Where the others are read from.
        numbers: Number of each example in the source, ``(n,)``.
        targets: Their targets.
        functions: What is done with every tensor that was read, one after the other.
    """

    source: Source
    numbers: Tensor
    targets: Tensor
    functions: tuple[Callable[[Tensor], Tensor], ...] = ()

    def read(self) -> Examples:
        """The examples, in memory."""
        inputs, targets = self.source.rows(self.numbers).inputs, self.targets
        examples = Examples(inputs, targets)
        for function in self.functions:
            examples = examples.map(function)
        return Examples(examples.inputs, targets)

    @property
    def inputs(self) -> Inputs:
        """The inputs of all examples, read anew."""
        return self.read().inputs

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """All tensors by name, read anew."""
        return self.read().tensors

    @property
    def forms(self) -> dict[str, Form]:
        """Shape and dtype of every tensor, by name."""
        first = self.rows(slice(1)).read().tensors
        return {name: ((len(self.numbers), *tensor.shape[1:]), tensor.dtype) for name, tensor in first.items()}

    def contents(self) -> Iterator[memoryview]:
        """The bytes of all tensors, one tensor after the other."""
        for name in self.forms:
            yield from (tensor_bytes(piece.tensors[name]) for piece in self.pieces(CHUNK))

    def map(self, function: Callable[[Tensor], Tensor]) -> "ExamplesOnDemand":
        """Examples with the function applied to every tensor that is read."""
        return replace(self, targets=function(self.targets), functions=(*self.functions, function))

    def rows(self, rows: Tensor | NDArray[np.intp] | slice) -> "ExamplesOnDemand":
        """The examples in these rows, not yet read."""
        chosen = rows if isinstance(rows, slice) else torch.as_tensor(rows)
        if isinstance(chosen, slice):
            return replace(self, numbers=self.numbers[chosen], targets=self.targets[chosen])
        numbers, targets = chosen.to(self.numbers.device), chosen.to(self.targets.device)
        return replace(self, numbers=self.numbers[numbers], targets=self.targets[targets])

    def pieces(self, size: int) -> Iterator[Examples]:
        """All examples in order, ``size`` at a time, in memory; the last piece may be smaller, or one larger."""
        return (self.rows(part).read() for part in parts_of(len(self.numbers), size))

    def __iter__(self) -> Iterator[Inputs | Tensor]:
        return iter(self.read())
